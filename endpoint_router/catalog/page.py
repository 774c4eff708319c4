"""The catalogue as a page: for one region every host, for more a table of services and regions.

What the page does, and how it looks, is :mod:`endpoint_router.web_page`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .. import web_page
from ..web_page import Cell, Table, Tone
from .values import BASES, DNS, TITLES, Endpoint, Row

__all__ = ["as_page"]

_TONES: Mapping[str, Tone] = {
    "listed": "good",
    "named": "good",
    "documented": "good",
    "ruleset": "fair",
    "": "bad",
}
#: Forms of a host's name that are shown of one service; the others are counted.
_MOST_FORMS = 3


def as_page(rows: Sequence[Row], said: Sequence[str], *, dns: bool) -> str:
    """The whole page.

    :param said: what else is to be said of the data, a paragraph each.
    :param dns: was DNS asked?
    """
    regions = dict.fromkeys(row.region for row in rows)
    where = next(iter(regions)) if len(regions) == 1 else f"{len(regions)} regions"
    bases = [f"{basis}: {meaning}" for basis, meaning in BASES.items()]
    words = [f"{word}: {meaning}" for word, meaning in DNS.items()] if dns else []
    if len(regions) == 1:
        tables, legend = [_hosts(rows, where)], _legend(("listed", "ruleset", ""))
    else:
        tables, legend = list(_matrices(rows)), [*_legend(("listed", "ruleset")), *_MARKS]
    return web_page.page(
        f"Endpoints of AWS services in {where}",
        [*said, "\n".join([*bases, *words])],
        tables,
        legend=legend,
    )


def _legend(bases: Sequence[str]) -> list[Cell]:
    return [Cell(basis or "none", _TONES[basis]) for basis in bases]


# --- one region


def _hosts(rows: Sequence[Row], region: str) -> Table:
    shown = ("fips", "dual_stack", "fips_dual_stack", "regional", "privatelink", "privatelink_fips")
    return Table(
        ["service", *(TITLES[variant] for variant in shown)],
        [[_label(row), *(_cell(row.variant(variant)) for variant in shown)] for row in rows],
        title=region,
        text="A row is a service, or the operations of one that go to other hosts.",
    )


def _label(row: Row) -> Cell:
    return Cell(row.service, note=row.operation)


def _cell(endpoint: Endpoint) -> Cell:
    if not endpoint.name:
        return Cell("none", "bad", note=endpoint.why)
    note = ", ".join(filter(None, [endpoint.basis, endpoint.dns]))
    return Cell(endpoint.name, _tone(endpoint), endpoint.dns_detail, code=True, note=note)


def _tone(endpoint: Endpoint) -> Tone:
    return _TONES[endpoint.basis if endpoint.is_there else ""]


# --- more regions

_MARKS = (
    Cell("(ruleset): the service is not listed in the region either", "faint"),
    Cell("none: there is no FIPS host", "bad"),
    Cell("+ds: a dual-stack host is listed"),
    Cell("global: no host of the region's own"),
    Cell("yes+FIPS: PrivateLink also for the FIPS host"),
)


def _matrices(rows: Sequence[Row]) -> Iterator[Table]:
    """One for each partition."""
    for partition in dict.fromkeys(row.partition for row in rows):
        here = [row for row in rows if row.partition == partition]
        regions = list(dict.fromkeys(row.region for row in here))
        by_label: dict[Cell, dict[str, Row]] = {}
        for row in here:
            by_label.setdefault(_label(row), {})[row.region] = row
        yield Table(
            ["service", *regions, "PrivateLink", "FIPS host"],
            [
                [
                    label,
                    *(_mark(places.get(region)) for region in regions),
                    _privatelink(list(places.values())),
                    Cell(_forms(list(places.values())), code=True),
                ]
                for label, places in by_label.items()
            ],
            title=partition,
            text="Each cell says on what basis the service has a FIPS host in that region.",
        )


def _forms(rows: Sequence[Row]) -> str:
    """The FIPS hosts, with REGION for the region that they name."""
    forms = Counter(
        row.fips.name.replace(row.region, "REGION") for row in rows if row.fips.name
    ).most_common()
    lines = [form for form, _ in forms[:_MOST_FORMS]]
    if len(forms) > _MOST_FORMS:
        lines.append(f"and {len(forms) - _MOST_FORMS} more")
    return "\n".join(lines)


def _privatelink(rows: Sequence[Row]) -> Cell:
    if any(row.privatelink_fips.name for row in rows):
        return Cell("yes+FIPS", "good")
    return (
        Cell("yes", "good") if any(row.privatelink.name for row in rows) else Cell("none", "faint")
    )


def _mark(row: Row | None) -> Cell:
    """One service in one region, in few letters: there are twenty thousand."""
    if row is None:
        return Cell("")
    words, tone = "none", _tone(row.fips)
    if row.fips.name:
        words = " ".join(filter(None, [row.fips.basis, row.fips.dns]))
        if row.fips.basis == "ruleset" and row.standard.basis != "listed" and not row.fips.dns:
            words, tone = "(ruleset)", "faint"
    if row.dual_stack.is_there and row.dual_stack.basis == "listed":
        words += "+ds"
    if not row.regional.name:
        words += " global"
    return Cell(words, tone)
