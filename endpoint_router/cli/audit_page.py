"""An audit as a page to be kept and signed off: the same words as on a terminal, and all rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from ..audit.report import Call, Report
from ..web_page import Bar, Cell, Table, Tone, page
from .audit_integrity_text import summary
from .audit_integrity_text import tables as integrity_tables
from .audit_trail import facts, records, records_not
from .audit_words import KINDS, VERDICTS, by_team, days_of, headlines, name_of, policy_of, share_of
from .screen import Colour

__all__ = ["as_page"]

_TONES: Mapping[str, Tone] = {
    "complies": "good",
    "violates": "bad",
    "no-evidence": "fair",
    "not-application": "faint",
}
_HEADS: Mapping[Colour, Tone] = {"green": "good", "amber": "fair", "red": "bad"}
#: Characters of a day's bar.
_BAR = 40
#: Days of which those without records are shown, too: one record may say any year.
_MANY = 1000
#: What stands for a call in a bar: told apart without colour.
_SIGNS = {"violates": "#", "no-evidence": "?", "complies": "=", "not-application": "."}


def as_page(
    report: Report,
    policy: Mapping[str, object],
    versions: Mapping[str, str],
    wanted: float = 0.0,
) -> str:
    """The whole page.

    :param policy: its ``digest``, ``mode`` and ``sources``.
    :param versions: of what judged.
    :param wanted: share of evidence.
    """
    tables = [_verdicts(report)]
    if report.read.bad:
        rows = [(Cell(path, code=True), Cell(why, "bad")) for path, why in report.read.bad]
        tables.insert(0, Table(("File", "Why it could not be read"), rows, "Incomplete"))
    if report.culprits:
        tables.append(_violations(report))
    if report.trails:
        tables.append(_trails(report))
    tables += [_days(report), _calls(report)]
    if report.integrity is not None:
        tables += integrity_tables(report.integrity)
    if report.gaps:
        tables.append(_gaps(report))
    if report.decisions is not None:
        from .audit_decisions import as_tables

        tables += as_tables(report.decisions)
    paragraphs = _paragraphs(report, policy, versions, wanted)
    return page("Audit of CloudTrail", paragraphs, tables, legend=_legend())


def _paragraphs(
    report: Report, policy: Mapping[str, object], versions: Mapping[str, str], wanted: float
) -> Iterator[Cell | str]:
    for word, colour, said in headlines(report, wanted):
        yield Cell(f"{word}: {said}", _HEADS[colour])
    read = report.read
    regions = ", ".join(report.regions) or "none"
    yield f"{days_of(report)}. Accounts: {len(report.accounts)}. Regions: {regions}."
    judges = " and ".join(f"{name} {version}" for name, version in versions.items())
    yield (f"Policy: {policy_of(policy, None)}. Judged by {judges}, with the rules of each day.")
    if report.athena:
        athena = report.athena
        yield (
            f"Counted by the query {athena.query_execution_id or athena.results}, of"
            f" {', '.join(athena.tables) or 'tables unknown here'}. Which files it read, and"
            " whether all, it does not tell."
        )
    files = "" if report.athena else f"{read.files:,} files and "
    yield (
        f"{files}{read.records:,} records were read; {read.duplicates:,} are"
        f" duplicates, {read.replaced:,} replaced by addenda, {read.other_days:,} of other days."
        f" Recorded: {', '.join(f'{name} {count:,}' for name, count in report.categories.items())}."
    )
    if report.integrity is None:
        yield "Integrity of the files: not asked (--digests)."
    else:
        yield f"Integrity of the files: {summary(report.integrity)}."
    yield (
        "CloudTrail proves the host that a client asked for and the VPC endpoint that it came"
        " through. It does not prove the cryptographic module of the client."
    )


def _legend() -> Sequence[Cell]:
    return [Cell(f"{_SIGNS[name]} {word}", _TONES[name]) for name, (word, _) in VERDICTS.items()]


def _verdicts(report: Report) -> Table:
    rows: list[tuple[Cell | str, ...]] = []
    for name, count in report.verdicts.items():
        part = share_of(count / report.counted) if report.counted else ""
        rows.append((Cell(VERDICTS[name][0], _TONES[name]), f"{count:,}", part))
        if name == "no-evidence":
            rows += [
                (Cell(f"no evidence: {KINDS[kind]}", "faint"), f"{number:,}", "")
                for kind, number in report.no_evidence.items()
            ]
    rows.append(("evidence", "", f"{share_of(report.evidence_share)} of applications' calls"))
    return Table(("Verdict", "Records", "Share"), rows, "Verdicts")


def _days(report: Report) -> Table:
    rows: list[tuple[Cell | Bar | str, ...]] = []
    for day in _every_day(report):
        of_day = report.days.get(day)
        if of_day is None:
            rows.append((day, Cell("no records", "faint"), *("0" for _ in VERDICTS)))
            continue
        numbers = (f"{of_day[name]:,}" for name in VERDICTS)
        rows.append((day or "no day", _bar(of_day), *numbers))
    headings = ("Day", "Verdicts", *(word for word, _ in VERDICTS.values()))
    signs = ", ".join(f"{sign} {VERDICTS[name][0]}" for name, sign in _SIGNS.items())
    text = (
        f"Of each day's records, {_BAR} signs in all: {signs}. One sign at least for what there is."
    )
    return Table(headings, rows, "Days", text)


def _every_day(report: Report) -> list[str]:
    """Also those without records; what has no day comes first."""
    if report.span is None or report.all_days > _MANY:
        return list(report.days)
    every = (report.span[0] + timedelta(days=at) for at in range(report.all_days))
    return sorted({*map(str, every), *report.days})


def _bar(of_day: Mapping[str, int]) -> Bar:
    """As long as any other day's, and one sign at least for whatever there is."""
    there = [name for name in _SIGNS if of_day[name]]
    total = sum(of_day.values())
    lengths = {name: max(1, round(_BAR * of_day[name] / total)) for name in there}
    longest = max(there, key=lambda name: lengths[name])
    lengths[longest] += _BAR - sum(lengths.values())
    return Bar(
        [
            (_SIGNS[name] * lengths[name], _TONES[name], f"{VERDICTS[name][0]} {of_day[name]:,}")
            for name in there
        ]
    )


def _violations(report: Report) -> Table:
    teams = by_team(report)
    rows: list[Sequence[Cell | str]] = [
        (
            Cell(name_of(culprit.application, culprit.principal), "bad"),
            Cell(culprit.principal, code=True),
            *([culprit.team] if teams else ()),
            culprit.account,
            f"{culprit.count:,}",
            ", ".join(sorted({call.kind for call in culprit.calls})),
            Cell(culprit.calls[0].event_id, code=True),
        )
        for culprit in report.culprits
    ]
    team = ["Team"] if teams else ()
    headings = ("Who", "Principal", *team, "Account", "Calls", "Codes", "An event")
    return Table(headings, rows, "Violations, worst first", teams)


def _calls(report: Report) -> Table:
    headings = ("Verdict", "Records", "Service", "Host", "Path", "Who", "Account", "Rule", "Event")
    return Table(headings, list(map(_call, report.calls)), "Calls, worst first")


def _call(call: Call) -> tuple[Cell | str, ...]:
    word = VERDICTS[call.verdict][0]
    kind = KINDS.get(call.kind, call.kind)
    return (
        Cell(f"{word}: {kind}" if kind else word, _TONES[call.verdict], note=call.reason),
        f"{call.count:,}",
        Cell(f"{call.service} in {call.region}", hint=", ".join(call.operations)),
        Cell(call.host or "-", code=True),
        Cell(f"{call.endpoint} ({call.path})" if call.endpoint else call.path, code=True),
        Cell(name_of(call.application, call.principal), hint=call.principal),
        call.account,
        call.rule,
        Cell(call.event_id, hint=f"{call.first} to {call.last}", code=True),
    )


def _trails(report: Report) -> Table:
    rows = [
        (
            Cell(trail.name, code=True),
            Cell(facts(trail), "bad" if trail.logs_now is False else ""),
            records(trail),
            records_not(trail),
        )
        for trail in report.trails
    ]
    return Table(("Trail", "What it is", "Records", "Does not record"), rows, "Trails")


def _gaps(report: Report) -> Table:
    rows = [
        (gap.account, gap.region, f"{gap.days:,}", ", ".join(map(str, gap.stretches)))
        for gap in report.gaps
    ]
    text = "A region where nobody called has no files, either."
    return Table(("Account", "Region", "Days", "Which"), rows, "Days without records", text)
