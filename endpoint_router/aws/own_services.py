"""Which hosts lead to AWS's own services, and which to somebody else's behind PrivateLink. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase

from .dns_suffixes import AWS_SUFFIXES
from .hosts import is_aws
from .vpce_names import parse_vpce


def is_own_service(host: str) -> bool:
    """Does TLS to *host* end at a service of AWS's own?

    So it does behind the names of interface endpoints, but for those of an endpoint service of
    somebody else (``vpce-svc-…``).
    """
    vpce = parse_vpce(host)
    return is_aws(host) and not (vpce and vpce.service.startswith("vpce-svc-"))


def may_be_own_service(glob: str) -> bool:
    """Is one of the hosts that *glob* means such a one?"""
    some = (f"service.us-east-1.{suffix}" for suffix in AWS_SUFFIXES)
    return is_own_service(glob) or any(fnmatchcase(host, glob) for host in some)
