"""All that is to be said of one policy, each with its place: what the loader refuses, what is
remarked at a start, and what only a review looks for (:mod:`.lints`, :mod:`.rule_lints`).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Container, Iterator
from itertools import chain
from typing import Literal

from msgspec import Struct

from ..errors import PolicyError
from ..policy.loaded import LoadedPolicy
from ..policy.origins import DEFAULT, Origin, Place
from ..policy.remarks import NOTES, Remark
from ..sdk.activation.check import remarks
from .lints import of_endpoints
from .rule_lints import of_rules

Severity = Literal["error", "warning", "note"]


class Finding(Struct, frozen=True):
    """One thing that is wrong, doubtful, or good to know."""

    severity: Severity
    #: Of an error, its code; else one of :data:`~endpoint_router.policy.remarks.REMARKS`.
    id: str
    #: The file, or what else it was written in.
    source: str
    #: Both counted from 1; 0 where there is none, as of a variable.
    line: int
    column: int
    #: Key path, dotted; empty for the policy as a whole.
    path: str
    message: str
    #: What to do about it; may be empty.
    way_out: str

    @property
    def place(self) -> str:
        """``policy.toml:7:3``, as editors and CI read it."""
        return ":".join([self.source, *(str(at) for at in (self.line, self.column) if at)])


class Review(Struct, frozen=True):
    """What there is to say of one policy."""

    #: As it was given.
    name: str
    findings: tuple[Finding, ...]
    #: ``None`` where it does not load.
    loaded: LoadedPolicy | None = None

    def count(self, severity: Severity) -> int:
        """How many of the findings are so grave."""
        return sum(finding.severity == severity for finding in self.findings)


def review(
    name: str,
    load: Callable[[], LoadedPolicy],
    *,
    today: datetime.date,
    ignored: Container[str] = (),
) -> Review:
    """Everything about the policy that *load* loads.

    :param name: what stands for it where it has no place.
    :param today: the day in UTC; rules that have ended have no effect.
    :param ignored: ids of remarks that are known already.
    """
    try:
        loaded = load()
    except PolicyError as error:
        return Review(name, (of_error(error, name),))
    said: Iterator[Remark | PolicyError] = chain(
        loaded.warnings, remarks(loaded), of_endpoints(loaded, today), of_rules(loaded, today)
    )
    findings = [
        of_error(each, name) if isinstance(each, PolicyError) else _of_remark(each, name)
        for each in said
        if isinstance(each, PolicyError) or each.id not in ignored
    ]
    broken = any(finding.severity == "error" for finding in findings)
    in_order = sorted(findings, key=lambda each: (each.line, each.column))
    return Review(name, tuple(in_order), None if broken else loaded)


def of_error(error: PolicyError, name: str) -> Finding:
    """What the loader refused."""
    where = error.where
    origin, path = (where.origin, where.path) if isinstance(where, Place) else (DEFAULT, "")
    message = f"found {error.found}, expected {error.expected}"
    return _finding(
        "error",
        error.code,
        origin,
        name if isinstance(where, Place) else where,
        path,
        f"{path}: {message}" if path else message,
        error.hint,
    )


def _of_remark(remark: Remark, name: str) -> Finding:
    severity: Severity = "note" if remark.id in NOTES else "warning"
    return _finding(
        severity, remark.id, remark.origin, name, remark.path, remark.what, remark.way_out
    )


def _finding(
    severity: Severity,
    id: str,
    origin: Origin,
    name: str,
    path: str,
    message: str,
    way_out: str,
) -> Finding:
    if origin.kind == "file":
        # What is about the file as a whole is shown where it begins.
        line, column = origin.line or 1, origin.column or 1
        return Finding(severity, id, origin.name, line, column, path, message, way_out)
    source = name if origin is DEFAULT else str(origin)
    return Finding(severity, id, source, 0, 0, path, message, way_out)
