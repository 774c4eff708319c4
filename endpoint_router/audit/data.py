"""The report for JSON. Pure.

Its keys are public: :mod:`.schema` describes them. The same records, policy and versions give the
same data, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .report import Report


def as_data(
    report: Report, *, policy: Mapping[str, object], versions: Mapping[str, str]
) -> dict[str, Any]:
    """The report for JSON.

    :param policy: what tells which policy it was.
    :param versions: of what judged.
    """
    read, files = report.read, report.files
    first, last = report.period.first, report.period.last
    times = [tally for _, tally in read.groups if tally.first[0]]
    return {
        "version": 1,
        "versions": dict(versions),
        "policy": dict(policy),
        "period": {"from": first and str(first), "to": last and str(last), "days": report.all_days},
        "complete": report.complete,
        "files": {
            "read": None if report.athena else read.files,
            "set_aside": files.aside,
            "bad": [{"path": path, "why": why} for path, why in read.bad],
        },
        "athena": report.athena and msgspec.to_builtins(report.athena),
        "integrity": None if report.integrity is None else report.integrity.as_data(),
        "records": {
            "read": read.records,
            "other_days": read.other_days,
            "duplicates": read.duplicates,
            "replaced": read.replaced,
            "counted": report.counted,
        },
        "recorded": {
            "categories": dict(report.categories),
            "accounts": report.accounts,
            "regions": report.regions,
            "first": min((tally.first[0] for tally in times), default=None),
            "last": max((tally.last for tally in times), default=None),
            "gaps": msgspec.to_builtins(report.gaps),
        },
        "trails": msgspec.to_builtins(report.trails),
        "verdicts": {name.replace("-", "_"): count for name, count in report.verdicts.items()},
        "evidence_share": report.evidence_share,
        "no_evidence": dict(report.no_evidence),
        "days": [
            {
                "day": day or None,
                **{name.replace("-", "_"): number for name, number in of_day.items()},
            }
            for day, of_day in report.days.items()
        ],
        "violations": [
            {
                "account": each.account,
                "application": each.application,
                "principal": each.principal,
                "team": each.team,
                "count": each.count,
                "event_id": each.calls[0].event_id,
                "codes": sorted({call.kind for call in each.calls}),
            }
            for each in report.culprits
        ],
        "calls": msgspec.to_builtins(report.calls),
        **(
            {} if report.decisions is None else {"decisions": msgspec.to_builtins(report.decisions)}
        ),
    }
