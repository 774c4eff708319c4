"""Replacing one method of one object of botocore's, and putting it back exactly.

The object owns what stands in its place, and so must not be owned by it: botocore's clients go as
soon as nobody refers to them, with their connections; a cycle would leave both to the collector.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import FunctionType
from typing import Any


def is_ours(method: object) -> bool:
    """Is *method* one that this package put in the place of botocore's?"""
    return bool(getattr(getattr(method, "__self__", None), "stands_in", False))


class StandIn:
    """Where *owner*'s method *name* was. ``original(owner(), ...)`` calls what it was."""

    __slots__ = ("_before", "_name", "original", "owner", "replaced")

    def __init__(self, owner: Any, name: str) -> None:
        self.owner = weakref.ref(owner)
        self._name = name
        # Not vars(owner): asking for an instance's dictionary makes its attributes slower from then
        # on (CPython keeps them inline until somebody asks).
        found, function = getattr(owner, name), getattr(type(owner), name)
        #: Somebody else's replacement on the same instance.
        self._before: Callable[..., Any] | None = None
        self.original: Callable[..., Any] = function
        #: Had somebody done so before?
        self.replaced = False
        # A mock on the class is no function, and so found as it is.
        if getattr(found, "__func__", None) is not function and found is not function:
            self._before, self.replaced = found, True
            self.original = lambda _owner, *arguments, **options: found(*arguments, **options)

    def call(self, owner: Any, argument: Any) -> Any:
        """Call on *owner*, or on its copy, what would be called there if this were not in place.

        Looked up each time: tests patch the class long after their clients were made.
        """
        if self._before is not None:
            return self._before(argument)
        method = getattr(type(owner), self._name)
        if type(method) is FunctionType:
            return method(owner, argument)
        return method.__get__(owner)(argument) if hasattr(method, "__get__") else method(argument)

    def put(self, replacement: Callable[..., Any]) -> None:
        """Put *replacement* on the instance."""
        setattr(self.owner(), self._name, replacement)

    def undo(self) -> None:
        """Leave the instance as it was found."""
        owner = self.owner()
        if owner is None:
            return
        if self._before is None:
            vars(owner).pop(self._name, None)
        else:
            setattr(owner, self._name, self._before)
