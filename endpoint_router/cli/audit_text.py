"""An audit for a person: the verdicts, what they rest on, and who violates the policy, worst first.

Pure. Names in records are others' words, and made printable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..audit.integrity import Integrity
from ..audit.report import Culprit, Queried, Report
from ..printable import printable
from .audit_integrity_text import chain_told, details, summary
from .audit_trail import facts, records, records_not
from .audit_words import (
    KINDS,
    VERDICTS,
    by_team,
    days_of,
    entry,
    headlines,
    many,
    more,
    name_of,
    policy_of,
    share_of,
)
from .screen import Colour, Screen

__all__ = ["as_text"]

#: Items of each list without --verbose, and of a list within one.
_FEW, _FEWER = 10, 3


def as_text(
    report: Report,
    policy: Mapping[str, object],
    wanted: float,
    screen: Screen,
    *,
    verbose: bool = False,
) -> str:
    """Several lines.

    :param policy: its ``digest``, ``mode`` and ``sources``.
    :param wanted: share of evidence.
    """
    few, fewer = (None, None) if verbose else (_FEW, _FEWER)
    lines = [
        screen.wrapped(f"{word}: {said}").replace(word, screen.paint(word, colour), 1)
        for word, colour, said in headlines(report, wanted)
    ]
    lines.append("")
    lines += _numbers(report, screen)
    lines += ["", *_scope(report, policy, screen, few, fewer)]
    if report.culprits:
        lines += ["", screen.paint("Violations, worst first", "bold")]
        teams = by_team(report)
        lines += [screen.wrapped(printable(teams), " " * 4, "  ")] * bool(teams)
        for culprit in report.culprits[:few]:
            lines += _culprit(culprit, screen, fewer)
        lines += more(len(report.culprits), few, "who violate the policy")
    if report.decisions is not None:
        from .audit_decisions import as_lines

        lines += ["", *as_lines(report.decisions, screen, few)]
    return "\n".join(lines)


def _numbers(report: Report, screen: Screen) -> Iterator[str]:
    width = max(len(word) for word, _ in VERDICTS.values())
    for name, count in report.verdicts.items():
        word, colour = VERDICTS[name]
        part = share_of(count / report.counted) if report.counted else ""
        yield f"  {screen.paint(f'{word:<{width}}', colour)}{count:>14,}  {part}".rstrip()
        if name == "no-evidence":
            for kind, number in sorted(report.no_evidence.items(), key=lambda pair: -pair[1]):
                yield screen.wrapped(KINDS[kind], " " * 20, f"    {number:>12,}    ")
    said = f"{share_of(report.evidence_share)} of applications' calls"
    yield f"  {'evidence':<{width}}{'':14}  {said}"


def _scope(
    report: Report,
    policy: Mapping[str, object],
    screen: Screen,
    few: int | None,
    fewer: int | None,
) -> Iterator[str]:
    yield entry(screen, "period", days_of(report))
    yield entry(screen, "policy", policy_of(policy))
    accounts = f"{len(report.accounts)} account(s), {len(report.regions)} region(s)"
    recorded = ", ".join(f"{name} {count:,}" for name, count in report.categories.items() if count)
    yield entry(screen, "recorded", f"{recorded or 'nothing'}; {accounts}")
    absent = [name for name, count in report.categories.items() if not count]
    if absent:
        missing = " and ".join(_EVENTS[name] for name in absent)
        yield entry(screen, "", f"none of {missing}: what no trail records, no audit sees")
    if report.athena:
        yield from _queried(report.athena, screen)
    for trail in report.trails:
        yield entry(screen, "trail", trail.name, "red" if trail.logs_now is False else "dim")
        yield entry(screen, "", facts(trail))
        yield entry(screen, "", f"records {records(trail)}")
        yield entry(screen, "", f"not recorded: {records_not(trail)}")
    yield from _read(report, screen, few)
    if report.integrity is not None:
        yield from _integrity(report.integrity, screen, few, fewer)
    for gap in report.gaps[:fewer]:
        told = gap.stretches[:fewer]
        stretches = ", ".join(map(str, told)) + ", ..." * (len(told) < len(gap.stretches))
        place = f"{gap.account} {gap.region}".strip()
        yield entry(screen, "gap", f"{place}: no records on {gap.days:,} day(s): {stretches}")
    yield from more(len(report.gaps), fewer, "with days without records")


def _read(report: Report, screen: Screen, few: int | None) -> Iterator[str]:
    read = report.read
    aside = [
        f"{count} {kind.replace('_', ' ')}" for kind, count in report.files.aside.items() if count
    ]
    said = f"{read.files:,} read" + (f"; set aside: {', '.join(aside)}" if aside else "")
    if report.athena:
        said = "unknown: which files the query read, and whether all, it does not tell"
    yield entry(screen, "files", said)
    parts = [f"{read.records:,} read"]
    for number, what in (
        (read.duplicates, "duplicates"),
        (read.replaced, "replaced by addenda"),
        (read.other_days, "of other days"),
    ):
        parts += [f"{number:,} {what}"] * bool(number)
    yield entry(screen, "records", f"{', '.join(parts)}; {report.counted:,} count")
    for path, why in read.bad[:few]:
        yield entry(screen, "bad file", f"{path}: {why}", "red")
    yield from more(len(read.bad), few, "that could not be read")


def _queried(athena: Queried, screen: Screen) -> Iterator[str]:
    if athena.results is not None:
        said = f"{athena.results} (sha256:{str(athena.results_sha256)[:12]})"
        yield entry(screen, "query", f"rows of {said}; nobody knows here who ran it")
        return
    scanned = f"{athena.bytes_scanned or 0:,} bytes scanned"
    said = f"Athena {athena.query_execution_id}, work group {athena.work_group}, {scanned}"
    yield entry(screen, "query", said)
    only = ", ".join((*athena.accounts, *athena.regions))
    tables = f"{', '.join(athena.tables)}{f', only {only}' if only else ''}"
    yield entry(screen, "tables", tables)


def _integrity(
    integrity: Integrity, screen: Screen, few: int | None, fewer: int | None
) -> Iterator[str]:
    colour: Colour = "dim" if integrity.proven else "red"
    yield entry(screen, "integrity", summary(integrity), colour)
    wrong = list(details(integrity))
    for line in wrong[:few]:
        yield entry(screen, "", line)
    yield from more(len(wrong), few, "that are wrong")
    for chain in integrity.chains[:fewer]:
        yield entry(screen, "chain", chain_told(chain))
    yield from more(len(integrity.chains), fewer, "chains of digests")


_EVENTS = {
    "Management": "management events",
    "Data": "data events (S3 objects, items of DynamoDB, ...)",
    "NetworkActivity": "network activity",
}


def _culprit(culprit: Culprit, screen: Screen, few: int | None) -> Iterator[str]:
    who = name_of(culprit.application, culprit.principal)
    name, of = printable(who), f" of {culprit.team}" if culprit.team else ""
    said = printable(f"{of} in {culprit.account or '(no account)'}: {many(culprit.count, 'call')}")
    lines = screen.wrapped(f"{name}{said}", " " * 6, "  ")
    yield lines.replace(name, screen.paint(name, "bold"), 1)
    if culprit.principal and culprit.principal != who:
        yield screen.wrapped(printable(culprit.principal), " " * 4)
    for call in culprit.calls[:few]:
        operations = ", ".join(call.operations[:4]) + ", ..." * (len(call.operations) > 4)
        what = printable(f"{call.count:,} x {call.service} {operations} in {call.region}")
        lines = screen.wrapped(f"{call.kind}  {what}", " " * 8, " " * 4)
        yield lines.replace(call.kind, screen.paint(call.kind, "red"), 1)
        yield screen.wrapped(printable(call.reason), " " * 6)
        yield screen.wrapped(
            printable(f"rule {call.rule}; first {call.first}, event {call.event_id}"), " " * 6
        )
    yield from more(len(culprit.calls), few, "of theirs")
