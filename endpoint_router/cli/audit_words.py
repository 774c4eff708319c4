"""An audit in words, as a terminal and a page have them in common. Pure.

What a terminal shows of them is :mod:`.audit_text`'s, the page :mod:`.audit_page`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from ..audit.report import Report
from ..printable import printable
from .screen import Colour, Screen

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
    "console": "console, by AWS's proxy or a browser",
    "claims-console": "console or browser, by nothing but the user agent",
    "another-account": "another account's caller, or an anonymous one",
    "service": "the service records no TLS details",
    "old-version": "event version before 1.08",
    "network-activity": "network activity, which has no host (shown by other records)",
    "host": "TLS without a host",
    "version": "an event version that is not known",
    "endpoint": "nothing tells whose endpoint, or of which type (--endpoints FILE)",
    "client": "several clients share the name, and rules differ for them",
    "undated": "no day, so no policy of that day",
    "aws": "a service of AWS's by itself",
    "none": "an event of a service, or somebody signs in",
}
#: Columns of the labels on the left.
_LABEL = 9


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


def name_of(application: str, principal: str) -> str:
    """How somebody is called: by the application's name, or that of the role or user."""
    return application or principal.rpartition("/")[2] or "(nobody named)"


def many(number: int, what: str) -> str:
    """So many of it."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def entry(screen: Screen, label: str, text: str, colour: Colour = "dim") -> str:
    """*text*, made printable, behind *label*."""
    first = f"  {label:<{_LABEL}} "
    lines = screen.wrapped(printable(text), " " * (_LABEL + 3), first)
    return lines.replace(label, screen.paint(label, colour), 1) if label else lines


def more(count: int, few: int | None, what: str = "") -> Iterator[str]:
    """How many there are behind the first *few* of a list, if there are more."""
    if few is not None and count > few:
        yield f"  ... and {count - few:,} more {what}".rstrip() + " (-v tells all)"
