"""What the types cannot say: values that fit the model and still make no sense.

Each check looks at one layer, so that the error names the place where the value was written; rules
are held against the merged defaults. Nothing here reads the world; the day is a parameter.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from urllib.parse import urlsplit

from ..aws import names
from .layer import Layer
from .model import CustomEndpoint, GatewayEndpoint, InterfaceEndpoint, Policy
from .nearest_name import did_you_mean
from .paths import Path, dotted, value_at
from .quoting import quote
from .rules import expired, loosens

_VPCE = 'the DNS name of a VPC endpoint, as "vpce-<id>-<id>.kms.us-east-1.vpce.amazonaws.com"'
#: What ``log.decisions`` may be besides a path.
LOG_TARGETS = ("stderr", "logger")
_GLOB = re.compile(r"(?:[A-Za-z0-9_.*?-]|\[!?[A-Za-z0-9_-]+\])+", re.ASCII)


def check_layer(layer: Layer) -> None:
    """Everything that one layer shows by itself.

    :raises PolicyError: for the first thing that makes no sense.
    """
    _check_globs(layer)
    _check_networks(layer)
    _check_log(layer)
    for index, server in enumerate(layer.policy.dns.servers):
        _named(layer, ("dns", "servers", index), partial(names.check_dns_server, server))
    for index, endpoint in enumerate(layer.policy.vpc_endpoints):
        if isinstance(endpoint, InterfaceEndpoint):
            _check_interface(layer, ("vpc_endpoints", index), endpoint)
        else:
            region = partial(names.check_region, endpoint.region)
            _named(layer, ("vpc_endpoints", index, "region"), region)
    for index, custom in enumerate(layer.policy.custom_endpoints):
        _check_custom(layer, ("custom_endpoints", index), custom)


def check_rules(layer: Layer, merged: Policy) -> None:
    """Rules that loosen the merged defaults say why, and only those end.

    :raises PolicyError: for the first rule that does otherwise.
    """
    for index, rule in enumerate(layer.policy.rules):
        loose = loosens(rule, merged.defaults)
        if loose and not rule.reason.strip():
            key, default = loose[0], getattr(merged.defaults, loose[0])
            raise layer.refusal(
                ("rules", index, key),
                found=f"{quote(rule.own(key))}, weaker than the default {quote(default)}",
                expected="a reason in a rule that loosens",
                hint='Add reason = "..." to the rule.',
            )
        if rule.expires is not None and not loose:
            raise layer.refusal(
                ("rules", index, "expires"),
                found=str(rule.expires),
                expected="expires only in a rule that loosens; this one tightens or does nothing",
            )


def check_ttls(layers: Sequence[Layer], merged: Policy) -> None:
    """The two ends of the TTL's range may come from different layers.

    :raises PolicyError: where the range is empty.
    """
    low, high = merged.dns.min_ttl, merged.dns.max_ttl
    if high >= low:
        return
    for layer in reversed(layers):
        for key in ("max_ttl", "min_ttl"):
            if value_at(("dns", key), layer.values) is not None:
                expected = f"max_ttl of at least min_ttl ({high:g} and {low:g} here)"
                found = f"{getattr(merged.dns, key):g}"
                raise layer.refusal(("dns", key), found=found, expected=expected)


def warnings(layer: Layer, today: datetime.date) -> Iterator[str]:
    """What is no error but deserves a word, one sentence each."""
    for index, rule in enumerate(layer.policy.rules):
        if expired(rule, today):
            origin = layer.origin_at(("rules", index))
            yield f"rules[{index}] ({origin}) ended on {rule.expires}; it has no effect"
    for index, text in enumerate(layer.policy.network.private):
        if names.network(text).prefixlen == 0:
            origin = layer.origin_at(("network", "private", index))
            yield f"network.private ({origin}) holds {text}: every address counts as private"


def _check_globs(layer: Layer) -> None:
    lists: list[tuple[Path, Sequence[str] | None]] = [
        (("defaults", "allowed_regions"), layer.policy.defaults.allowed_regions)
    ]
    for index, rule in enumerate(layer.policy.rules):
        for key in ("services", "operations", "regions", "partitions", "allowed_regions"):
            lists.append((("rules", index, key), getattr(rule, key)))
    for index, custom in enumerate(layer.policy.custom_endpoints):
        lists.append((("custom_endpoints", index, "services"), custom.services))
    for path, globs in lists:
        for at, glob in enumerate(globs or ()):
            if not _is_glob(glob):
                expected = 'a name, or a glob of names as "us-*" (*, ?, [ab])'
                raise layer.refusal((*path, at), found=quote(glob), expected=expected)


def _is_glob(glob: str) -> bool:
    try:
        re.compile(fnmatch.translate(glob))
    except re.error:
        return False
    return bool(_GLOB.fullmatch(glob))


def _check_networks(layer: Layer) -> None:
    lists: list[tuple[Path, Sequence[str]]] = [
        (("network", "private"), layer.policy.network.private)
    ]
    for index, endpoint in enumerate(layer.policy.vpc_endpoints):
        if isinstance(endpoint, GatewayEndpoint):
            lists.append((("vpc_endpoints", index, "prefix_list"), endpoint.prefix_list))
    for path, networks in lists:
        for at, text in enumerate(networks):
            _named(layer, (*path, at), partial(names.network, text))
    if zone := layer.policy.network.zone:
        _named(layer, ("network", "zone"), partial(names.check_zone, zone, none=True))


def _check_interface(layer: Layer, path: Path, endpoint: InterfaceEndpoint) -> None:
    if not endpoint.dns_names:
        raise layer.refusal((*path, "dns_names"), found="an empty list", expected=_VPCE)
    for at, host in enumerate(endpoint.dns_names):
        if not (names.is_vpce(host) or (endpoint.serves and names.is_host(host))):
            expected = _VPCE if names.is_host(host) else f"{_VPCE}, or a host with serves given"
            hint = "Any host may stand here where serves is given." if names.is_host(host) else ""
            raise layer.refusal(
                (*path, "dns_names", at), found=quote(host), expected=expected, hint=hint
            )
    for at, host in enumerate(endpoint.serves):
        if not names.is_served(host):
            expected = 'a host, or "*." and a host; with ":port" where it is not 443'
            raise layer.refusal((*path, "serves", at), found=quote(host), expected=expected)
    if endpoint.fips and not endpoint.reason.strip():
        raise _unreasoned(layer, (*path, "fips"))
    if endpoint.zone:
        _named(layer, (*path, "zone"), partial(names.check_zone, endpoint.zone))


def _check_log(layer: Layer) -> None:
    target = layer.policy.log.decisions
    if target in ("", *LOG_TARGETS) or any(sign in target for sign in "./\\"):
        return
    # A misspelt word would become a file in whatever directory the process was started in.
    raise layer.refusal(
        ("log", "decisions"),
        found=quote(target),
        expected='"stderr", "logger", or a path as "/var/log/decisions.jsonl"',
        hint=did_you_mean(target, LOG_TARGETS),
    )


def _check_custom(layer: Layer, path: Path, endpoint: CustomEndpoint) -> None:
    problem = _url_problem(endpoint.url)
    if problem:
        # Up to the last "@": a password may hold anything.
        shown = re.sub(r"//.*@", "//***@", endpoint.url)
        raise layer.refusal((*path, "url"), found=quote(shown), expected=problem)
    if not endpoint.services:
        expected = "at least one boto3 client name or glob"
        raise layer.refusal((*path, "services"), found="an empty list", expected=expected)
    for key in ("fips", "private"):
        if getattr(endpoint, key) and not endpoint.reason.strip():
            raise _unreasoned(layer, (*path, key))


def _unreasoned(layer: Layer, path: Path) -> Exception:
    return layer.refusal(
        path,
        found="true, without a reason",
        expected="a reason beside what no evidence shows",
        hint=f'Add reason = "..." to {dotted(path[:-1])}.',
    )


def _url_problem(url: str) -> str:
    """What is expected of *url*, or nothing when it is as it should be."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "a URL, as https://host:port"
    if parts.scheme not in ("http", "https"):
        return "a URL that begins with https:// or http://"
    if "@" in parts.netloc or parts.query or parts.fragment or port == 0:
        return "scheme, host, port and path only"
    host = parts.hostname or ""
    if not host or not url.isprintable() or " " in url:
        return "a URL with a host, as https://host:port"
    if not (names.is_host_glob(host) or names.is_address(host, version=6)):
        return 'a host, or a glob of hosts as "*.example.com"; the last label without "*"'
    return ""


def _named(layer: Layer, path: Path, check: Callable[[], object]) -> None:
    try:
        check()
    except names.BadName as error:
        raise layer.refusal(
            path, found=quote(error.found), expected=error.expected, hint=error.hint
        ) from None
