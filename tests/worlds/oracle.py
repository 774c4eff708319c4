"""What a policy allows of what was seen on the wire: a statement of its own, from the docs.

Written from the documentation, from what AWS says of its names and from botocore's data
(:mod:`.aws_hosts`). It must never use, nor imitate, the router's code: two that err alike find
nothing. Where the documentation leaves a case open, an objection is not ``sure``: then it is no
leak when the call went out, and no needless refusal when it did not.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

import msgspec

from . import aws_hosts
from .calls import CALLS
from .world import ABSENT, Sent, World

_DEFAULTS: dict[str, Any] = {
    "fips": "off",
    "fips_basis": "ruleset",
    "private": "prefer",
    "dual_stack": "off",
    "regional": "off",
    "allowed_regions": [],
    "endpoint_url": "check",
    "presigned": "public",
}
#: Weakest first.
_BASES = ("attested", "ruleset", "named", "listed")
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Objection(msgspec.Struct, frozen=True):
    """What the policy has against a request."""

    code: str
    why: str
    sure: bool = True


def _globs(globs: Any, text: str) -> bool:
    return any(fnmatchcase(text.lower(), str(glob).lower()) for glob in globs)


def applications_fips(world: World) -> bool:
    """Does the application itself want FIPS? As in botocore, code wins over its surroundings."""
    if "use_fips_endpoint" in world.config:
        return bool(world.config["use_fips_endpoint"])
    return bool(
        world.environ.get("AWS_USE_FIPS_ENDPOINT") == "true"
        or "use_fips_endpoint = true" in world.profile
        or "fips" in (world.region or "")
    )


def demands(world: World, sent: Sent) -> dict[str, Any]:
    """The settings in force for the operation that *sent* belongs to."""
    settings = {**_DEFAULTS, **world.policy.get("defaults", {})}
    rule = next((rule for rule in world.policy.get("rules", ()) if _matches(rule, world, sent)), {})
    settings |= {name: value for name, value in rule.items() if name in _DEFAULTS}
    names_service = "fips" in rule and rule.get("services")
    if applications_fips(world) and not names_service:
        settings["fips"] = "require"
    if sent.presigned and settings["presigned"] == "public":
        settings["private"] = "off"
    return settings


def _matches(rule: Mapping[str, Any], world: World, sent: Sent) -> bool:
    region = standard_region(world, sent)
    held = {
        "services": sent.service,
        "operations": sent.operation,
        "regions": region,
        "partitions": aws_hosts.partition_of(region),
    }
    return all(_globs(rule[name], value) for name, value in held.items() if rule.get(name))


def standard_region(world: World, sent: Sent) -> str:
    """The signing region of the standard endpoint, as the ruleset has it."""
    region = world.region or "aws-global"
    if sent.service == CALLS[world.call].service:
        for signed in aws_hosts.named(world.call, region, fips=False, dual_stack=False).values():
            return aws_hosts.real_region(signed)
    return aws_hosts.real_region(region)


def requires(settings: Mapping[str, Any]) -> bool:
    """Is anything at ``require``?"""
    return any(
        settings[name] == "require" for name in ("fips", "private", "dual_stack", "regional")
    )


def binds(settings: Mapping[str, Any]) -> bool:
    """Does anything bind the host?"""
    denies = settings["endpoint_url"] == "deny"
    return bool(requires(settings) or settings["allowed_regions"] or denies)


def judge(world: World, sent: Sent) -> Iterator[Objection]:
    """What the policy of *world* has against *sent*."""
    if _rule_is_open(world) or _is_made_up(world, sent.host):
        yield Objection("open", "the documentation does not say", sure=False)
        return
    settings = demands(world, sent)
    if world.policy.get("mode", "enforce") != "enforce" or not binds(settings):
        return
    yield from _tls(sent, sure=requires(settings))
    whose = _Whose(world, sent)
    by_region = not (requires(settings) or settings["endpoint_url"] == "deny")
    if not whose.known and not (by_region and aws_hosts.partition_in(sent.host)):
        yield Objection("endpoint_url.undeclared", "neither AWS's own for this call nor declared")
        return
    if whose.own and not (whose.declared or whose.customs or whose.near):
        yield Objection("endpoint_url.undeclared", "a host of another region", sure=False)
    if whose.own and not whose.declared and _is_ignored(world, sent):
        yield Objection("endpoint_url.undeclared", "a URL that botocore ignores", sure=False)
    if whose.own and not whose.customs and sent.port not in (443, 80):
        why = f"port {sent.port} of a host of AWS's own"
        yield Objection("endpoint_url.undeclared", why, sure=not by_region)
    if world.overridden and whose.own and not whose.declared:
        fips = settings["fips"] == "require"
        yield Objection("data.overridden", "botocore's data is from elsewhere", sure=fips)
    if settings["allowed_regions"]:
        yield from _regions(world, sent, whose, settings["allowed_regions"])
    if settings["fips"] == "require":
        yield from _fips(world, sent, whose, settings["fips_basis"])
    if settings["regional"] == "require" and whose.own and aws_hosts.TWINS.fullmatch(sent.host):
        yield Objection("regional.global_host", "a global host that has a regional twin")
    if settings["dual_stack"] == "require" and "dual" not in whose.own:
        yield Objection("dual_stack.none", "no dual-stack host", sure=not whose.declared)
    if settings["private"] == "require":
        yield from _private(world, sent, whose)


def _is_made_up(world: World, host: str) -> bool:
    """Does *host* bear a word that is no region? There is none of that name."""
    labels = host.split(".")
    misspelt = (
        world.region if not aws_hosts.partition_of(aws_hosts.real_region(world.region)) else ""
    )
    return misspelt in labels or any(re.fullmatch("aws-.*global", label) for label in labels)


def _rule_is_open(world: World) -> bool:
    """Is it open which rule speaks: that of the client's region, or of the one a handler sets?

    So it is for a client of a word that is no region: what it signs for is made up.
    """
    moved = any(handler.sets == "region" for handler in world.handlers)
    rules = world.policy.get("rules", ())
    by_region = any(rule.get("regions") or rule.get("partitions") for rule in rules)
    return by_region and (moved or aws_hosts.real_region(world.region) != world.region)


def _tls(sent: Sent, *, sure: bool) -> Iterator[Objection]:
    if sent.scheme != "https":
        yield Objection("tls.plaintext", "not TLS", sure)
    elif not sent.presigned:
        if sent.sni is None or not sent.verified:
            yield Objection("tls.unverified", "no verified TLS session with AWS", sure)
        if sent.sni is not None and sent.sni.lower() != sent.host.lower().rstrip("."):
            yield Objection("guard.changed", f"TLS with {sent.sni}, Host {sent.host}")


def _is_ignored(world: World, sent: Sent) -> bool:
    """Does somebody configure a URL, and the ruleset goes past it?"""
    configured = f"{world.client}{world.environ}{world.profile}"
    return "://" in configured and f"://{sent.host}" not in configured.lower()


class _Whose:
    """Whose host a request went to: AWS's own for the call, or one that the policy declares."""

    def __init__(self, world: World, sent: Sent) -> None:
        host = sent.host.lower().rstrip(".")
        same = sent.service == CALLS[world.call].service
        call = world.call if same else sent.service
        self.own = aws_hosts.own_bases(call, host, world.region) if call in CALLS else frozenset()
        self.near = call in CALLS and aws_hosts.is_near(call, host, world.region)
        self.name = aws_hosts.VPCE.fullmatch(host)
        entries = world.policy.get("vpc_endpoints", ())
        interfaces = [entry for entry in entries if entry["type"] == "interface"]
        self.declared = [
            e for e in interfaces if any(_is_or_below(host, n) for n in e["dns_names"])
        ]
        self.served = [
            e for e in interfaces if any(_is_or_below(host, n) for n in e.get("serves", ()))
        ]
        self.customs = [
            entry
            for entry in world.policy.get("custom_endpoints", ())
            if _globs(entry["services"], sent.service) and _covers(entry["url"], sent)
        ]
        self.gateways = [
            entry
            for entry in entries
            if entry["type"] == "gateway"
            # S3 Express has gateways of its own, and no client.
            and entry["service"].removesuffix("express") == sent.service
            and entry["region"] == aws_hosts.region_in(host)
            and self.own
        ]
        self.known = bool(self.own or self.declared or self.served or self.customs)


def _is_or_below(host: str, name: str) -> bool:
    name = name.lower().partition(":")[0].removeprefix("*.")
    return host == name or host.endswith(f".{name}")


def _covers(url: str, sent: Sent) -> bool:
    origin = urlsplit(url)
    port = origin.port or (443 if origin.scheme == "https" else 80)
    host = str(origin.hostname)
    return (
        (origin.scheme, port) == (sent.scheme, sent.port)
        # Its own host and, bucket by bucket, those below it.
        and (fnmatchcase(sent.host.lower(), host) or _is_or_below(sent.host.lower(), host))
    )


def _regions(world: World, sent: Sent, whose: _Whose, allowed: Any) -> Iterator[Objection]:
    client = aws_hosts.real_region(world.region)
    partition = aws_hosts.partition_in(sent.host)
    host = whose.name["region"] if whose.name else aws_hosts.region_in(sent.host)
    places = {"client": client}
    # SigV4A signs for all regions at once; then the host tells.
    if sent.signing_region not in ("", "*"):
        places["signature"] = aws_hosts.real_region(sent.signing_region)
    if not whose.customs:
        places["host"] = host
        if partition and partition != aws_hosts.partition_of(client):
            if not _globs(allowed, host or "-"):
                yield Objection("region.not_allowed", f"host of partition {partition}")
        elif not host and not aws_hosts.NOWHERE.fullmatch(sent.host):
            # A service without regions: exempt within its partition.
            yield from _exempt(client, allowed)
            return
    for place, region in places.items():
        if not _globs(allowed, region):
            yield Objection("region.not_allowed", f"{place} is in {region or 'no region'}")


def _exempt(client: str, allowed: Any) -> Iterator[Objection]:
    partition = aws_hosts.partition_of(client)
    regions = {
        name
        for entry in aws_hosts.PARTITIONS
        if entry["id"] == partition
        for name in entry["regions"]
    }
    if not any(_globs(allowed, region) for region in regions):
        yield Objection("region.not_allowed", f"nothing of partition {partition} is allowed")
    elif not _globs(allowed, client):
        yield Objection("region.not_allowed", f"client is in {client}", sure=False)


def _fips(world: World, sent: Sent, whose: _Whose, weakest: str) -> Iterator[Objection]:
    bases = {"listed" if "listed" in whose.own else "", "ruleset" if "fips" in whose.own else ""}
    if whose.declared and whose.name and "fips" in whose.name["label"]:
        bases.add("named")
    if any(e.get("fips") for e in [*whose.declared, *whose.customs]):
        bases.add("attested")
    strongest = max((_BASES.index(basis) for basis in bases if basis), default=-1)
    if strongest < _BASES.index(weakest):
        yield Objection(
            "fips.no_basis", f"FIPS by {_BASES[strongest] if strongest >= 0 else 'nothing'}"
        )
    elif _BASES[strongest] == "ruleset":
        # Whether S3 has it is asked without bucket and account.
        below_s3 = sent.service.startswith("s3") and _something_is_absent(world)
        if below_s3 or (sent.presigned and not sent.answered):
            yield Objection("fips.absent", "a made-up name that may not exist", sure=False)


def _something_is_absent(world: World) -> bool:
    return any(word in ABSENT for words in world.dns.values() for word in words)


def trusted(world: World, address: str) -> bool:
    """Does *address*, and any IPv4 address inside of it, lie in a trusted network?"""
    networks = [
        ipaddress.ip_network(text)
        for text in world.policy.get("network", {}).get("private", _PRIVATE)
    ]
    outer = ipaddress.ip_address(address)
    every = [outer]
    if isinstance(outer, ipaddress.IPv6Address):
        if outer.ipv4_mapped:
            every = [outer.ipv4_mapped]
        inner = outer.sixtofour or (outer.teredo or [None])[-1]
        if outer in _NAT64:
            inner = ipaddress.IPv4Address(int(outer) & 0xFFFFFFFF)
        if inner:
            every.append(inner)
    return all(any(a.version == n.version and a in n for n in networks) for a in every)


def _private(world: World, sent: Sent, whose: _Whose) -> Iterator[Objection]:
    if any(entry.get("private") for entry in whose.customs):
        return
    for gateway in whose.gateways:
        networks = list(map(ipaddress.ip_network, gateway.get("prefix_list", ())))
        if not networks or (sent.address and ipaddress.ip_address(sent.address) in networks[0]):
            return
    if sent.presigned:
        # Nothing is dialled; what DNS said when it was made is judged, where it was asked.
        if not sent.answered or not all(trusted(world, address) for address in sent.answered):
            yield Objection("private.public_address", f"{sent.answered} for a URL", sure=False)
    elif sent.proxy:
        yield Objection("private.proxy", "a proxy in between")
    elif not trusted(world, sent.address):
        yield Objection("private.public_address", f"dialled {sent.address}")
    elif not all(trusted(world, address) for address in sent.answered or ()):
        by_address = any(
            entry.get("connect") == "address" for entry in world.policy.get("vpc_endpoints", ())
        )
        yield Objection("private.mixed", f"DNS said {sent.answered}", sure=not by_address)
