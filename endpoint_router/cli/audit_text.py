"""An audit for a person: the verdicts, what they rest on, and who violates the policy, worst first.

Pure. Names in records are others' words, and made printable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ..audit.integrity import Integrity
from ..audit.report import Culprit, Queried, Report
from ..printable import printable
from .audit_integrity_text import chain_told, details, summary
from .audit_trail import facts, records, records_not
from .screen import Colour, Screen

__all__ = [
    "KINDS",
    "VERDICTS",
    "as_text",
    "by_team",
    "days_of",
    "entry",
    "headlines",
    "many",
    "more",
    "name_of",
    "policy_of",
    "share_of",
]

#: How each verdict is called.
VERDICTS: Mapping[str, tuple[str, Colour]] = {
    "complies": ("complies", "green"),
    "violates": ("violates", "red"),
    "no-evidence": ("no evidence", "amber"),
    "not-application": ("not a call of an application", "dim"),
}
#: Why there is no evidence; and what is no call of an application.
KINDS: Mapping[str, str] = {
    "on-behalf": "AWS on your behalf",
    "console": "console, by AWS's proxy",
    "service": "the service records no TLS details",
    "old-version": "event version before 1.08",
    "network-activity": "network activity, which has no host (shown by other records)",
    "host": "TLS without a host",
    "endpoint": "nothing tells whose endpoint, or of which type (--endpoints FILE)",
    "undated": "no day, so no policy of that day",
    "aws": "a service of AWS's by itself",
    "none": "an event of a service, or somebody signs in",
}
#: Items of each list without --verbose, and of a list within one.
_FEW, _FEWER = 10, 3
#: Columns of the labels on the left.
_LABEL = 9


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


def headlines(report: Report, wanted: float) -> Iterator[tuple[str, Colour, str]]:
    """What it comes to: a word, its colour, and a sentence; several where several things hold.

    :param wanted: share of evidence.
    """
    share = report.evidence_share
    violations = report.verdicts["violates"]
    if not report.complete:
        bad = len(report.read.bad)
        why = f"{bad} of the files could not be read" if bad else "nothing was recorded"
        if report.counted and not bad:
            why = "the files are not proven to be all that CloudTrail delivered"
        yield "INCOMPLETE", "red", f"{why}, so this proves nothing."
    if violations:
        yield "VIOLATES", "red", f"{many(violations, 'call')} against the policy."
    elif not share:
        yield "NO EVIDENCE", "amber", "nothing shows where any call of an application went."
    elif report.complete:
        said = "no call against the policy, as far as there is evidence."
        yield "COMPLIES", "green", said
    if wanted > (share or 0.0):
        said = f"{share_of(share)} of the calls, and {share_of(wanted)} are wanted."
        yield "TOO LITTLE EVIDENCE", "amber", said


def share_of(share: float | None) -> str:
    """A share for people, never rounded up to the whole."""
    if share is None:
        return "none"
    text = f"{share:.1%}"
    return "over 99.9%" if text == "100.0%" and share < 1 else text


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
    read = report.read
    yield entry(screen, "period", days_of(report))
    yield entry(screen, "policy", printable(policy_of(policy)))
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
        yield entry(screen, "trail", printable(trail.name))
        off = trail.logs_now is False
        yield entry(screen, "", screen.paint(facts(trail), "red") if off else facts(trail))
        yield entry(screen, "", printable(f"records {records(trail)}"))
        yield entry(screen, "", printable(f"not recorded: {records_not(trail)}"))
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
    if report.integrity is not None:
        yield from _integrity(report.integrity, screen, few, fewer)
    for gap in report.gaps[:fewer]:
        told = gap.stretches[:fewer]
        stretches = ", ".join(map(str, told)) + ", ..." * (len(told) < len(gap.stretches))
        place = printable(f"{gap.account} {gap.region}".strip())
        yield entry(screen, "gap", f"{place}: no records on {gap.days} day(s): {stretches}")
    yield from more(len(report.gaps), fewer, "with days without records")
    for path, why in read.bad[:few]:
        yield entry(screen, "bad file", f"{printable(path)}: {printable(why)}", "red")
    yield from more(len(read.bad), few, "that could not be read")


def _queried(athena: Queried, screen: Screen) -> Iterator[str]:
    if athena.results is not None:
        said = f"{athena.results} (sha256:{str(athena.results_sha256)[:12]})"
        yield entry(screen, "query", printable(f"rows of {said}; nobody knows here who ran it"))
        return
    scanned = f"{athena.bytes_scanned or 0:,} bytes scanned"
    said = f"Athena {athena.query_execution_id}, work group {athena.work_group}, {scanned}"
    yield entry(screen, "query", printable(said))
    only = ", ".join((*athena.accounts, *athena.regions))
    tables = f"{', '.join(athena.tables)}{f', only {only}' if only else ''}"
    yield entry(screen, "tables", tables)


def _integrity(
    integrity: Integrity, screen: Screen, few: int | None, fewer: int | None
) -> Iterator[str]:
    colour: Colour = "dim" if integrity.proven else "red"
    yield entry(screen, "integrity", printable(summary(integrity)), colour)
    wrong = list(details(integrity))
    for line in wrong[:few]:
        yield entry(screen, "", printable(line))
    yield from more(len(wrong), few, "that are wrong")
    for chain in integrity.chains[:fewer]:
        yield entry(screen, "chain", printable(chain_told(chain)))
    yield from more(len(integrity.chains), fewer, "chains of digests")


_EVENTS = {
    "Management": "management events",
    "Data": "data events (S3 objects, items of DynamoDB, ...)",
    "NetworkActivity": "network activity",
}


def days_of(report: Report) -> str:
    """Which days it is about; where nobody said, those of the records."""
    if report.span is None:
        return "no day"
    first, last = report.span
    first_of = "" if report.period.first else " (first record)"
    last_of = "" if report.period.last else " (last record)"
    return f"{first}{first_of} to {last}{last_of}, UTC: {report.all_days:,} day(s)"


def policy_of(policy: Mapping[str, object], digits: int | None = 12) -> str:
    """Which policy it was.

    :param digits: of its digest; all, where it is ``None``.
    """
    sources = policy["sources"]
    assert isinstance(sources, list)
    kind, _, digest = str(policy["digest"]).partition(":")
    mode = "" if policy["mode"] == "enforce" else f'; mode = "{policy["mode"]}", judged as enforced'
    return f"{', '.join(sources) or 'code'} ({kind}:{digest[:digits]}){mode}"


def by_team(report: Report) -> str:
    """The sums of violations; empty where nobody is of a team."""
    counts: Counter[str] = Counter()
    for culprit in report.culprits:
        counts[culprit.team] += culprit.count
    if not any(counts):
        return ""
    teams = sorted(counts, key=lambda team: (-counts[team], not team, team))
    told = (f"{team or 'of no team'} {counts[team]:,}" for team in teams)
    return f"by team: {', '.join(told)}"


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


def name_of(application: str, principal: str) -> str:
    """How somebody is called: by the application's name, or that of the role or user."""
    return application or principal.rpartition("/")[2] or "(nobody named)"


def many(number: int, what: str) -> str:
    """So many of it."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def entry(screen: Screen, label: str, text: str, colour: Colour = "dim") -> str:
    """*text* behind *label*."""
    first = f"  {label:<{_LABEL}} "
    lines = screen.wrapped(text, " " * (_LABEL + 3), first)
    return lines.replace(label, screen.paint(label, colour), 1) if label else lines


def more(count: int, few: int | None, what: str = "") -> Iterator[str]:
    """How many there are behind the first *few* of a list, if there are more."""
    if few is not None and count > few:
        yield f"  ... and {count - few:,} more {what}".rstrip() + " (-v tells all)"
