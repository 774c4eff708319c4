"""What ``audit --json`` prints, as types: its JSON Schema is drawn from them, and reports are held
to them by tests.

A part of the report that is not always there is a key of :class:`Audit` with ``UNSET`` as default.
``python -m endpoint_router.audit.schema docs/reference`` writes the file.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

import json
import sys
from inspect import cleandoc
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from .chains import Fault
from .decisions import Compared
from .gaps import Day, Gap
from .report import Call, Queried
from .trail import Trail

__all__ = ["SCHEMA_ID", "Audit", "json_schema"]

#: As its readers cache it; its last part is the report's ``version``.
SCHEMA_ID = "urn:endpoint-router:audit:1"

Count = Annotated[int, Meta(ge=0)]
Time = Annotated[str, Meta(description="UTC, as CloudTrail writes it: 2026-11-22T10:00:31Z.")]


class _Part(Struct, forbid_unknown_fields=True):
    """Base: no key that is not here."""


class Versions(_Part):
    """Of what judged; botocore's data says what is FIPS."""

    endpoint_router: str
    botocore: str


class Policy(_Part):
    """Under which it was judged, as enforced."""

    digest: Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
    mode: Literal["enforce", "report", "off"]
    sources: list[str]


class Period(_Part):
    """Days of the events, in UTC, as they were asked for; null has no end."""

    from_: Day | None = field(name="from")
    to: Day | None
    days: Count


class BadFile(_Part):
    """One that could not be read."""

    path: str
    why: str


class Files(_Part):
    """What was read."""

    read: Annotated[Count | None, Meta(description="Null where a query counted.")]
    set_aside: Annotated[dict[str, Count], Meta(description="How many, by what they are.")]
    bad: list[BadFile]


class PublicKeys(_Part):
    """Of CloudTrail's, which verify digests."""

    known: Count
    why_no_more: str


class LogFiles(_Part):
    """How many, by what digests say of them."""

    verified: Count
    unverified: Annotated[int, Meta(ge=0, description="Only in digests that are not verified.")]
    changed: Count
    missing: Count
    uncovered: Annotated[int, Meta(ge=0, description="In no digest.")]


class Chain(_Part):
    """Digests that follow each other, as far as they are about the days asked for."""

    account: str
    region: str
    trail: Annotated[str, Meta(description="Its name and home region: example_us-east-1.")]
    backfill: bool
    from_: Time = field(name="from")
    begins: Annotated[bool, Meta(description="Its first digest says that none is before it.")]
    to: Time
    digests: Count
    verified: Count


class Integrity(_Part):
    """Whether the files are those that CloudTrail delivered (--digests)."""

    proven: bool
    public_keys: PublicKeys
    log_files: LogFiles
    chains: list[Chain]
    faults: Annotated[list[Fault], Meta(description="Worst first.")]


class Records(_Part):
    """``read`` is the sum of the others."""

    read: Count
    other_days: Count
    duplicates: Count
    replaced: Count
    counted: Count


class Scope(_Part):
    """What there is."""

    categories: Annotated[dict[str, Count], Meta(description="Events of each.")]
    accounts: list[str]
    regions: list[str]
    first: Time | None
    last: Time | None
    gaps: list[Gap]


class Verdicts(_Part):
    """Records by verdict."""

    complies: Count
    violates: Count
    no_evidence: Count
    not_application: Count


class OfDay(Verdicts):
    """Those of one day; null is no day."""

    day: Day | None


class Violation(_Part):
    """Somebody who violates the policy; worst first."""

    account: str
    application: Annotated[str, Meta(description="app/... of the user agent.")]
    principal: str
    team: Annotated[str, Meta(description="Of --teams; empty where none fits.")]
    count: Count
    event_id: str
    codes: list[str]


class Audit(_Part):
    """A report of endpoint-router audit --json."""

    version: Literal[1]
    versions: Versions
    policy: Policy
    period: Period
    complete: Annotated[bool, Meta(description="False: it proves nothing.")]
    files: Files
    athena: Annotated[Queried | None, Meta(description="What counted in the place of files.")]
    integrity: Annotated[Integrity | None, Meta(description="Null: nobody asked.")]
    records: Records
    recorded: Scope
    trails: Annotated[list[Trail], Meta(description="Those of --trail.")]
    verdicts: Verdicts
    evidence_share: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(description="Of applications' calls, what complies or violates; null without calls."),
    ]
    no_evidence: Annotated[dict[str, Count], Meta(description="Records by kind.")]
    days: list[OfDay]
    violations: list[Violation]
    calls: list[Call]
    # There only where it was asked for.
    decisions: Compared | UnsetType = UNSET


def json_schema() -> str:
    """JSON Schema (2020-12) of a report."""
    made = msgspec.json.schema(Audit)
    for struct in made["$defs"].values():
        # From Python 3.13 on, docstrings come without their indentation.
        text = " ".join(cleandoc(struct["description"]).split())
        struct["description"] = text.replace("``", "`")
    _order(made)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Report of endpoint-router audit",
    }
    return json.dumps({**head, **made}, indent=2) + "\n"


def _order(node: Any) -> None:
    """What may be null says so last: msgspec's releases do not agree."""
    for each in node.values() if isinstance(node, dict) else node:
        if isinstance(each, dict):
            each.get("anyOf", []).sort(key=lambda kind: kind == {"type": "null"})
        if isinstance(each, dict | list):
            _order(each)


if __name__ == "__main__":
    path = FilePath(sys.argv[1]) / "audit-report.schema.json"
    path.write_text(json_schema(), encoding="utf-8", newline="\n")
