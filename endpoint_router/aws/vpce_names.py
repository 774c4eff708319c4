"""DNS names of interface VPC endpoints, taken apart: ``vpce-….kms.us-east-1.vpce.amazonaws.com``.

AWS promises no lengths, and no suffix after ``.vpce.`` in the ISO and European partitions.
"""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from .host_names import is_suffix
from .zone import NAME as ZONE

# ``kms-fips``, ``fips.batch``, ``iot-fips.api``, ``mail-manager-smtp.auth.fips``.
_FIPS_LABEL = r"(?:^|[.-])fips(?:$|[.-])"


class VpceName(Struct, frozen=True):
    """The DNS name of an interface VPC endpoint, taken apart."""

    #: In lower case, without the root's dot; may begin with ``*.``.
    name: str
    #: ``vpce-0123456789abcdef0-abcdefgh``; the names of all zones of an endpoint have it.
    id: str
    #: Availability zone, by name; empty in a regional name.
    zone: str
    #: Labels of the PrivateLink service: ``kms-fips``, ``api.ecr``.
    service: str
    region: str
    suffix: str

    @property
    def bare(self) -> str:
        """Without ``*.``, which S3's begin with."""
        return self.name.removeprefix("*.")

    @property
    def carries_fips(self) -> bool:
        """Does the PrivateLink service label say FIPS?"""
        return re.search(_FIPS_LABEL, self.service) is not None

    @property
    def is_s3(self) -> bool:
        """Is it S3's, below which each family of hosts has a name of its own?"""
        return self.service in ("s3", "s3-fips")

    @property
    def standard_host(self) -> str:
        """The host that the endpoint serves if its label is the standard host's, else unused."""
        return f"{self.service}.{self.region}.{self.suffix}"


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"(?:\*\.)?(?P<id>vpce-[0-9a-f]+-[0-9a-z]+)"
        rf"(?:-(?P<zone>{ZONE}))?"
        r"\.(?P<service>[a-z0-9_.-]+?)\.vpce\.(?P<suffix>[a-z0-9-]+(?:\.[a-z0-9-]+)+)",
        re.ASCII,
    )


def is_endpoints_own(host: str) -> bool:
    """Is *host* the DNS name of a VPC endpoint, or below one (a bucket's)? Nothing else bears it.

    So whoever shows a certificate for it is that endpoint, whatever DNS said.
    """
    labels = host.split(".")
    return any(
        label.startswith("vpce-") and parse_vpce(".".join(labels[at:])) is not None
        for at, label in enumerate(labels)
    )


def parse_vpce(name: str) -> VpceName | None:
    """*name*, in any case, taken apart; ``None`` when it is not a VPC endpoint's DNS name."""
    if "vpce-" not in (name := name.lower().removesuffix(".")):
        return None
    match = _pattern().fullmatch(name)
    if match is None or not is_suffix(name):
        return None
    # ``<service labels>.<region>.vpce.<dns suffix>``
    service, _, region = match["service"].rpartition(".")
    return VpceName(
        name=name,
        id=match["id"],
        zone=match["zone"] or "",
        service=service,
        region=region,
        suffix=match["suffix"],
    )
