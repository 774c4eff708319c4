"""Two policies, call by call: what the new one allows, refuses or sends elsewhere.

Both are asked about each kind of call of the installed botocore, by the very code that decides when
the call is made; what DNS would say is assumed (:mod:`.assumed`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence

from botocore.exceptions import BotoCoreError
from msgspec import Struct
from msgspec.structs import replace

from ..policy.loaded import LoadedPolicy
from ..policy.model import Rule, Settings
from ..policy.rules import GRADED, expired, weaker
from ..routing.case import Decision
from ..sdk import seams
from ..sdk.activation.hooks import Clients
from ..survey.every_call import EveryCall, Kind
from .assumed import assuming
from .beyond_calls import beyond_calls
from .values import Change, Comparison, Demanded, Direction, Side

#: Regions that are compared where nobody says which: five seconds each, where all differs.
MOST_REGIONS = 4


def compare(
    old: LoadedPolicy,
    new: LoadedPolicy,
    regions: Sequence[str],
    today: datetime.date,
    *,
    left_out: Sequence[str] = (),
    private_dns: bool = False,
    advance: Callable[[], None] = lambda: None,
    calls: EveryCall | None = None,
    services: Sequence[str] | None = None,
) -> Comparison:
    """What *new* does that *old* does not, over all operations.

    :param today: the day in UTC; rules that have ended are not counted.
    :param left_out: regions that the policies mean as well.
    :param private_dns: as :func:`.assumed.assuming`.
    :param advance: called whenever a service is done.
    :param services: by boto3's names; ``None`` means all that botocore has.
    """
    calls = calls or EveryCall()
    pair = [assuming(each, (old, new), private_dns=private_dns) for each in (old, new)]
    both = tuple(map(Clients, pair))
    services = calls.services() if services is None else services
    changes: dict[tuple[object, ...], Change] = {}
    demands: dict[tuple[Direction, str, str, str, str], dict[str, int]] = {}
    compared = operations = 0
    for service in services:
        if _says(old, service, today) != _says(new, service, today):
            compared += 1
            for outcome in _outcomes(calls, both, service, regions, _apart((old, new))):
                operations += len(outcome.kind.operations)
                _note(changes, outcome)
                for key in _demands(outcome):
                    counted = demands.setdefault(key, {})
                    counted[service] = counted.get(service, 0) + len(outcome.kind.operations)
        advance()
    return Comparison(
        tuple(regions),
        tuple(left_out),
        len(services),
        compared,
        operations // max(len(regions), 1),
        tuple(changes.values()),
        tuple(Demanded(*key, counted) for key, counted in demands.items()),
        tuple(beyond_calls(old, new)),
    )


class _Outcome(Struct, frozen=True):
    """What became of one kind of call under the two policies."""

    service: str
    region: str
    kind: Kind
    #: Operations of the service.
    total: int
    before: Decision | str
    after: Decision | str


def _outcomes(
    calls: EveryCall,
    both: Sequence[Clients],
    service: str,
    regions: Sequence[str],
    apart: Callable[[str], object],
) -> Iterator[_Outcome]:
    kinds: tuple[Kind, ...] = ()
    for region in regions:
        client = calls.client(service, region)
        parts = seams.client_parts(client)
        before, after = (clients.make(parts) for clients in both)
        kinds = kinds or calls.kinds(service, apart)
        total = sum(len(kind.operations) for kind in kinds)
        for kind in kinds:
            decided: list[Decision | str] = []
            for wrapper in (before, after):
                try:
                    decided.append(wrapper.explain(kind.model, kind.arguments))
                except BotoCoreError as error:  # there is no such call, whoever makes it
                    decided.append(type(error).__name__)
            yield _Outcome(service, region, kind, total, *decided)
    calls.forget(service)


def _apart(policies: Sequence[LoadedPolicy]) -> Callable[[str], object]:
    """Which of the rules are about an operation."""
    selectors = [each.operations for loaded in policies for each in loaded.parsed.selectors]
    told = [globs for globs in selectors if globs.texts]
    return lambda operation: tuple(globs.match(operation) for globs in told)


def _says(loaded: LoadedPolicy, service: str, today: datetime.date) -> object:
    """All that a policy says about *service*: where two say the same, they decide the same."""
    policy = loaded.policy
    rules: list[Rule] = [
        replace(rule, services=(), reason="", expires=None)
        for rule, selectors in zip(policy.rules, loaded.parsed.selectors, strict=True)
        if not expired(rule, today)
        and (not selectors.services.texts or selectors.services.match(service))
    ]
    endpoints = (policy.vpc_endpoints, policy.custom_endpoints, policy.network)
    return (policy.defaults, rules, endpoints)


# --- one outcome


def _note(changes: dict[tuple[object, ...], Change], outcome: _Outcome) -> None:
    """Add *outcome* to *changes*, with others of its service that are the same."""
    before, after = _side(outcome.before), _side(outcome.after)
    direction = _direction(before, after)
    if not direction:
        return
    key = (outcome.service, outcome.region, direction, before, after)
    known = changes.get(key)
    names = (*(known.operations if known else ()), *outcome.kind.operations)
    is_all = len(names) == outcome.total
    changes[key] = Change(direction, outcome.service, outcome.region, names, is_all, before, after)


def _direction(before: Side, after: Side) -> Direction | None:
    if before.allowed is not after.allowed:
        return "loosened" if after.allowed else "tightened"
    if not after.allowed or (before.host, before.via) == (after.host, after.via):
        return None
    lost = (before.fips and not after.fips) or (before.private and not after.private)
    won = (after.fips and not before.fips) or (after.private and not before.private)
    if lost:
        return "loosened"
    return "tightened" if won else "moved"


def _side(decision: Decision | str) -> Side:
    if isinstance(decision, str):
        return Side(False, decision, "")
    chosen = decision.chosen
    if chosen is None:
        return Side(False, decision.code, decision.host)
    return Side(
        True,
        decision.code,
        decision.host,
        chosen.dials if chosen.by_address else "",
        _what(decision),
        decision.fips_basis,
        decision.private_basis,
    )


def _what(decision: Decision) -> str:
    chosen = decision.chosen
    assert chosen is not None  # the caller has looked
    if chosen.kind == "interface":
        return "a declared VPC endpoint"
    if chosen.kind != "standard":
        return "a declared URL"
    host = "AWS's FIPS host" if chosen.fips_basis else "AWS's own host"
    if decision.private_basis == "gateway-declared":
        return f"{host} by a declared gateway"
    return f"{host} by private DNS" if decision.private_basis else host


def _demands(outcome: _Outcome) -> Iterator[tuple[Direction, str, str, str, str]]:
    if isinstance(outcome.before, str) or isinstance(outcome.after, str):
        return
    old, new = outcome.before.demands.settings, outcome.after.demands.settings
    for setting in GRADED:
        before, after = getattr(old, setting), getattr(new, setting)
        if before == after or not _matters(setting, old, new):
            continue
        direction: Direction = "loosened" if weaker(setting, after, before) else "tightened"
        yield direction, setting, _text(before), _text(after), outcome.region


def _matters(setting: str, old: Settings, new: Settings) -> bool:
    """On what ground a host is FIPS matters where FIPS is asked for, and nowhere else."""
    return setting != "fips_basis" or (old.fips != "off" and new.fips != "off")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "(any)"
    return str(value)
