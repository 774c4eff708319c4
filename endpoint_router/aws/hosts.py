"""The grammar of AWS host names and URLs.

Strings in, strings out. Hosts are never *made* here from a service and a region: botocore's
rulesets do that, and disagree with every pattern. Here they are taken apart and compared.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from .dns_suffixes import AWS_SUFFIXES, RARE_SUFFIXES

_AWS = tuple(f".{suffix}" for suffix in AWS_SUFFIXES)
_RARE = tuple(f".{suffix}" for suffix in RARE_SUFFIXES)


# Compiled when they are needed, which a process with one client may never come to.


@cache
def _s3_family() -> re.Pattern[str]:
    # Greedy, so the right-most family label counts: a bucket may be called ``s3.backup``.
    return re.compile(r"^(?:.+\.)?((?:s3|s3-[a-z-]+|s3express-[a-z0-9-]+)(?:\.[a-z0-9-]+){2,})$")


@cache
def _region() -> re.Pattern[str]:
    return re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+", re.ASCII)


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` of an absolute *url*, exactly as written there."""
    end = url.find("/", 8)
    query = url.find("?", 8, end if end >= 0 else len(url))
    cut = query if query >= 0 else end
    return url if cut < 0 else url[:cut]


def host_of(origin: str) -> str:
    """Lower-case host of an origin or URL, without port or trailing dot; empty if there is none.

    Also empty where a user name or a backslash stands before the host: urllib3 and urllib read
    ``https://a\\@b`` as different hosts, so it is nobody's. And where the port is none, as after a
    user name whose password has a slash in it.
    """
    if "@" in origin_of(origin) or "\\" in origin:
        return ""
    try:
        parts = urlsplit(origin)
        return "" if parts.port == 0 else (parts.hostname or "").rstrip(".")
    except ValueError:  # "Invalid IPv6 URL", "Port could not be cast to integer value"
        return ""


def without_user(origin: str) -> str:
    """*origin* as anybody may read it: without a user name and password."""
    scheme, _, netloc = origin.partition("://")
    netloc = netloc.rpartition("@")[2]
    # What is no host may be the user name in front of a password with a slash in it.
    return f"{scheme}://{netloc}" if host_of(f"{scheme}://{netloc}") else f"{scheme}://*"


def with_prefix(origin: str, prefix: str) -> str:
    """*origin* with an operation's host prefix, as ``botocore.awsrequest._urljoin`` puts it."""
    scheme, _, netloc = origin.partition("://")
    return f"{scheme}://{prefix}{netloc}"


def canonical(url: str) -> str:
    """The origin of *url* as everybody writes it: lower case, no root dot, no default port.

    Empty where *url* has a port that is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = host_of(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def has_own_port(url: str) -> bool:
    """Is *url* at another port than its scheme's, or one that is none?"""
    return canonical(url).partition("://")[2] != host_of(url)


def netloc(url: str) -> str:
    """Host of *url*, with its port where that is not 443; empty if there is none.

    A host of AWS's without its port 80 too: the service is the same.
    """
    scheme, _, bare = canonical(url).partition("://")
    plain = scheme == "http" and ":" not in bare and not is_aws(bare)
    return f"{bare}:80" if bare and plain else bare


def port_of(url: str) -> int:
    """The TCP port of an absolute *url* whose host is known to be one."""
    parts = urlsplit(url)
    return parts.port or (80 if parts.scheme == "http" else 443)


def is_below(url: str, other: str) -> bool:
    """Is the host of *url* that of *other* or one below it, at the same scheme and port?"""
    scheme, _, netloc = canonical(url).partition("://")
    other_scheme, _, other_netloc = canonical(other).partition("://")
    below = netloc == other_netloc or netloc.endswith(f".{other_netloc}")
    return bool(other_netloc) and scheme == other_scheme and below


def probe_name(service: str, host: str) -> str:
    """The name to ask DNS about: *host* without bucket, access point and account labels."""
    # Other HTTP clients call S3 by names of their own; no other service has such hosts.
    if service in ("s3", "s3control") or (is_aws(host) and ".vpce." not in host):
        family = _s3_family().match(host)
        if family:
            return family[1]
    return host


def mask(service: str, host: str) -> str:
    """*host* with bucket names, access points and account ids replaced by ``*``."""
    bare = probe_name(service, host)
    if bare != host:
        return f"*.{bare}"
    return re.sub(r"^\d{12}(?=\.)", "*", host)


def region_of(host: str) -> str:
    """The region that *host* names, by its looks; empty if it names none."""
    is_region = _region().fullmatch
    named = [label for label in host.split(".") if is_region(label)]
    return named[-1] if named else ""


def names_account(host: str) -> bool:
    """Does *host* begin with an account id, as those of DynamoDB and Kinesis may?"""
    return re.match(r"\d{12}\.", host) is not None


def is_aws(host: str) -> bool:
    """Is *host* one of AWS's, by its suffix? So are the names of VPC endpoints."""
    return host.endswith(_AWS)


def may_be_standard(host: str) -> bool:
    """Can *host* be one that a ruleset names? DynamoDB's has ``localhost`` for region ``local``."""
    return is_aws(host) or host.endswith(_RARE) or host == "localhost"


def names_region(host: str, region: str) -> bool:
    """Is *region* one of the host's labels?"""
    return bool(region) and region in host.split(".")
