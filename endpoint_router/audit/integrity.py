"""Whether the trail's files are those that CloudTrail delivered: all of them, and unchanged. Pure.

A log file is verified by its hash in a digest that CloudTrail signed (:mod:`.chains`). Files are
known by their hashes and names, which no two of CloudTrail's share, so they may lie anywhere.
What stands in no file cannot be found: a chain of which every file is gone, with its log files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from posixpath import basename
from typing import Any

import msgspec
from msgspec import Struct

from .chains import FAULTS, Chain, Fault, Kind, Known, chains_of
from .digests import Digest
from .public_keys import Keys
from .sources import Period, set_aside

__all__ = ["Integrity", "verify"]

_ORDER = tuple(FAULTS)


class Integrity(Struct, frozen=True):
    """What came of it."""

    chains: tuple[Chain, ...]
    #: How many public keys are known, and why there are no more.
    keys: int
    no_keys: str
    #: Log files: ``verified``; ``unverified``, whose hash is in a digest that is not verified;
    #: ``changed``, ``missing``, ``uncovered``.
    logs: Mapping[str, int]
    #: Worst first.
    faults: tuple[Fault, ...]

    @property
    def proven(self) -> bool:
        """Are all files there, unchanged, and is that signed by CloudTrail?"""
        return bool(self.keys and self.chains and not self.faults) and not self.logs["unverified"]

    @property
    def wrong(self) -> Mapping[Kind, int]:
        """How many faults there are of each kind, worst first."""
        counts = Counter(fault.kind for fault in self.faults)
        return {kind: counts[kind] for kind in _ORDER if counts[kind]}

    def as_data(self) -> dict[str, Any]:
        """For JSON; its keys are public."""
        return {
            "proven": self.proven,
            "public_keys": {"known": self.keys, "why_no_more": self.no_keys},
            "log_files": dict(self.logs),
            "chains": [
                {
                    "account": chain.name.account,
                    "region": chain.name.region,
                    "trail": chain.name.trail,
                    "backfill": chain.name.backfill,
                    "from": chain.begin,
                    "begins": chain.began,
                    "to": chain.end,
                    "digests": chain.digests,
                    "verified": chain.verified,
                }
                for chain in self.chains
            ],
            "faults": msgspec.to_builtins(self.faults),
        }


def verify(
    digests: Iterable[Digest],
    bad: Iterable[tuple[str, str]],
    keys: Keys,
    hashes: Mapping[str, str],
    unread: Iterable[str],
    period: Period,
) -> Integrity:
    """Hold log files and digests against each other.

    :param bad: paths of digests that cannot be read, and why.
    :param hashes: of the log files' texts, by path.
    :param unread: paths of log files that have none, because they cannot be read.
    :param period: days asked for.
    """
    faults = [Fault("digest-unreadable", path, why) for path, why in bad]
    known = Known(digests, keys, faults)
    chains = tuple(chains_of(known, period, faults))
    counts = dict.fromkeys(("verified", "unverified", "changed", "missing", "uncovered"), 0)
    for kind, what, why in _logs(known, hashes, unread, period):
        counts[kind] += 1
        fault = _FAULT.get(kind)
        if fault is not None:
            faults.append(Fault(fault, what, why))
    faults.sort(key=lambda fault: (_ORDER.index(fault.kind), fault.what, fault.why))
    return Integrity(chains, len(keys.known), keys.why_no_more, counts, tuple(faults))


_FAULT: Mapping[str, Kind] = {
    "changed": "log-changed",
    "missing": "log-missing",
    "uncovered": "log-uncovered",
}


def _logs(
    known: Known, hashes: Mapping[str, str], unread: Iterable[str], period: Period
) -> Iterable[tuple[str, str, str]]:
    """How each log file fares, which it is, and who says so."""
    signed: set[str] = set()
    unsigned: set[str] = set()
    #: By name: where it was, its hash, and who says so. What is verified has the last word.
    named: dict[str, tuple[str, str, str]] = {}
    for digest in sorted(known.at.values(), key=known.is_verified):
        (signed if known.is_verified(digest) else unsigned).update(each for _, each in digest.logs)
        why = f"named by {basename(digest.place[1])}"
        for key, wanted in digest.logs:
            if not set_aside(key, False, period):  # digests are about other files, too
                named[basename(key)] = (f"s3://{digest.place[0]}/{key}", wanted, why)
    names: set[str] = set()
    for path in dict.fromkeys((*hashes, *unread)):
        name, hashed = basename(path.replace("\\", "/")), hashes.get(path, "")
        names.add(name)
        _, wanted, why = named.get(name, ("", "", ""))
        if wanted not in ("", hashed):
            yield "changed", path, why
        elif hashed in signed:
            yield "verified", path, ""
        elif hashed in unsigned:
            yield "unverified", path, ""
        elif hashed:
            yield "uncovered", path, ""
    there = set(hashes.values())
    for name, (place, wanted, why) in named.items():
        if name not in names and wanted not in there:
            yield "missing", place, why
