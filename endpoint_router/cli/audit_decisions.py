"""Decision logs against CloudTrail, for a person: lines for a terminal, tables for a page.

Names in records and logs are others' words, and made printable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..audit.decisions import Cause, Compared, Unlogged, Unrecorded
from ..audit.logged import PolicyInLogs
from ..audit.matching import Basis
from ..printable import printable
from ..web_page import Cell, Table
from .audit_words import entry, many, more, name_of
from .screen import Screen

__all__ = ["as_lines", "as_tables"]

#: Why a recorded call is told.
_BASES: Mapping[Basis, str] = {
    "label": "other calls of the same role or application bear the router's label",
    "role": "other calls of the same role are in the logs, these are in none",
    "refused": "the logs have such calls as refused",
    "application": "more than the logs of this application have",
    "nobody": "no log is known to be theirs",
}
#: Why a call that was sent may not be recorded.
_CAUSES: Mapping[Cause, str] = {
    "region": "no records of this region",
    "data-events": "a data event, and the trail has none of this service",
    "service": "no records of this service",
    "fewer": "attempts that did not arrive, calls of another account, or not all are recorded",
    "unknown": "no attempt arrived, calls of another account, or not recorded",
}
#: Names in a line.
_SOME = 4


def as_lines(compared: Compared, screen: Screen, few: int | None) -> Iterator[str]:
    """Several lines.

    :param few: items of each list; all where it is ``None``.
    """
    yield screen.paint("Decision logs", "bold")
    for label, said in _numbers(compared):
        text = f"{said} (--json tells which)" if label == "unlogged" else said
        yield entry(screen, label, text)
    gone_round = compared.round()
    if gone_round:
        count = sum(each.count for each in gone_round)
        yield ""
        yield screen.paint(f"Round the router: {many(count, 'call')}", "bold")
        for each in gone_round[:few]:
            yield from _unlogged(each, screen)
        yield from more(len(gone_round), few)
    if compared.unrecorded:
        count = sum(missing.count for missing in compared.unrecorded)
        yield ""
        yield screen.paint(f"Logged as sent, and not recorded: {many(count, 'call')}", "bold")
        for missing in compared.unrecorded[:few]:
            yield from _unrecorded(missing, screen)
        yield from more(len(compared.unrecorded), few)


def _numbers(compared: Compared) -> Iterator[tuple[str, str]]:
    """A label, and what stands behind it."""
    lines = f"{many(compared.logs, 'log')}, {many(compared.lines, 'line')}"
    bad = compared.broken + compared.unknown
    yield "logs", lines + f", {bad:,} of them not understood" * bool(bad)
    days = compared.days
    if days is None:
        yield "compared", "nothing: no day is both in the logs and in the records"
    else:
        sent = f"{compared.sent:,} sent by the logs, {compared.matched:,} of them recorded"
        yield "compared", f"{days} (UTC): {sent}"
    other = [
        f"{number:,} {what}"
        for number, what in (
            (compared.refused, "refused"),
            (compared.unverified, "held back without proof"),
            (compared.presigned, "presigned"),
            (compared.elsewhere, "to hosts that are not AWS's"),
            (compared.other_days, "of other days"),
        )
        if number
    ]
    if other:
        yield "set aside", ", ".join(other)
    if compared.labelled:
        lost = compared.labelled_unlogged
        beside = f"; {lost:,} of them are in none of these logs" if lost else ""
        yield "labelled", f"{compared.labelled:,} recorded calls bear the router's label{beside}"
    for basis, what in (("application", "than their logs have"), ("nobody", "of whom no log is")):
        number = sum(each.count for each in compared.unlogged if each.basis == basis)
        if number:
            beside = (
                "more calls of applications " if basis == "application" else "calls of others, "
            )
            yield "unlogged", f"{number:,} {beside}{what}"
    yield from (("policy", _policy(policy)) for policy in compared.policies)


def _policy(policy: PolicyInLogs) -> str:
    if policy.judged:
        return f"{many(policy.calls, 'call')} under the judged one"
    names = _some(policy.applications) or "nobody named"
    sources = ", ".join(policy.sources) or "code"
    which = f"{policy.digest[:19] or 'no digest'}; {sources}"
    return f"{many(policy.calls, 'call')} of {names} under another one ({which})"


def _unlogged(each: Unlogged, screen: Screen) -> Iterator[str]:
    who = name_of(each.application, each.principal)
    what = f"{each.count:,} x {each.service} {_some(each.operations)} in {each.region}"
    yield screen.wrapped(
        printable(f"{who} in {each.account}: {what}, at {each.host or 'no host'}"), " " * 6, "  "
    )
    why = _BASES[each.basis]
    if each.refused:
        codes = ", ".join(each.refused)
        why = f"the logs have such calls as refused ({codes})" + (
            f"; {why}" if each.basis != "refused" else ""
        )
    verdict = f"against the policy: {each.violations:,}; " if each.violations else ""
    yield screen.wrapped(printable(f"{verdict}{why}; event {each.event_id}"), " " * 6)


def _unrecorded(each: Unrecorded, screen: Screen) -> Iterator[str]:
    what = f"{each.count:,} x {each.service} {each.operation or '(no operation)'} in {each.region}"
    names = _some(each.applications)
    of = f" of {names}" if names else ""
    yield screen.wrapped(printable(f"{what}{of}, at {each.host}"), " " * 6, "  ")
    beside = f" ({each.sent:,} sent, {each.recorded:,} recorded)" if each.recorded else ""
    yield screen.wrapped(f"{_CAUSES[each.cause]}{beside}", " " * 6)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SOME]) + ", ..." * (len(names) > _SOME)


# --- a page


def as_tables(compared: Compared) -> Sequence[Table]:
    """What is only on one side, and the numbers."""
    numbers = [(label, text) for label, text in _numbers(compared)]
    tables = [Table(("", "What"), numbers, "Decision logs")]
    if compared.unlogged:
        rows = [_unlogged_row(each) for each in compared.unlogged]
        headings = ["Who", "Calls", "Violate", "Service", "Host", "Account", "Why", "Event"]
        tables.append(Table(headings, rows, "Recorded, and in no log"))
    if compared.unrecorded:
        missing = [_unrecorded_row(each) for each in compared.unrecorded]
        headings = ["Service", "Calls", "Sent", "Recorded", "Host", "Applications", "Why perhaps"]
        tables.append(Table(headings, missing, "Logged as sent, and not recorded"))
    return tables


def _unlogged_row(each: Unlogged) -> tuple[Cell | str, ...]:
    return (
        Cell(name_of(each.application, each.principal), hint=each.principal),
        f"{each.count:,}",
        Cell(f"{each.violations:,}", "bad" if each.violations else ""),
        Cell(f"{each.service} in {each.region}", hint=", ".join(each.operations)),
        Cell(each.host or "-", code=True),
        each.account,
        Cell(_BASES[each.basis], note=", ".join(each.refused)),
        Cell(each.event_id, hint=f"{each.first} to {each.last}", code=True),
    )


def _unrecorded_row(each: Unrecorded) -> tuple[Cell | str, ...]:
    return (
        f"{each.service} {each.operation} in {each.region}",
        f"{each.count:,}",
        f"{each.sent:,}",
        f"{each.recorded:,}",
        Cell(each.host, code=True),
        ", ".join(each.applications),
        _CAUSES[each.cause],
    )
