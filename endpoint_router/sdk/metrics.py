"""``endpoint_router.metrics()``: what was counted in this process so far, as one frozen value.

Reads what :mod:`endpoint_router.counters` adds up, and the waivers of the policies in force. Counts
nothing itself, and holds up no call: it takes none of their locks. The values are public.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import asdict

from ..counters import LIVE, SECONDS, Counters, Kind, Renewal
from ..policy.loaded import LoadedPolicy
from ..routing.networks import Verdict
from .activation.install import installations

__all__ = ["CallCount", "LookUpCount", "Metrics", "RenewalCount", "WaiverLeft", "metrics"]


class CallCount(Kind, frozen=True):
    """Calls of one kind. Each attempt is one, and so is a presigned URL."""

    calls: int


class LookUpCount(Struct, frozen=True):
    """Look-ups of names with one verdict under the policy's trusted networks."""

    verdict: Verdict
    lookups: int
    #: All of them together; seconds.
    seconds: float
    #: How many took at most so many seconds: each pair counts those of the pairs before it, too.
    within: tuple[tuple[float, int], ...]


class RenewalCount(Struct, frozen=True):
    """Look-ups of names of which an earlier answer stood."""

    #: ``renewed``; ``kept``: it failed, and the earlier answer has not run out; ``stale``: that is
    #: used past its TTL; ``lost``: nothing stands.
    result: Renewal
    renewals: int


class WaiverLeft(Struct, frozen=True):
    """A rule of a policy in force that has a last day."""

    #: ``rules[0]``.
    rule: str
    #: Where it is written: file and line, a variable, ``code``.
    origin: str
    #: In the policy's words.
    reason: str
    #: Its last day, which ends at 24:00 UTC.
    expires: datetime.date
    #: 0 on that day, less when it has passed.
    days_left: int


class Metrics(Struct, frozen=True):
    """What was counted in this process; JSON by ``msgspec.to_builtins``.

    All but ``waivers`` only ever grows, from zero when the process starts or is forked.
    """

    calls: tuple[CallCount, ...]
    #: Of ``calls``, those that were refused: in ``enforce``, with each outcome.
    denied: int
    unverified: int
    #: Of ``calls``, those that were allowed by an answer past its TTL.
    stale_use: int
    lookups: tuple[LookUpCount, ...]
    renewals: tuple[RenewalCount, ...]
    waivers: tuple[WaiverLeft, ...]


def metrics(*, today: datetime.date | None = None) -> Metrics:
    """What the router has counted in this process so far, under whatever policies.

    Cheap enough to be asked every few seconds. Reads no file and sends nothing.

    :param today: the day in UTC from which a waiver's days are told; default: the clock's.
    """
    waivers = (
        waiver
        for installation in installations()
        for loaded in installation.loaded()
        for waiver in waivers_of(loaded, today or installation.world.today())
    )
    return read(LIVE, waivers)


def read(counters: Counters, waivers: Iterable[WaiverLeft] = ()) -> Metrics:
    """What *counters* have counted, beside *waivers*, of which each is told once."""
    # A list: others go on adding kinds.
    kinds = list(counters.calls.items())
    calls = tuple(CallCount(**asdict(kind), calls=count.calls) for kind, count in kinds)
    enforced = [each for each in calls if each.mode == "enforce"]
    return Metrics(
        calls,
        sum(each.calls for each in enforced if each.outcome == "denied"),
        sum(each.calls for each in enforced if each.outcome == "unverified"),
        sum(each.calls for each in calls if each.outcome == "allowed" and each.evidence == "stale"),
        tuple(_lookups(counters)),
        tuple(RenewalCount(*item) for item in counters.renewals.items()),
        tuple(dict.fromkeys(waivers)),
    )


def _lookups(counters: Counters) -> Iterator[LookUpCount]:
    for verdict, counted in counters.lookups.items():
        *within, lookups = accumulate(list(counted.buckets))
        pairs = tuple(zip(SECONDS, within, strict=True))
        yield LookUpCount(verdict, lookups, counted.seconds, pairs)


def waivers_of(loaded: LoadedPolicy, today: datetime.date) -> Iterator[WaiverLeft]:
    """The rules of a policy that have a last day, in its order; none where it is switched off."""
    if loaded.policy.mode == "off":
        return
    for index, rule in enumerate(loaded.policy.rules):
        if rule.expires is not None:
            name, days = f"rules[{index}]", (rule.expires - today).days
            yield WaiverLeft(name, str(loaded.origin(name)), rule.reason, rule.expires, days)
