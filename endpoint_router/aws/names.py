"""Names as people paste them: hosts, DNS names of VPC endpoints, networks, DNS servers. Pure.

What a host *means* is :mod:`endpoint_router.aws.hosts`; here is only whether it can be one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.I | re.A)
_NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)", re.I | re.A)

#: DNS name of an interface endpoint. AWS promises no lengths, and no suffix after ``.vpce.`` in the
#: ISO and European partitions. The zone is an AZ name, of a Local Zone too (``us-west-2-lax-1a``).
VPCE = re.compile(
    r"(?P<star>\*\.)?(?P<id>vpce-[0-9a-f]+-[0-9a-z]+)"
    r"(?:-(?P<zone>[a-z]{2,}(?:-[a-z]+)+-\d+(?:-[a-z]+-\d+)?[a-z]))?"
    r"\.(?P<service>[a-z0-9_.-]+?)\.vpce\.(?P<suffix>[a-z0-9-]+(?:\.[a-z0-9-]+)+)",
    re.ASCII,
)
_ZONE_NAME = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+(?:-[a-z]+-\d+)?[a-z]", re.ASCII)
#: As ``usgw1-az3``, and ``usw2-lax1-az1`` in a Local Zone.
_ZONE_ID = re.compile(r"[a-z]{2,}(?:-[a-z]+)*\d+(?:-[a-z]+\d+)?-az\d+", re.ASCII)

#: Suffixes of AWS's own hosts: dnsSuffix and dualStackDnsSuffix of botocore's partitions.json.
AWS_SUFFIXES = (
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadName(ValueError):
    """A name that cannot be used. :ivar found: the name. :ivar expected: what may stand there."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found, self.expected, self.hint = found, expected, hint


def is_host(text: str) -> bool:
    """Whether *text* is a host name or an IPv4 address, without wildcard or port."""
    if len(text) > 253 or not _HOST.fullmatch(text):
        return False
    # A last label that is a number makes it an address (WHATWG URL, "ends in a number").
    return not _NUMERIC.fullmatch(text) or is_address(text)


def is_suffix(text: str) -> bool:
    """A host, or ``*.suffix``."""
    return is_host(text.removeprefix("*."))


def is_served(text: str) -> bool:
    """A host or ``*.suffix``, and ``:port`` behind it where that is not 443."""
    host, colon, port = text.partition(":")
    return is_suffix(host) and _is_port(port if colon else None)


def is_host_glob(text: str) -> bool:
    """A host whose labels may hold ``*``, except for the last: ``*`` alone would be any host."""
    return is_host(text.replace("*", "x")) and "*" not in text.rpartition(".")[2]


def is_vpce(text: str) -> bool:
    """Whether *text* is the DNS name of an interface endpoint (``*.`` before it allowed)."""
    return bool(VPCE.fullmatch(text.lower().removesuffix("."))) and is_suffix(
        text.removesuffix(".")
    )


def is_address(text: str, version: int | None = None) -> bool:
    """Whether *text* is an IP address, of the given *version* (4 or 6) where there is one."""
    try:
        return version in (None, ipaddress.ip_address(text).version)
    except ValueError:
        return False


def is_zone_name(text: str) -> bool:
    """Whether *text* can be the name of an availability zone, as an account sees it."""
    return bool(_ZONE_NAME.fullmatch(text))


def is_zone_id(text: str) -> bool:
    """Whether *text* can be the id of an availability zone, the same in every account."""
    return bool(_ZONE_ID.fullmatch(text))


def check_zone(text: str, *, none: bool = False) -> None:
    """An availability zone, by name or id, or ``none`` where that may be; :raises BadName:."""
    if is_zone_name(text) or is_zone_id(text) or (none and text == "none"):
        return
    expected = 'an availability zone, by name ("us-east-1a") or id ("use1-az1")'
    plain = text.strip().lower()
    hint = ""
    if is_zone_name(plain) or is_zone_id(plain) or (none and plain == "none"):
        hint = f"Did you mean '{plain}'?"
    elif is_zone_name(f"{plain}a"):
        hint = f"That is a region; the names of its zones end in a letter, as '{plain}a'."
    raise BadName(text, expected + (', or "none"' if none else ""), hint)


def check_region(text: str) -> None:
    """The name of one region; :raises BadName: for all else."""
    # As the names of its zones, without their letter.
    if not is_zone_name(f"{text}a"):
        hint = f"Did you mean '{text.lower()}'?" if is_zone_name(f"{text.lower()}a") else ""
        raise BadName(text, 'one region, as "us-east-1"', hint)


def network(text: str) -> Network:
    """The network *text*; :raises BadName: where it is none, or has host bits set."""
    expected = 'a network in CIDR notation, as "10.0.0.0/8"'
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        whole = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadName(text, expected) from None
    raise BadName(text, f"{expected}, without host bits", f"Did you mean '{whole}'?")


def check_dns_server(text: str) -> None:
    """``host``, ``host:port``, an address, or ``[v6]:port``; :raises BadName: for all else."""
    expected = 'a DNS server: "host", "host:port" or "[v6]:port"'
    if match := re.fullmatch(r"\[(?P<v6>[^\]]*)\](?::(?P<port>.*))?", text, re.DOTALL):
        good = is_address(match["v6"], version=6) and _is_port(match["port"])
    elif text.count(":") > 1:
        good = is_address(text, version=6)
    else:
        host, colon, port = text.partition(":")
        good = is_host(host) and _is_port(port if colon else None)
    if not good:
        raise BadName(text, expected)


def vpc_endpoints(text: str) -> list[dict[str, object]]:
    """What Terraform prints for ``dns_entry[*].dns_name``, as ``[[vpc_endpoints]]``.

    Separators are commas, spaces and the brackets and quotes of a JSON or HCL list. A name of
    AWS's own says that private DNS is expected; it declares nothing. One endpoint per id and
    service, the regional name before its zonal ones.

    :raises BadName: for any other word.
    """
    found: dict[tuple[str, ...], _Pasted] = {}
    for host, name in _pasted(text):
        match = VPCE.fullmatch(name.removeprefix("*."))
        if match is None:
            continue
        key = (match["id"], match["service"], match["suffix"])
        entry = found.setdefault(key, _Pasted())
        names = entry.zonal if match["zone"] else entry.regional
        # S3's names begin with "*."; the same name pasted with and without it is one name.
        bare = name.removeprefix("*.")
        names[bare] = max(names.get(bare, ""), name, key=len)
        if host and host not in entry.serves:
            entry.serves.append(host)
    return [entry.endpoint() for entry in found.values()]


class _Pasted:
    def __init__(self) -> None:
        self.regional: dict[str, str] = {}
        self.zonal: dict[str, str] = {}
        self.serves: list[str] = []

    def endpoint(self) -> dict[str, object]:
        names = [*self.regional.values(), *self.zonal.values()]
        table: dict[str, object] = {"type": "interface", "dns_names": names}
        return {**table, "serves": self.serves} if self.serves else table


def _pasted(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of served host (or nothing) and name, lower case and checked."""
    expected = "DNS names of interface VPC endpoints, or host=name"
    words = [word for word in re.split(r"[\s,\[\]\"']+", text.lower()) if word]
    if not words:
        raise BadName(text, expected)
    for word in words:
        host, equals, name = word.rpartition("=")
        host, name = host.removesuffix("."), name.removesuffix(".")
        good = is_vpce(name) or (not equals and _is_aws_own(name))
        if not good or (equals and (not is_suffix(host) or is_vpce(host))):
            raise BadName(word, expected)
        yield host, name


def _is_aws_own(name: str) -> bool:
    """A public host of an AWS service; a misspelt endpoint name must not pass for one."""
    if not is_suffix(name) or "vpce" in re.split(r"[.-]", name):
        return False
    return name.endswith(tuple(f".{suffix}" for suffix in AWS_SUFFIXES))


def _is_port(text: str | None) -> bool:
    if text is None:
        return True
    return bool(re.fullmatch(r"[0-9]{1,5}", text)) and 0 < int(text) < 65536
