"""How long an answer is believed (TTL), and what stands when its renewal fails (staleness).

The rules: an answer expires by its TTL within the policy's bounds, and whoever comes then waits for
its renewal; one that fails leaves an earlier answer standing for a while (RFC 8767), but never an
earlier absence, because an absence is what lets a call leave FIPS. Pure: no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import msgspec
from msgspec.structs import replace

from ..routing.answer import Answer

if TYPE_CHECKING:
    from ..counters import Renewal
    from ..policy.model import Dns

__all__ = ["Held", "Lifetimes", "is_certain", "renewal_of"]

#: An absence is held this long at least, lest one call asks twice. Seconds.
ABSENCE_FLOOR = 1.0
#: For so long is believed what a hosts file says, which has no TTL and is quickly read. Seconds.
HOSTS_LIFE = 5.0
#: Part of its life after which an answer in use is renewed in the background.
RENEW_AFTER = 0.75
#: For so long after a failed renewal a stale answer is used without waiting for the next one, which
#: is tried in the background: else an outage would hold up every call, not just the first. After a
#: longer pause somebody asks first (RFC 8767 rechecks every 30 seconds). Seconds.
STALE_LEASE = 30.0


class Held(msgspec.Struct, frozen=True):
    """An answer, and how long it may be believed. Times are those of the monotonic clock."""

    answer: Answer
    expires_at: float
    #: From here on, whoever looks starts a renewal without waiting for it; never past *expires_at*.
    refresh_at: float
    #: Until then it stands if its renewals fail (RFC 8767).
    stands_until: float


class Lifetimes(msgspec.Struct, frozen=True):
    """How long answers are held; all in seconds, named as in the policy's ``[dns]``."""

    min_ttl: float
    max_ttl: float
    negative_ttl: float
    failure_ttl: float
    max_stale: float

    @classmethod
    def of(cls, dns: Dns) -> Lifetimes:
        """Those of a policy."""
        return cls(dns.min_ttl, dns.max_ttl, dns.negative_ttl, dns.failure_ttl, dns.max_stale)

    def hold(self, answer: Answer, previous: Held | None, now: float) -> Held:
        """What stands after *answer* came at *now*, where *previous* stood before."""
        if answer.status == "failed":
            return self._hold_failure(answer, previous, now)
        life = self._life(answer)
        expires_at = now + life
        if answer.unanswered:
            if _is_complete(previous) and now < previous.expires_at:
                return self._keep(previous, now)
            refresh_at = min(expires_at, now + self.failure_ttl)
        else:
            refresh_at = now + life * RENEW_AFTER
        stale = self.max_stale if answer.status == "answered" else 0.0
        return Held(answer, expires_at, refresh_at, expires_at + stale)

    def _life(self, answer: Answer) -> float:
        if answer.status == "absent":
            return max(ABSENCE_FLOOR, min(answer.ttl, self.negative_ttl))
        if answer.source == "literal":
            return self.max_ttl
        if answer.source == "hosts":
            return min(HOSTS_LIFE, self.max_ttl)
        return min(max(answer.ttl, self.min_ttl), self.max_ttl)

    def _hold_failure(self, failure: Answer, previous: Held | None, now: float) -> Held:
        until = now + self.failure_ttl
        if previous is None or previous.answer.status == "failed":
            return Held(failure, until, until, until)
        if now < previous.expires_at and not previous.answer.stale:
            return self._keep(previous, now)
        if previous.answer.status == "answered" and now <= previous.stands_until:
            stale = replace(previous.answer, stale=True)
            lease = min(now + STALE_LEASE, previous.stands_until)
            return Held(stale, max(until, lease), until, previous.stands_until)
        return Held(failure, until, until, until)

    def _keep(self, previous: Held, now: float) -> Held:
        """It has not expired, so it is as good as before; only the renewal is put off."""
        refresh_at = min(previous.expires_at, now + self.failure_ttl)
        return replace(previous, refresh_at=refresh_at)


def _is_complete(held: Held | None) -> TypeGuard[Held]:
    return held is not None and held.answer.status == "answered" and is_certain(held.answer)


def is_certain(answer: Answer) -> bool:
    """Nothing about it failed, so a retry need not ask again."""
    return answer.status != "failed" and not answer.stale and not answer.unanswered


def renewal_of(answer: Answer, held: Held) -> Renewal:
    """What became of a renewal that brought *answer*, after which *held* is what stands."""
    if held.answer.stale:
        return "stale"
    if held.answer.status == "failed":
        return "lost"
    return "renewed" if held.answer is answer else "kept"
