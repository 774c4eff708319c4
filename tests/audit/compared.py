"""Decision logs and records that are held against each other."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.session import Session

from endpoint_router.audit.counting import Grouped
from endpoint_router.audit.decisions import Compared, compare
from endpoint_router.audit.grouping import Group
from endpoint_router.audit.judging import Verdict
from endpoint_router.audit.ledger import Entries
from endpoint_router.audit.logged import Logged
from endpoint_router.audit.records import decode
from endpoint_router.audit.services import Services
from endpoint_router.audit.sources import Period
from tests.audit.made import packed, record
from tests.plan.lines import allowed, dump

HOST = "kms-fips.us-east-1.amazonaws.com"
NOON = "2026-11-20T12:00"
LABEL = "Boto3/1.44.5 app/billing md/endpoint-router#1.0-0123abcd"
SERVICES = Services(Session())
Made = Mapping[str, Any]


def sent(service: str = "kms", **values: Any) -> dict[str, Any]:
    """A line about calls that were sent, to HOST unless told."""
    made = {"operation": "Decrypt", "region": "us-east-1", "host": HOST, "time": NOON}
    return allowed(service, **{**made, **values})


def call(number: int = 0, **changed: Any) -> dict[str, Any]:
    """A record of a call to HOST, unless told."""
    return record(number, **{"host": HOST, "awsRegion": "us-east-1", **changed})


def complies(_group: Group) -> Verdict:
    return Verdict("complies")


def compared(
    records: Sequence[Made],
    lines: Sequence[Made],
    period: Period | None = None,
    verdict: Callable[[Group], Verdict] = complies,
) -> Compared:
    grouped = Grouped()
    text = gzip.decompress(packed(*map(dict, records)))
    grouped.add(decode(text), Entries())
    logged = Logged(1)
    logged.reading.add([dump([each]) for each in lines], "a.jsonl", logged.note)
    assert logged.reading.understood == len(lines)
    judged = [(group, tally, verdict(group)) for _, group, tally in grouped.items()]
    return compare(logged, judged, SERVICES, period=period or Period(), digest="sha256:abc")


def unlogged(found: Compared) -> list[tuple[str, str, int]]:
    return [(each.basis, each.application, each.count) for each in found.unlogged]
