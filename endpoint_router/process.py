"""What a process has once: the hook that runs in a child after ``fork``, and daemon threads.

Fork safety lives here: of the parent's threads a child has only the one that forked, so a lock that
another one held is never released there, and a look-up under way never lands. No other module
registers a fork hook or starts a thread. ``functools.cached_property`` is not used anywhere: on
Python 3.10 and 3.11 it takes a lock that no child can renew. What is renewed is not known here.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Protocol

__all__ = ["Inherited", "Lock", "decoding", "hire", "importing", "renew_in_children"]


class Inherited(Protocol):
    """What a child cannot use as its parent left it."""

    def begin_anew(self) -> None:
        """Be fit for use in the child, where one thread runs, and is running this."""


#: Weakly, in the order of registration. A plain dictionary, changed and copied by operations that
#: are atomic: a thread that is registering something at the moment of the fork leaves it whole.
_inherited: dict[weakref.ref[Inherited], None] = {}


def renew_in_children(thing: Inherited) -> None:
    """Call *thing*'s ``begin_anew()`` in each child, for as long as it lives.

    In the order of registration: what a renewal makes use of has to be registered before.
    """
    _inherited[weakref.ref(thing, _forget)] = None


# A default, because at the end of the interpreter modules lose their names before objects go.
def _forget(reference: weakref.ref[Inherited], known: dict[Any, None] = _inherited) -> None:
    known.pop(reference, None)


def _forked() -> None:
    with ExitStack() as stack:  # One that raises does not keep the others from being renewed.
        for reference in reversed(list(_inherited)):
            thing = reference()
            if thing is not None:
                stack.callback(thing.begin_anew)


#: Held by a thread of ours while it imports: a fork waits for it. Else the child would have half a
#: module, and a lock on it whose owner it has not. Re-entrant: a signal handler may fork meanwhile.
importing = threading.RLock()

if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forked)
    os.register_at_fork(
        before=importing.acquire,
        after_in_parent=importing.release,
        after_in_child=importing.release,
    )


class Lock:
    """A lock that is free in a child, whoever held it in the parent: ``with lock.here: ...``."""

    def __init__(self) -> None:
        self.begin_anew()
        renew_in_children(self)

    def begin_anew(self) -> None:
        """Another one. Who forked while holding the old one still releases that."""
        #: Re-entrant: a signal handler may make a call while its thread holds it.
        self.here = threading.RLock()


#: Held while msgspec decodes into a type: two threads that are the first to use the same one crash
#: the interpreter (0.18 and 0.22 did: what msgspec knows of a type is filled in without a lock).
decoding = Lock()


def hire(work: Callable[[], object], name: str) -> threading.Thread:
    """Have *work* done in a daemon thread called *name*, which does not delay the exit.

    :raises RuntimeError: no thread is to be had.
    """
    if sys.is_finalizing():  # Thread.start would wait for ever for the thread to come up.
        raise RuntimeError("no thread starts at interpreter shutdown")
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
