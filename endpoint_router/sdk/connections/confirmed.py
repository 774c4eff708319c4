"""Which addresses are confirmed, and what to do about a connection to them: decided, not done.

Here lives what is known of each name, which address is next and which are put behind, what a
renewed answer means, and when an idle connection may be used again. :meth:`ConfirmedNames.connect`
yields what it wants and is told what came of it, so that whoever drives it may wait as he likes: no
socket, lock, clock or look-up is in here. See :mod:`.pinning` for the one that blocks.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import msgspec

from ... import codes
from ...routing.answer import Answer, Question
from ...routing.case import Finding
from ...routing.networks import Trusted, judge, without_images
from .peer_check import check_peer
from .turns import Turns
from .unconfirmed import Unconfirmed

__all__ = [
    "CloseIdle",
    "Confirmed",
    "ConfirmedNames",
    "Dial",
    "Dialled",
    "Peer",
    "Pinned",
    "Renew",
    "Steps",
    "Want",
]

#: Names of which a client remembers what was confirmed: an S3 client may touch any number.
_CAPACITY = 4096


class Confirmed(Turns):
    """The addresses of which a name's privacy was proven, in the order to dial them."""

    __slots__ = ("peer", "question")

    def __init__(self, question: Question, addresses: tuple[str, ...]) -> None:
        super().__init__(addresses)
        self.question = question
        #: Where the last connection led; empty when there was none.
        self.peer = ""

    def confirm_again(self, question: Question, addresses: tuple[str, ...]) -> None:
        """The same addresses, perhaps in another order."""
        self.question = question
        self.begin_anew(addresses)


class Pinned(msgspec.Struct, frozen=True):
    """What is known of an open connection."""

    #: Whose addresses it dialled, which they were, and which one answered.
    name: str
    confirmed: Confirmed
    peer: str


# --- what is wanted, and what comes back


class Dial(msgspec.Struct, frozen=True):
    """Connect to whichever answers first: :class:`Dialled`. Raises OSError where none does."""

    addresses: tuple[str, ...]


class Dialled(msgspec.Struct, frozen=True):
    """Who answered, and who failed or was overtaken."""

    address: str
    behind: tuple[str, ...]


class Peer(msgspec.Struct, frozen=True):
    """The IP address at the other end of what was dialled. Raises OSError where it is gone."""


class Renew(msgspec.Struct, frozen=True):
    """The :class:`~endpoint_router.routing.answer.Answer` to *question*."""

    question: Question
    #: Ask DNS although an answer is at hand: connecting to its addresses failed.
    anew: bool


class CloseIdle(msgspec.Struct, frozen=True):
    """Close what is idle and leads where no new connection could."""


T = TypeVar("T")

Want = Dial | Peer | Renew | CloseIdle
#: Sent back is ``Dialled``, ``str``, ``Answer`` or nothing; an OSError is thrown in.
Steps = Generator[Want, Any, T]


class ConfirmedNames:
    """What is confirmed for the connections of one client.

    :param name: whose addresses are dialled; empty where each host's own are.
    """

    def __init__(self, trusted: Trusted, name: str = "") -> None:
        self._trusted, self._name = trusted, name
        self._known: dict[str, Confirmed] = {}

    def of(self, host: str) -> Confirmed | None:
        """What is dialled for *host*."""
        return self._known.get(self._name or host)

    def holds(self, connection: Any) -> bool:
        """A connection is used again only if a new one could lead to the same address."""
        pinned: Pinned | None = connection.note
        if pinned is None:
            return False  # it was never opened
        confirmed = self._known.get(pinned.name)
        return confirmed is pinned.confirmed or (
            confirmed is not None and pinned.peer in confirmed.addresses
        )

    def confirm(self, finding: Finding) -> tuple[Confirmed, bool]:
        """From now on the addresses of *finding* are dialled, and those only.

        With ``True``: others were before, so what is idle may lead elsewhere.
        """
        name, addresses = finding.question.name, finding.answer.addresses
        known = self._known.get(name)
        if known is not None and set(known.addresses) == set(addresses):
            known.confirm_again(finding.question, addresses)
            return known, False
        if known is None and len(self._known) >= _CAPACITY:
            self._known.pop(next(iter(self._known)), None)
        confirmed = self._known[name] = Confirmed(finding.question, addresses)
        return confirmed, known is not None

    def give_up(self, name: str) -> bool:
        """*name* is no longer known to be private. ``True``: it was, until now."""
        return self._known.pop(name, None) is not None

    def connect(self, host: str) -> Steps[Pinned]:
        """Dial what was confirmed for *host*; once more after the evidence was renewed.

        :raises OSError: that of dialling.
        :raises Unconfirmed: nothing is confirmed any more, or the peer is another one.
        """
        name = self._name or host
        confirmed = self._known.get(name)
        if confirmed is None:
            # Given up since the decision was made, or forgotten among thousands of names.
            why = f"nothing is confirmed of {name} any more"
            confirmed = yield from self._learn(Renew(Question(name), anew=False), why)
        try:
            return (yield from self._dial(confirmed))
        except OSError:
            why = f"nothing answers at {', '.join(confirmed.addresses)}"
            renewed = yield from self._learn(Renew(confirmed.question, anew=True), why)
            if set(renewed.addresses) == set(confirmed.addresses):
                raise
        return (yield from self._dial(renewed))

    def _dial(self, confirmed: Confirmed) -> Steps[Pinned]:
        dialled: Dialled = yield Dial(tuple(confirmed.order()))
        confirmed.put_behind(dialled.behind, dialled.address)
        peer: str = yield Peer()
        check_peer(dialled.address, peer, self._trusted)
        confirmed.peer = peer
        return Pinned(confirmed.question.name, confirmed, peer)

    def _learn(self, renew: Renew, why: str) -> Steps[Confirmed]:
        """Where a name leads by now: what evidence holds, or what DNS says if asked again.

        :raises Unconfirmed: not to private addresses; *why* that was asked.
        """
        question = renew.question
        told: Answer = yield renew
        answer = without_images(told, self._trusted)
        verdict = judge(answer, self._trusted, pinned=True)
        if verdict == "private-address":
            confirmed, moved = self.confirm(Finding(question, verdict, answer))
            if moved:
                yield CloseIdle()
            return confirmed
        if self.give_up(question.name):
            yield CloseIdle()
        said = ", ".join(answer.addresses) or answer.detail or answer.status
        raise Unconfirmed(
            codes.PRIVATE_UNVERIFIED,
            f"{why}, and {question.name} is now {verdict} ({said})",
        )
