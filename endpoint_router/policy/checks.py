"""What the types cannot say: values that fit the model and still make no sense.

Each check looks at one layer, so that the error names the place where the value was written; rules
are held against the merged defaults. Nothing here reads the world; the day is a parameter.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from .layer import Layer
from .model import InterfaceEndpoint, Policy
from .nearest_name import did_you_mean
from .paths import Path, dotted, value_at
from .quoting import quote
from .remarks import Remark
from .rules import expired, loosens, until

#: Days before its end from which a waiver is warned of: long enough to find its owner.
SOON = 14
#: What ``log.decisions`` may be besides a path.
LOG_TARGETS = ("stderr", "stdout", "logger")


def check_layer(layer: Layer) -> None:
    """Everything that one layer shows by itself.

    :raises PolicyError: for the first thing that makes no sense.
    """
    _check_log(layer)
    for index, endpoint in enumerate(layer.policy.vpc_endpoints):
        if isinstance(endpoint, InterfaceEndpoint) and endpoint.fips:
            _check_reason(layer, ("vpc_endpoints", index, "fips"), endpoint.reason)
    for index, custom in enumerate(layer.policy.custom_endpoints):
        for key in ("fips", "private"):
            if getattr(custom, key):
                _check_reason(layer, ("custom_endpoints", index, key), custom.reason)


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


def warnings(layer: Layer, today: datetime.date, days: int = SOON) -> Iterator[Remark]:
    """What is no error but deserves a word, one sentence each.

    :param days: before its end from which a waiver is warned of.
    """
    yield from layer.warnings
    for index, rule in enumerate(layer.policy.rules):
        if expired(rule, today):
            what = f"ended on {rule.expires}; it has no effect"
            yield _remark(layer, "waiver.ended", ("rules", index), what)
        elif rule.expires is not None and (rule.expires - today).days <= days:
            what = (
                f"holds {until(rule.expires, today)}: what it allows is refused after that day, "
                "unless its owner gives it a later one"
            )
            yield _remark(layer, "waiver.ends", ("rules", index), what)
    if len(layer.policy.rules) > 1:
        yield from _hidden(layer)
    for index, network in enumerate(layer.parsed.networks):
        if network.prefixlen == 0:
            text = layer.policy.network.private[index]
            what = f"holds {text}: every address counts as private"
            path: Path = ("network", "private", index)
            yield _remark(layer, "network.everything", path, what, subject="network.private")


def _remark(
    layer: Layer, id: str, path: Path, what: str, *, subject: str = "", way_out: str = ""
) -> Remark:
    origin, subject = layer.origin_at(path), subject or dotted(path)
    return Remark(
        f"{subject} ({origin}) {what}",
        id,
        origin=origin,
        path=dotted(path),
        what=f"{subject} {what}",
        way_out=way_out,
    )


def _hidden(layer: Layer) -> Iterator[Remark]:
    from .hidden import hidden  # most policies have no two rules

    for index, earlier in hidden(layer.policy.rules, layer.parsed.selectors):
        what = f"never speaks: rules[{earlier}] before it matches all of its calls"
        way_out = "Put the narrower rule first"
        yield _remark(layer, "rule.hidden", ("rules", index), what, way_out=way_out)


def _check_log(layer: Layer) -> None:
    target = layer.policy.log.decisions
    if target in ("", *LOG_TARGETS) or any(sign in target for sign in "./\\"):
        return
    # A misspelt word would become a file in whatever directory the process was started in.
    raise layer.refusal(
        ("log", "decisions"),
        found=quote(target),
        expected='"stderr", "stdout", "logger", or a path as "/var/log/decisions.jsonl"',
        hint=did_you_mean(target, LOG_TARGETS),
    )


def _check_reason(layer: Layer, path: Path, reason: str) -> None:
    """What the policy attests, at *path*, it says a reason for."""
    if reason.strip():
        return
    raise layer.refusal(
        path,
        found="true, without a reason",
        expected="a reason beside what no evidence shows",
        hint=f'Add reason = "..." to {dotted(path[:-1])}.',
    )
