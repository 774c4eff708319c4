"""A dictionary that forgets what was not used lately. Knows nothing of what is in it."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["Recent"]

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """Two generations of at most so many entries together; what is not used in the second goes.

    ``get`` is the dictionary's own, and sees the first generation only: who finds nothing there
    asks :meth:`recall`. So what is used all the time costs no more than in any dictionary. Threads
    may come at once: at worst an entry is forgotten early.

    :param capacity: how many entries are remembered at most; half as many of the last are for sure.
    """

    __slots__ = ("_before", "_half")

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self._half = max(1, capacity // 2)
        self._before: dict[K, V] = {}

    def recall(self, key: K) -> V | None:
        """What is known of *key*, which is in use again; ``None`` if nothing is."""
        value = self.get(key)
        if value is None and (value := self._before.pop(key, None)) is not None:
            self.keep(key, value)
        return value

    def keep(self, key: K, value: V) -> None:
        """Remember *value*."""
        if len(self) >= self._half and key not in self:
            self._before = self.copy()
            self.clear()
        self[key] = value

    def forget(self) -> None:
        """Everything."""
        self._before = {}
        self.clear()
