"""Settings and rules of the planned policy, from those under which calls were decided. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec

from ..policy.model import Settings
from ..policy.rules import ORDER, weaker
from .callers import Caller
from .reading import LoggedCall
from .values import PlannedRule, Value

_GLOB = re.compile(r"[A-Za-z0-9_.*?-]{1,128}", re.ASCII)
#: The settings that a policy knows, as they are where nobody says anything.
BUILT_IN: dict[str, Value] = {
    name: getattr(Settings(), name) for name in Settings.__struct_fields__
}


class Treatment(msgspec.Struct):
    """What a rule has to say about one operation."""

    settings: dict[str, Value] = {}
    waives: bool = False
    reason: str = ""
    #: Last day of the rule in force; ``None`` where it has none.
    expires: datetime.date | None = None
    hosts: set[str] = set()
    #: That it is about.
    calls: set[LoggedCall] = set()


def defaults_of(calls: Iterable[LoggedCall]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The strictest ``[defaults]`` of the log, and the settings about which it disagrees."""
    values: dict[str, Value] = {}
    disagree: set[str] = set()
    seen = [call for call in calls if call.rule.name == "defaults"] or list(calls)
    for call in seen:
        for name, value in settings_of(call).items():
            old = values.setdefault(name, value)
            if old != value:
                disagree.add(name)
                values[name] = stricter(name, old, value)
    return dict(sorted(values.items())), tuple(sorted(disagree))


@lru_cache(maxsize=1024)
def valid(name: str, value: Value) -> bool:
    """May a policy say so? The log may be of a newer version, or of somebody's making."""
    try:
        msgspec.convert({name: value}, Settings)
    except msgspec.ValidationError:
        return False
    return isinstance(value, str) or all(_GLOB.fullmatch(glob) for glob in value)


def stricter(name: str, one: Value, other: Value) -> Value:
    """Of two values of a setting, the one that forbids more."""
    if name == "allowed_regions":
        # An empty list allows any region: two that share none have no stricter one.
        return tuple(sorted(set(one) & set(other))) or max(one, other)
    if name in ORDER:
        return other if weaker(name, one, other) else one
    return min(one, other, key=str)


def settings_of(call: LoggedCall) -> dict[str, Value]:
    """What the policy demanded. What the application asks for itself holds for its calls alone."""
    return {
        name: value
        for name, value, origin in call.settings
        if name in BUILT_IN and origin != "application" and valid(name, value)
        # Written as ``off`` for whoever uses the URL, whatever the policy says.
        if not (name == "private" and call.for_others)
    }


#: Settings, whether they waive, the reason, and the last day: what one rule says.
_Says = tuple[tuple[tuple[str, Value], ...], bool, str, datetime.date | None]


def rules(
    table: Mapping[tuple[str, str], Mapping[str, Treatment]],
    behind: Callable[[Iterable[LoggedCall]], tuple[Caller, ...]],
) -> Iterator[PlannedRule]:
    """The fewest rules that give each operation its treatment.

    Operations are named only where others of the service, in the same region, are treated
    otherwise: a rule for all of them also holds for the calls that the log does not have.

    :param behind: tells who made calls.
    """
    # By service, operations and what is said: regions, and what is treated so.
    said: dict[tuple[str, tuple[str, ...], _Says], tuple[set[str], list[Treatment]]] = {}
    for (service, region), treatments in table.items():
        groups: dict[_Says | None, list[str]] = {}
        for operation, treatment in treatments.items():
            settings = tuple(sorted(treatment.settings.items()))
            says = (settings, treatment.waives, treatment.reason, treatment.expires)
            groups.setdefault(says if treatment.settings else None, []).append(operation)
        for group, operations in groups.items():
            if group is None:
                continue
            named = tuple(sorted(filter(None, operations))) if len(groups) > 1 else ()
            regions, treated = said.setdefault((service, named, group), (set(), []))
            regions.add(region)
            treated += [treatments[operation] for operation in operations]
    for key, (regions, treated) in sorted(said.items(), key=lambda item: repr(item[0])):
        service, named, (settings, waives, reason, expires) = key
        yield PlannedRule(
            services=(service,),
            operations=named,
            regions=tuple(sorted(filter(None, regions))),
            settings=settings,
            kind="waiver" if waives else "carried",
            reason=reason,
            expires=expires,
            hosts=tuple(sorted(set().union(*(each.hosts for each in treated)))),
            callers=behind(set().union(*(each.calls for each in treated))),
        )
