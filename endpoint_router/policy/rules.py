"""Which rule speaks for a call, what is demanded of it then, and what is stricter. Pure.

The first rule that matches speaks, and only that one; what it leaves out comes from ``[defaults]``.
The day is a parameter: nothing here reads a clock.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from .keys import keys_of
from .loaded import LoadedPolicy
from .model import Policy, Rule, Settings
from .origins import DEFAULT, Origin

APPLICATION = Origin("application")

#: Values from weakest to strongest, of each key that has such an order.
ORDER: Mapping[str, tuple[str, ...]] = {
    name: key.order
    for struct in (Policy, Settings)
    for name, key in keys_of(struct).items()
    if key.order
}

#: Settings of a call that can be weaker or stronger, lists last. Of the others, neither value is
#: weaker.
GRADED = tuple(
    sorted(
        (name for name, key in keys_of(Settings).items() if key.graded),
        key=lambda name: name not in ORDER,
    )
)


#: Settings that may be demanded without exception.
REQUIRABLE = tuple(name for name, order in ORDER.items() if order[-1] == "require")

#: The value of each that demands least.
WEAKEST: Mapping[str, Any] = {name: ORDER[name][0] if name in ORDER else () for name in GRADED}


class SpokenRule(Struct, frozen=True):
    """The rule that spoke, or ``[defaults]`` where none matched."""

    #: ``rules[2]``, or ``defaults``.
    name: str = "defaults"
    #: The rule's own words; may be empty.
    reason: str = ""
    #: Where the rule itself was written; the default where none spoke.
    origin: Origin = DEFAULT
    #: It matched the service by more than ``*``.
    names_service: bool = False
    #: Names of the settings that it gives itself, and that are in force.
    sets: frozenset[str] = frozenset()
    #: Its last day, in UTC; ``None`` where it does not end.
    expires: datetime.date | None = None


class Demands(Struct, frozen=True):
    """What the policy demands of one call: every setting, and why it is so."""

    settings: Settings
    #: By name of the setting.
    origins: Mapping[str, Origin]
    rule: SpokenRule

    def with_settings(self, **changed: Any) -> Demands:
        """The same with other values of some settings."""
        return replace(self, settings=replace(self.settings, **changed))


def speak(
    loaded: LoadedPolicy,
    *,
    service: str,
    operation: str,
    region: str,
    partition: str,
    today: datetime.date,
    application_fips: bool = False,
) -> Demands:
    """What is demanded of a call.

    :param service: boto3 client name.
    :param operation: in the API's spelling.
    :param region: signing region of the standard endpoint; empty for a service without one.
    :param today: the day in UTC; a rule is gone on the day after it ``expires``.
    :param application_fips: the application asked for FIPS (``use_fips_endpoint``). It raises
        ``fips`` to ``require``; only a rule that names the service and sets ``fips`` itself decides
        over it. An application can raise a requirement, never lower it.
    """
    policy, selectors = loaded.policy, loaded.parsed.selectors
    index, rule = next(
        (
            (index, rule)
            for index, rule in enumerate(policy.rules)
            if not expired(rule, today)
            and selectors[index].match(
                service=service, operation=operation, region=region, partition=partition
            )
        ),
        (-1, None),
    )
    where = "defaults" if rule is None else f"rules[{index}]"
    named = rule is not None and selectors[index].names(service)
    settings: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    sets: set[str] = set()
    for key in Settings.__struct_fields__:
        own = None if rule is None else rule.own(key)
        settings[key] = getattr(policy.defaults, key) if own is None else own
        origins[key] = _origin(loaded, "defaults" if own is None else where, key)
        if own is not None:
            sets.add(key)
    decided = named and rule is not None and rule.own("fips") is not None
    if application_fips and not decided and settings["fips"] != "require":
        settings["fips"], origins["fips"] = "require", APPLICATION
        sets.discard("fips")
    reason, expires = ("", None) if rule is None else (rule.reason, rule.expires)
    return Demands(
        Settings(**settings),
        origins,
        SpokenRule(where, reason, loaded.origin(where), named, frozenset(sets), expires),
    )


def expired(rule: Rule, today: datetime.date) -> bool:
    """Whether *rule* has ended: it holds until 24:00 UTC of the day it names."""
    return rule.expires is not None and today > rule.expires


def until(expires: datetime.date, today: datetime.date) -> str:
    """How long a waiver still holds, for people: ``until 2027-03-31 (12 days)``."""
    days = (expires - today).days
    left = "last day today" if days == 0 else f"{days} day{'' if days == 1 else 's'}"
    return f"until {expires} ({left if days >= 0 else 'ended'})"


def applied(rule: Rule, defaults: Settings) -> Settings:
    """*defaults*, but for what *rule* gives itself."""
    own = {key: rule.own(key) for key in Settings.__struct_fields__}
    return replace(defaults, **{key: value for key, value in own.items() if value is not None})


def loosens(rule: Rule, defaults: Settings) -> tuple[str, ...]:
    """Names of the settings by which *rule* is weaker than *defaults*."""
    return tuple(
        key
        for key in GRADED
        if (own := rule.own(key)) is not None and weaker(key, own, getattr(defaults, key))
    )


def tightens(rule: Rule, defaults: Settings) -> tuple[str, ...]:
    """Names of the settings by which *rule* is stricter than *defaults*."""
    return tuple(
        key
        for key in GRADED
        if (own := rule.own(key)) is not None and weaker(key, getattr(defaults, key), own)
    )


def weaker(key: str, new: object, old: object) -> bool:
    """Whether *new* allows something that *old* forbids."""
    if key in ORDER:
        order = ORDER[key]
        return order.index(str(new)) < order.index(str(old))
    return key in GRADED and _widens(_globs(new), _globs(old))


def _widens(new: Sequence[str], old: Sequence[str]) -> bool:
    """Globs are compared as text: whether one covers another is left to whoever writes them."""
    return bool(old) and (not new or any(glob not in old for glob in new))


def _globs(value: object) -> list[str]:
    return [str(glob).lower() for glob in value] if isinstance(value, (list, tuple)) else []


def _origin(loaded: LoadedPolicy, where: str, key: str) -> Origin:
    exact = loaded.origin(f"{where}.{key}")
    return loaded.origin(where) if exact is DEFAULT else exact
