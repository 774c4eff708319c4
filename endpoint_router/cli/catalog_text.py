"""The catalogue for people at a terminal: hosts of a few rows, a table of many, counts of all.

Nothing is printed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ..catalog.asking import Condition
from ..catalog.values import BASES, TITLES, VARIANTS, Endpoint, Row
from .screen import Cell, Colour, Painted, Screen

__all__ = ["Answer", "as_text", "nothing"]

#: So many rows are shown with all their hosts.
_FEW = 3
#: So many regions have a table each; more are counted.
_MOST_TABLES = 4
_COLOURS: dict[str, Colour] = {"listed": "green", "ruleset": "amber", "": "red"}
#: What DNS said, beside a basis.
_SAID = {"": "", "exists": " ok", "absent": " no", "unknown": " ?"}


class Answer(Struct, frozen=True):
    """What came of a question."""

    #: All that was looked at.
    rows: Sequence[Row]
    #: Those of them that were asked for.
    matching: Sequence[Row]
    conditions: Sequence[Condition]
    dns: bool
    #: Were services named?
    narrow: bool

    @property
    def is_counted(self) -> bool:
        """Is it about all services in so many regions that only their numbers are shown?"""
        regions = {row.region for row in self.matching}
        return len(regions) > _MOST_TABLES and not self.narrow and not self.conditions

    @property
    def shown(self) -> tuple[str, ...]:
        """The variants that are shown."""
        if len(self.matching) <= _FEW:
            return VARIANTS
        both = ("fips", "dual_stack")
        return both if self.is_counted or self.dns else (*both, "privatelink", "privatelink_fips")

    def asked(self) -> str:
        """The conditions in words: ``without FIPS``."""
        return " and ".join(map(_said, self.conditions))


def _said(condition: Condition) -> str:
    weakest = "" if len(condition.bases) > 1 else f" ({', '.join(condition.bases)})"
    return f"{'with' if condition.wanted else 'without'} {TITLES[condition.variant]}{weakest}"


def as_text(answer: Answer, screen: Screen, version: str) -> str:
    """All of it, with what its words mean."""
    blocks = [*_blocks(answer, screen), "\n".join(_closing(answer, screen, version))]
    return "\n\n".join(filter(None, blocks))


def nothing(answer: Answer) -> str:
    """A line where nothing matched."""
    services = len({row.service for row in answer.rows})
    where = _places(answer.rows)
    return f"Nothing in {where} is {answer.asked()}, of {_count(services, 'service')}."


def _blocks(answer: Answer, screen: Screen) -> Iterator[str]:
    rows = answer.matching
    services, regions = {row.service for row in rows}, dict.fromkeys(row.region for row in rows)
    if not rows:
        yield nothing(answer)
    elif len(rows) <= _FEW:
        for row in rows:
            yield "\n".join(_hosts(row, screen))
    elif len(services) == 1 and len(regions) > 1:
        yield _titled(rows[0].service, _table("region", rows, answer, screen), screen)
    elif answer.is_counted:
        yield _summary(rows, screen)
    else:
        for region in regions:
            here = [row for row in rows if row.region == region]
            title = f"{region} ({here[0].partition})"
            yield _titled(title, _table("service", here, answer, screen), screen)


def _titled(title: str, table: str, screen: Screen) -> str:
    return f"{screen.paint(title, 'bold')}\n{table}"


def _named(of: str, rows: Sequence[Row]) -> Iterator[tuple[str, Row | None]]:
    """Operations stand below their service (or region), which is named in any case."""
    last = ""
    for row in rows:
        name = row.service if of == "service" else row.region
        if row.operation and name != last:
            yield name, None
        yield (f"  {row.operation}" if row.operation else name), row
        last = name


# --- a few


def _hosts(row: Row, screen: Screen) -> Iterator[str]:
    yield screen.paint(f"{row.label} in {row.region} ({row.partition})", "bold")
    margin = max(map(len, TITLES.values()))
    for variant in VARIANTS:
        endpoint = row.variant(variant)
        told = endpoint.name or "none"
        basis = ", ".join(filter(None, [endpoint.basis or endpoint.why, _dns(endpoint)]))
        line = f"  {TITLES[variant]:<{margin}}  {told}  {basis}".rstrip()
        if len(line) > screen.width:
            line = f"  {TITLES[variant]:<{margin}}  {told}\n"
            line += screen.wrapped(basis, " " * (margin + 4))
        yield line.replace(told, screen.paint(told, _colour(endpoint)), 1)


def _dns(endpoint: Endpoint) -> str:
    if not endpoint.dns:
        return ""
    shown = f"DNS: {endpoint.dns}"
    return f"{shown} ({endpoint.dns_detail})" if endpoint.dns_detail else shown


def _colour(endpoint: Endpoint) -> Colour:
    return _COLOURS.get(endpoint.basis, "green") if endpoint.is_there else "red"


# --- many


def _table(of: str, matching: Sequence[Row], answer: Answer, screen: Screen) -> str:
    named = list(_named(of, matching))
    headings = [of, "FIPS", "dual-stack", "regional"]
    headings += [] if answer.dns else ["PrivateLink"]
    rows = [
        [name, *(_cells(row, answer) if row else [""] * (len(headings) - 1))] for name, row in named
    ]
    hosts = ["FIPS host", *(row.fips.name if row else "" for _, row in named)]
    columns = list(zip(headings, *rows, strict=True))
    width = sum(max(len(_plain(cell)) for cell in column) + 2 for column in columns)
    if any(hosts[1:]) and width + max(map(len, hosts)) <= screen.width:
        headings.append(hosts[0])
        rows = [[*row, host] for row, host in zip(rows, hosts[1:], strict=True)]
    return screen.table(headings, rows)


def _plain(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def _cells(row: Row, answer: Answer) -> list[Cell]:
    cells: list[Cell] = [_basis(row.fips), _basis(row.dual_stack)]
    cells.append(f"yes{_SAID[row.regional.dns]}" if row.regional.name else "-")
    if not answer.dns:
        both = "both" if row.privatelink_fips.name else "plain"
        cells.append(both if row.privatelink.name else "-")
    return cells


def _basis(endpoint: Endpoint) -> Cell:
    text = f"{endpoint.basis}{_SAID[endpoint.dns]}" if endpoint.name else "-"
    return Painted(text, _colour(endpoint))


# --- all


def _summary(rows: Sequence[Row], screen: Screen) -> str:
    """A line for each region."""
    headings = ["region", "services", "FIPS listed", "ruleset", "none", "dual-stack listed"]
    lines: list[Sequence[Cell]] = []
    for region in dict.fromkeys(row.region for row in rows):
        # Operations that go to other hosts do not count: a service is one.
        here = [row for row in rows if row.region == region and not row.operation]
        bases = Counter(row.fips.basis if row.fips.is_there else "" for row in here)
        numbers = (
            sum(row.standard.basis == "listed" for row in here),
            bases["listed"],
            bases["ruleset"],
            bases[""],
            sum(row.dual_stack.basis == "listed" and row.dual_stack.is_there for row in here),
        )
        lines.append([region, *map(str, numbers)])
    return screen.table(headings, lines)


# --- what it comes to


def _closing(answer: Answer, screen: Screen, version: str) -> Iterator[str]:
    rows = answer.matching
    if answer.conditions and rows:
        services = len({row.service for row in rows})
        verb = "is" if services == 1 else "are"
        of = len({row.service for row in answer.rows})
        yield screen.wrapped(
            f"{_count(services, 'service')} of {of} {verb} {answer.asked()} in {_places(rows)}."
        )
    yield from (screen.wrapped(line, "  ", "") for line in _hints(answer))
    shown = {row.variant(variant).basis for row in rows for variant in answer.shown}
    for basis, meaning in BASES.items():
        if basis in shown:
            yield screen.wrapped(f"{basis}: {meaning}", "  ", "")
    if len(rows) > _FEW and "named" in shown:
        yield screen.wrapped(
            "both: one for the standard host, and one for the FIPS host.", "  ", ""
        )
    if answer.dns and len(rows) > _FEW and not answer.is_counted:
        yield screen.wrapped(
            "ok: DNS has addresses; no: DNS says that there is no such name; ?: DNS gave no answer "
            "that can be believed, which says nothing of the name.",
            "  ",
            "",
        )
    where = " --csv and --json have all hosts." if len(rows) > _FEW else ""
    yield screen.wrapped(f"From botocore {version}, without a look at any account.{where}")


def _hints(answer: Answer) -> Iterator[str]:
    lacks_fips = any(
        each.variant == "fips" and "ruleset" in each.bases and not each.wanted
        for each in answer.conditions
    )
    weak = {row.service for row in answer.rows if row.fips.basis == "ruleset"}
    weak -= {row.service for row in answer.matching}
    if lacks_fips and weak and not answer.dns:
        yield (
            f"Of {_count(len(weak), 'other service')}, the FIPS host rests on the ruleset's word: "
            "--without fips=listed names them, --dns asks which hosts exist."
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _places(rows: Sequence[Row]) -> str:
    regions = list(dict.fromkeys(row.region for row in rows))
    return regions[0] if len(regions) == 1 else f"{len(regions)} regions"
