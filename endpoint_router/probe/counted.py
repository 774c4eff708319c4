"""Look-ups that are counted, with their seconds. Knows neither who counts nor what is asked."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing

from ..routing.answer import Answer
from .listening import Heard, Lookup, due, listen

__all__ = ["Counted"]


class Counted:
    """A look-up that tells its answers when they are due, and after how many seconds.

    What comes early or late is not told: nobody's call was decided by how long that took. Neither
    is an address in the place of a name, which nobody is asked about.
    """

    def __init__(
        self, lookup: Lookup, tell: Callable[[Answer, float], None], clock: Callable[[], float]
    ) -> None:
        self._lookup, self._tell, self._clock = lookup, tell, clock

    def __call__(self, name: str, timeout: float) -> Answer:
        return due(self.listen(name, timeout))

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        """As every look-up that can be listened to."""
        began, answer = self._clock(), None
        with closing(listen(self._lookup, name, timeout)) as listening:
            try:
                for heard in listening:
                    if heard.due and answer is None:
                        answer = heard.answer
                        self._told(answer, began)
                    yield heard
            except Exception:
                if answer is None:
                    self._told(Answer(name, "failed"), began)
                raise

    def _told(self, answer: Answer, began: float) -> None:
        if answer.source != "literal":
            self._tell(answer, self._clock() - began)
