"""Which PrivateLink service serves a host. Pure; the data is in :mod:`.privatelink_services`.

The rule is that a service is called by the host's labels before the region, in reverse; AWS's
exceptions are many. The only sure source is ``DescribeVpcEndpointServices`` of one's own account,
so each answer says whether the name is documented or formed by rule.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from . import privatelink_services as names
from .dns_suffixes import AWS_SUFFIXES
from .hosts import region_of

#: ``available``: the region says that it has it.
Basis = Literal["available", "documented", "by rule", "none"]

_LONGEST_FIRST = sorted(AWS_SUFFIXES, key=len, reverse=True)
#: Both services have a global host, and only their regional hosts have private DNS.
_REGIONAL_TWINS = ("s3", "sts")


class PrivateLink(Struct, frozen=True):
    """The service behind a host.

    :ivar name: such as ``com.amazonaws.us-east-1.kms-fips``; empty where none is known.
    :ivar region: where the endpoint is to be created.
    :ivar host: the host that it serves: of a global host of S3 or STS, the regional twin.
    :ivar without_fips: the service of the plain host, where the host is a FIPS one by its name.
    """

    name: str
    basis: Basis
    region: str
    host: str
    private_dns: bool = True
    without_fips: str = ""
    note: str = ""


def privatelink(host: str, region: str) -> PrivateLink:
    """The service that serves *host*.

    :param host: masked or not: ``*.s3.us-east-1.amazonaws.com``.
    :param region: of the call; counts where the host names none.
    """
    bare = host.removeprefix("*.")
    suffix = next((known for known in _LONGEST_FIRST if bare.endswith(f".{known}")), "")
    if not suffix:
        return PrivateLink("", "none", region, host, note="not a host of AWS")
    labels = bare[: -len(suffix) - 1].split(".")
    if region_of(labels[-1]) and len(labels) > 1:
        return _regional(host, labels[:-1], labels[-1], suffix)
    return _global(host, labels, region, suffix)


def _regional(host: str, labels: list[str], region: str, suffix: str) -> PrivateLink:
    plain, fips = _without_fips(labels)
    key = ".".join(plain)
    none = names.NONE_KNOWN.get(key)
    if key.startswith("s3express-"):
        none = names.NONE_KNOWN["s3express-control"]
    if none:
        return PrivateLink("", "none", region, host, note=none)
    dual_stack = "api" in suffix.split(".") or "dualstack" in plain
    service = names.DUAL_STACK.get(key) if dual_stack else None
    service = service or names.EXCEPTIONS.get(key) or ".".join(reversed(plain))
    notes = [names.NOTES.get(service, "")]
    if dual_stack:
        notes.append("a dual-stack host: the endpoint's ip_address_type must be dualstack")
    if host.startswith("*.") and not key.startswith("s3"):
        notes.append("private DNS may not cover hosts with an account id")
    without, known = service, names.DOCUMENTED
    if fips:
        service = names.FIPS_EXCEPTIONS.get(service, f"{service}-fips")
        known = names.DOCUMENTED_FIPS
    return PrivateLink(
        _full(service, region),
        "documented" if service in known else "by rule",
        region,
        host,
        private_dns=service not in names.NO_PRIVATE_DNS,
        without_fips=_full(without, region) if fips else "",
        note="; ".join(filter(None, notes)),
    )


def _full(service: str, region: str) -> str:
    prefix, special = names.PREFIXES.get(region, ("", frozenset()))
    begin = prefix if service in special else "com.amazonaws"
    if service in names.AWS_API:
        begin = "aws.api"
    end = ".cn" if service == "transcribe" and prefix == "cn.com.amazonaws" else ""
    return f"{begin}.{region}.{service}{end}"


def _global(host: str, labels: list[str], region: str, suffix: str) -> PrivateLink:
    plain, fips = _without_fips(labels)
    key = ".".join(plain)
    if key in _REGIONAL_TWINS and region_of(region):
        # Private DNS covers the regional host alone; ``regional = "require"`` sends calls there.
        star = "*." if host.startswith("*.") else ""
        return _regional(f"{star}{'.'.join(labels)}.{region}.{suffix}", labels, region, suffix)
    name = names.GLOBAL.get(key, "")
    if not name or fips:
        note = "a global host that is not among AWS's PrivateLink services"
        return PrivateLink("", "none", region, host, note=note)
    note = "may exist in the partition's control-plane region only"
    return PrivateLink(name, "documented", region, host, note=note)


def without_fips(host: str) -> str:
    """The plain host of a FIPS *host*, by its name; a guess, which DNS has to confirm."""
    return ".".join(_without_fips(host.split("."))[0])


def _without_fips(labels: list[str]) -> tuple[list[str], bool]:
    """*labels* of the plain host, and whether FIPS stood in them: ``kms-fips``, ``fips.batch``."""
    plain = [label.removesuffix("-fips") for label in labels if label != "fips"]
    return plain, plain != labels
