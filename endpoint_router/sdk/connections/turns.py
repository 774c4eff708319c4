"""In which order the addresses of a name are dialled: another one first each time.

Nothing here knows whether they are private, or does the dialling.
"""

from __future__ import annotations

from ...routing.answer import Answer

__all__ = ["Turns", "TurnsOfHosts"]

#: Hosts whose turns are remembered.
_CAPACITY = 4096


class Turns:
    """Addresses that take turns, as DNS would rotate them; those that failed come last."""

    __slots__ = ("_behind", "_turn", "addresses")

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self.addresses = addresses
        self._behind: frozenset[str] = frozenset()
        self._turn = -1

    def order(self) -> list[str]:
        """Whom to dial, one after the other."""
        good = [address for address in self.addresses if address not in self._behind]
        bad = [address for address in self.addresses if address in self._behind]
        self._turn += 1
        start = self._turn % len(good) if good else 0
        return [*good[start:], *good[:start], *bad]

    def put_behind(self, addresses: tuple[str, ...], winner: str = "") -> None:
        """These did not connect, or not in time, or broke off: others first."""
        if addresses:
            self._behind = (self._behind | frozenset(addresses)) - {winner}

    def begin_anew(self, addresses: tuple[str, ...]) -> None:
        """DNS has told these *addresses* just now."""
        self.addresses, self._behind = addresses, frozenset()


class TurnsOfHosts:
    """Whose addresses nothing relies on, by host, with the answer that they come from."""

    def __init__(self) -> None:
        self._turns: dict[str, tuple[Answer, Turns]] = {}

    def of(self, host: str, answer: Answer) -> Turns:
        """The turns of *host*, begun anew where *answer* is another than before."""
        told, turns = self._turns.get(host) or (None, Turns(answer.addresses))
        if told is not answer:
            turns.begin_anew(answer.addresses)
            if len(self._turns) >= _CAPACITY:
                self._turns.clear()
            self._turns[host] = answer, turns
        return turns
