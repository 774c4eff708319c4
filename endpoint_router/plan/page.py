"""A plan as a page of HTML that stands alone, for those who must act without a terminal. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from ..policy.rules import until
from ..web_page import Cell, Table, page
from .callers import Caller
from .reading import Reading
from .report import NOBODY, WORD, scope, summary
from .values import Plan

__all__ = ["as_html"]

#: Machines that a cell names; its hint has all that are known.
_SHOWN = 3
_HEADINGS = ("application", "what", "where", "host", "what to do", "calls", "machines")
_LEGEND = (
    Cell("missing: the call would be refused", "bad"),
    Cell("not known yet, or by the policy's word alone", "fair"),
    Cell("passes, and needs the internet", "faint"),
)

#: Callers, and the cells that are about what they call.
_Finding = tuple[tuple[Caller, ...], Cell, str, str, str]


def as_html(reading: Reading, plan: Plan, today: datetime.date | None = None) -> str:
    """The findings, each with the applications behind it, a row each: filter it by your team."""
    findings = _findings(plan, today or plan.day)
    rows = [row for finding in findings for row in _rows(*finding)]
    rows.sort(key=lambda row: (row[0].text == NOBODY, row[0].text.lower()))
    paragraphs = [*summary(reading, plan), _verdict(plan)]
    tables = [Table(_HEADINGS, rows, title="Findings")] if rows else []
    if plan.concerned:
        tables.insert(0, _concerned(plan))
    return page("What is missing", paragraphs, tables, legend=_LEGEND if rows else ())


def _verdict(plan: Plan) -> str:
    if plan.complete:
        return "Nothing is missing: every call of the log passes under mode = enforce."
    return (
        f"Missing: {len(plan.endpoints)} VPC endpoint(s), {len(plan.waivers)} FIPS waiver(s). "
        f"For a person: {len(plan.work)}. Not known yet: {len(plan.unknown)}."
    )


def _concerned(plan: Plan) -> Table:
    rows = [(_name(caller), f"{caller.calls:,}", _machines(caller)) for caller in plan.concerned]
    text = "Their calls would not pass, or that is not known yet."
    return Table(("application", "calls", "machines"), rows, title="Who must act", text=text)


def _findings(plan: Plan, today: datetime.date) -> Iterator[_Finding]:
    for endpoint in plan.endpoints:
        link = endpoint.link
        note = f"; {link.note}" if link.note else ""
        yield (
            endpoint.callers,
            Cell("VPC endpoint is missing", "bad"),
            f"{', '.join(endpoint.services)} in {link.region}",
            "\n".join(endpoint.hosts),
            f"create an interface endpoint of {link.name} ({link.basis}){note}",
        )
    for rule in plan.waivers:
        yield (
            rule.callers,
            Cell("FIPS waiver is missing", "bad"),
            scope(rule),
            "\n".join(rule.hosts),
            "name owner and ticket of a waiver, or drop the call",
        )
    for work in plan.work:
        operations = f" {', '.join(work.operations)}" if any(work.operations) else ""
        yield (
            work.callers,
            Cell(f"for a person: {work.code}" if work.code else "for a person", "bad"),
            f"{work.service}{operations} in {work.region or '(no region)'}",
            work.host,
            work.what,
        )
    for unknown in plan.unknown:
        where = f"{unknown.service} in {unknown.region}"
        yield unknown.callers, Cell("not known yet", "fair"), where, unknown.host, unknown.why
    for rule in plan.ending:
        ends = until(rule.expires or today, today)
        yield rule.callers, Cell("rule ends", "fair"), scope(rule), "\n".join(rule.hosts), ends
    for amber in plan.amber:
        yield (
            amber.callers,
            Cell("AMBER: by the policy's word alone", "fair"),
            amber.place,
            amber.host,
            WORD[amber.setting],
        )
    for public in plan.public:
        link = public.link
        service = link.name or f"no PrivateLink service known: {link.note}"
        yield (
            public.callers,
            Cell("passes, and needs the internet", "faint"),
            ", ".join(public.services),
            link.host,
            f"nothing, until the NAT shall go; PrivateLink: {service}",
        )


def _rows(
    callers: Sequence[Caller], what: Cell, where: str, host: str, to_do: str
) -> Iterator[tuple[Cell, ...]]:
    for caller in callers:
        calls = Cell(f"{caller.calls:,}")
        yield (
            _name(caller), what, Cell(where), Cell(host, code=True), Cell(to_do), calls,
            _machines(caller),
        )  # fmt: skip


def _name(caller: Caller) -> Cell:
    return Cell(caller.application) if caller.application else Cell(NOBODY, "faint")


def _machines(caller: Caller) -> Cell:
    names = caller.machines
    more = f"\nand {'more than ' * caller.is_cut}{len(names) - _SHOWN} more"
    shown = "\n".join(names[:_SHOWN]) + (more if len(names) > _SHOWN else "")
    return Cell(shown, hint="\n".join(names) if len(names) > _SHOWN else "", code=True)
