"""Something under way that several wait for: a thread until it is told, a loop by a listener.

Here live the two ways of waiting, without a rule about what is waited for. Takes no lock, nor does
``threading.Event`` play a part, whose own is in disorder once two signals have come close to each
other: a signal handler or a listener may come at any moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress

from ..routing.answer import Answer, Question
from .ttl_and_staleness import Held

__all__ = ["Flight", "Landing", "Listener"]

#: Called once, without arguments, by whichever thread brings the news; it must not wait.
Listener = Callable[[], object]


class Landing:
    """Becomes true once."""

    __slots__ = ("_listeners", "landed")

    def __init__(self) -> None:
        self.landed = False
        #: By owner. Single operations on a plain dictionary are atomic.
        self._listeners: dict[Hashable, Listener] = {}

    def listen(self, listener: Listener, owner: Hashable = None) -> None:
        """Call *listener* as soon as it has landed, which may be now.

        :param owner: who finds it again by :meth:`listener_of`, one listener each; default: itself.
        """
        self._listeners[listener if owner is None else owner] = listener
        if self.landed:
            self.announce()

    def listener_of(self, owner: Hashable) -> Listener | None:
        """The listener of *owner* that has not been called yet."""
        return self._listeners.get(owner)

    def forget(self, owner: Hashable) -> None:
        """Nobody listens for *owner* any more; no error if nobody did."""
        self._listeners.pop(owner, None)

    def wait(self, seconds: float) -> bool:
        """Has it landed? Wait for that, so many *seconds* at most, in the caller's thread."""
        if not self.landed and seconds > 0:
            told = threading.Lock()
            told.acquire()
            self.listen(told.release)
            try:
                told.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
            finally:
                self.forget(told.release)
        return self.landed

    def land(self) -> None:
        """It has landed. :meth:`announce` has to follow."""
        self.landed = True

    def announce(self) -> None:
        """Call the listeners of what has landed. Not to be called under a lock: they may ask."""
        # Each is popped once, by this thread or by one that came to listen meanwhile.
        while self._listeners:
            with suppress(KeyError):
                _owner, listener = self._listeners.popitem()
                # Broad on purpose: listeners are handed in, and those of a loop that was closed
                # meanwhile raise RuntimeError; whoever else waits has to be told all the same.
                with suppress(Exception):
                    listener()


class Flight(Landing):
    """A question on its way. One with a port connects after the look-up of its name has landed."""

    __slots__ = (
        "again",
        "began",
        "due",
        "followers",
        "forced",
        "held",
        "name",
        "question",
        "so_far",
    )

    def __init__(
        self, question: Question, began: float, *, due: float, forced: bool = False
    ) -> None:
        super().__init__()
        self.question = question
        #: By then it lands, unless it is still in the queue; seconds of the evidence's clock.
        self.due = due
        #: When somebody first asked; seconds of the evidence's clock.
        self.began = began
        #: Takes off when this one has landed in vain: for who tries again while it is under way.
        self.again: Flight | None = None
        #: What is known before it lands: addresses of one family.
        self.so_far: Answer | None = None
        #: Somebody asked although an answer was at hand.
        self.forced = forced
        #: The name's evidence, for a flight with a port.
        self.name: Held | None = None
        self.followers: list[Flight] = []
        #: What it brought; ``None`` where it has landed on nothing, like one that is overdue.
        self.held: Held | None = None
