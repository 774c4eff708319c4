"""What ``check --against`` shows: what a change loosens, tightens and moves; as text and as JSON.

What loosens stands first. Services with which the same happens stand together; JSON has them all.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import botocore
import msgspec
from botocore.session import Session
from msgspec import Struct

from ..policy.loaded import LoadedPolicy
from ..printable import printable
from ..review.assumed import PRIVATE_DNS, PUBLIC_HOSTS
from ..review.comparing import MOST_REGIONS, compare
from ..review.regions import regions_meant
from ..review.values import Change, Comparison, Demanded, Direction, Side
from ..sdk.endpoints.partitions_json import partitions
from ..survey.every_call import EveryCall
from .output import BadInput
from .progress import progress
from .screen import Colour, Screen

#: Where neither the policies nor the environment name a region.
_SOME_REGION = "us-east-1"
#: Services of which each has lines of its own; of more, the names.
_EACH = 6
#: Operations that are named; of more, their number.
_NAMED = 4
_TITLES: dict[Direction, tuple[str, Colour]] = {
    "loosened": ("LOOSENED", "red"),
    "tightened": ("TIGHTENED", "amber"),
    "moved": ("MOVED", "bold"),
}


class Compared(Struct, frozen=True):
    """A comparison, and between what."""

    old: str
    new: str
    private_dns: bool
    today: datetime.date
    comparison: Comparison

    @property
    def loosens(self) -> bool:
        """Does the new policy allow or demand less?"""
        return self.comparison.loosens

    @property
    def assumed(self) -> str:
        """What was taken for granted."""
        return PRIVATE_DNS if self.private_dns else PUBLIC_HOSTS

    def as_data(self) -> dict[str, Any]:
        """For ``--json``."""
        known = self.comparison
        data: dict[str, Any] = {
            "old": self.old,
            "loosened": known.loosens,
            "assumed": self.assumed,
            "today": str(self.today),
            "botocore": botocore.__version__,
            "regions": list(known.regions),
            "regions_left_out": list(known.left_out),
            "services": known.services,
            "services_compared": known.compared,
            "operations_compared": known.operations,
            "changes": [msgspec.to_builtins(each) for each in known.changes],
            "demands": [msgspec.to_builtins(each) for each in known.demands],
            "policy": [msgspec.to_builtins(each) for each in known.beyond],
        }
        return data

    def text(self, screen: Screen) -> str:
        """For people."""
        return "\n".join(_lines(self, screen))


def compared_with(
    old: LoadedPolicy,
    new: LoadedPolicy,
    names: tuple[str, str],
    regions: Sequence[str],
    today: datetime.date,
    *,
    private_dns: bool = False,
) -> Compared:
    """Compare, with a bar that tells how far it is.

    :param names: of both, as they were given.
    :param regions: none means those that the policies are about.
    :raises BadInput: a region is none that botocore knows.
    """
    calls = EveryCall()
    wanted, left_out = _regions(old, new, regions)
    with progress("services", len(calls.services())) as advance:
        comparison = compare(
            old,
            new,
            wanted,
            today,
            left_out=left_out,
            private_dns=private_dns,
            advance=advance,
            calls=calls,
        )
    return Compared(*names, private_dns, today, comparison)


def _regions(
    old: LoadedPolicy, new: LoadedPolicy, given: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for region in given:
        if partitions().of_region(region) is None:
            raise BadInput(f"--region: botocore knows no partition of {region!r}")
    if given:
        return tuple(dict.fromkeys(given)), ()
    meant = regions_meant((old, new))
    if not meant:
        meant = (Session().get_config_variable("region") or _SOME_REGION,)
    return meant[:MOST_REGIONS], meant[MOST_REGIONS:]


# --- the text


def _lines(compared: Compared, screen: Screen) -> Iterator[str]:
    known = compared.comparison
    where = ", ".join(known.regions)
    yield ""
    yield screen.wrapped(
        f"{printable(compared.new)} against {printable(compared.old)}, in {where}, on "
        f"{compared.today}: of the {known.services} services of botocore {botocore.__version__}, "
        f"the two speak differently of {known.compared} ({known.operations} operations)."
    )
    if known.left_out:
        yield screen.wrapped(f"Not compared: {', '.join(known.left_out)} (--region).")
    yield screen.wrapped(f"{compared.assumed} What is decided is what mode = enforce does.")
    for direction, (title, colour) in _TITLES.items():
        lines = [
            *_of_policy(known, direction, screen),
            *_of_demands(known, direction, screen),
            *_of_changes(known, direction, screen),
        ]
        if lines:
            yield f"\n{screen.paint(title, colour)}"
            yield from lines
    if not (known.changes or known.demands or known.beyond):
        yield "No call is decided otherwise."
    elif not known.loosens:
        yield "\nNothing is loosened."


def _of_policy(known: Comparison, direction: Direction, screen: Screen) -> Iterator[str]:
    for each in known.beyond:
        if each.direction == direction:
            yield screen.wrapped(f"{each.path}: {printable(each.what)}", "    ", "  ")


def _of_demands(known: Comparison, direction: Direction, screen: Screen) -> Iterator[str]:
    regions: dict[str, list[str]] = {}
    for each in known.demands:
        if each.direction == direction:
            head = f"{each.setting} {each.before} -> {each.after}, {_whom(each, known)}"
            regions.setdefault(head, []).append(each.region)
    verb = "demands less" if direction == "loosened" else "demands more"
    for head, where in regions.items():
        yield screen.wrapped(f"{verb}: {head}, {', '.join(where)}", "    ", "  ")


def _whom(demanded: Demanded, known: Comparison) -> str:
    operations = _count(sum(demanded.services.values()), "operation")
    names = list(demanded.services)
    if len(names) > 2 * _EACH:
        return f"{len(names)} of {known.services} services ({operations})"
    return f"{', '.join(names)} ({operations})"


def _of_changes(known: Comparison, direction: Direction, screen: Screen) -> Iterator[str]:
    alike: dict[tuple[str, str, str], list[Change]] = {}
    for each in known.changes:
        if each.direction == direction:
            key = (each.region, _said(each.before), _said(each.after))
            alike.setdefault(key, []).append(each)
    many: dict[tuple[str, str], list[str]] = {}
    for (region, before, after), changes in alike.items():
        services = list(dict.fromkeys(each.service for each in changes))
        if len(services) > _EACH:
            number = _count(sum(len(each.operations) for each in changes), "operation")
            head = f"{before} -> {after}: {len(services)} services, {number}"
            many.setdefault((head, _first(services)), []).append(region)
            continue
        yield screen.wrapped(f"{region}: {before} -> {after}", "    ", "  ")
        for each in changes:
            yield screen.wrapped(f"{each.service}: {_operations(each)}", "      ", "    ")
            yield from (f"      {line}" for line in _hosts(each, screen.width - 6))
    for (head, named), regions in many.items():
        yield screen.wrapped(f"{', '.join(regions)}: {head}", "    ", "  ")
        yield screen.wrapped(named, "      ", "    ")


def _first(services: Sequence[str]) -> str:
    named, more = ", ".join(services[: 2 * _EACH]), len(services) - 2 * _EACH
    return f"{named} and {more} more (--json names them)" if more > 0 else named


def _said(side: Side) -> str:
    return f"allowed at {side.what}" if side.allowed else f"refused {side.code}"


def _operations(change: Change) -> str:
    names = change.operations
    if len(names) <= _NAMED:
        return ", ".join(names)
    number = _count(len(names), "operation")
    return f"all {number}" if change.all else f"{number}, as {', '.join(names[:2])}"


def _hosts(change: Change, width: int) -> Iterator[str]:
    """Names are never broken: what does not fit beside the other stands below it."""
    before, after = (_host(each) for each in (change.before, change.after))
    if before == after or not change.before.allowed or not change.after.allowed:
        yield after if change.after.allowed else before
    elif len(f"{before} -> {after}") <= width:
        yield f"{before} -> {after}"
    else:
        yield before
        yield f"-> {after}"


def _host(side: Side) -> str:
    return f"{side.host} by {side.via}" if side.via else side.host


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
