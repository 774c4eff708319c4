"""What is counted while calls pass: plain integers, as long as the process lives. No locks.

Here lives what is added to; what is read of it is :mod:`endpoint_router.sdk.metrics`. Who decides
finds the :class:`Count` of a decision once, and whoever sends adds to it from then on. So counting
needs no log, waits for nothing and knows no client. An interpreter with a global lock loses no
count by it; one without may lose a few. A child of ``fork`` begins at zero: its parent tells what
was before.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from . import codes
from .process import renew_in_children
from .routing.call_paths import Path, Support, path_of, support_of
from .routing.case import Decision, Outcome
from .routing.networks import Verdict

__all__ = [
    "LIVE",
    "OTHER",
    "SECONDS",
    "Count",
    "Counters",
    "Kind",
    "LookUps",
    "Mode",
    "Renewal",
]

Mode = Literal["enforce", "report"]

#: What became of the look-up of a name of which an earlier answer stood: there is a new one; it
#: brought none, and the earlier one has not run out, or is used past its TTL, or nothing stands.
Renewal = Literal["renewed", "kept", "stale", "lost"]
_RENEWALS: tuple[Renewal, ...] = get_args(Renewal)

#: Upper bounds of the histogram of look-ups; above the last one is one more bucket.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
#: Verdicts of a look-up; what a policy says of a gateway is none.
_VERDICTS: tuple[Verdict, ...] = ("private-address", "public", "mixed", "absent", "failed")
#: Service and code of calls of which there are too many kinds.
OTHER = "other"


class Kind(Struct, frozen=True):
    """What calls have in common that are counted together."""

    #: ``report``: nothing of this took place, but would have.
    mode: Mode
    outcome: Outcome
    #: ``allowed``, or the code of the refusal.
    code: str
    #: boto3 client name.
    service: str
    #: ``interface`` or ``gateway``: the VPC endpoint that the policy declares; ``private``: another
    #: host, at private addresses; ``public``; ``proxy``: AWS's host, by a proxy; ``custom``,
    #: ``undeclared``: an application's host; ``none``: refused.
    path: Path
    #: On what ground the host counts as FIPS; ``none`` if it does not, or the call was refused.
    fips_basis: str
    #: What DNS contributed: ``fresh``, ``stale`` (past its TTL), ``failed``, or ``none`` asked for.
    evidence: Support


class Count:
    """The calls of one kind."""

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls = 0


class LookUps:
    """Look-ups with one verdict."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """There was none."""
        self.seconds = 0.0
        #: How many took so long, by :data:`SECONDS`: each is in one bucket.
        self.buckets = [0] * (len(SECONDS) + 1)


class Counters:
    """The counts of one process. Thread-safe and fork-safe.

    :param capacity: how many kinds of calls are told apart; further ones are counted together, by
        what few values can say of them.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self._capacity = capacity
        #: Only ever added to, by single operations that are atomic.
        self.calls: dict[Kind, Count] = {}
        self.lookups: dict[Verdict, LookUps] = {verdict: LookUps() for verdict in _VERDICTS}
        self.renewals: dict[Renewal, int] = dict.fromkeys(_RENEWALS, 0)
        renew_in_children(self)

    def begin_anew(self) -> None:
        """In a child, whose parent goes on with the same numbers. Who adds has hold of a count."""
        for count in self.calls.values():
            count.calls = 0
        for lookups in self.lookups.values():
            lookups.begin_anew()
        self.renewals.update(dict.fromkeys(_RENEWALS, 0))

    def of_call(self, decision: Decision, mode: Mode) -> Count:
        """Where calls count that come to *decision*."""
        path, evidence = path_of(decision), support_of(decision)
        basis = decision.fips_basis or "none"
        outcome, code, service = decision.outcome, decision.code, decision.service
        return self._of(Kind(mode, outcome, code, service, path, basis, evidence))

    def of_refusal(self, code: str, service: str, mode: Mode = "enforce") -> Count:
        """Where calls of *service* count that are refused without a decision."""
        row = codes.TABLE.get(code)
        outcome = row.outcome if row else "denied"
        return self._of(Kind(mode, outcome, code, service or "unknown", "none", "none", "none"))

    def _of(self, kind: Kind) -> Count:
        count = self.calls.get(kind)
        if count is None:
            if len(self.calls) >= self._capacity:
                kind = replace(kind, code=OTHER, service=OTHER)
            count = self.calls.setdefault(kind, Count())
        return count

    def looked_up(self, verdict: Verdict, seconds: float) -> None:
        """A look-up had an answer, or failed, after so many *seconds*."""
        lookups = self.lookups[verdict]
        lookups.seconds += max(0.0, seconds)
        lookups.buckets[bisect_left(SECONDS, seconds)] += 1

    def renewed(self, result: Renewal) -> None:
        """An answer was to be renewed."""
        self.renewals[result] += 1


#: Those of this process, whichever policies it has, one after the other or side by side.
LIVE = Counters()
