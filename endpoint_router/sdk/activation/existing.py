"""What exists already when routing is switched on: sessions and clients, found by their classes.

The garbage collector shows them, except what is frozen: that is :mod:`.frozen`.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from botocore.client import BaseClient
from botocore.session import Session

from .. import seams


def existing() -> tuple[list[Any], list[Any]]:
    """Every session and every client alive, and boto3's default session in any case."""
    kinds = kinds_of(Session, BaseClient)
    # An object refers to its class, and asking who refers to these takes a third of the time that a
    # walk over all objects would (135,000 where boto3 is imported). By the very type: weak and lazy
    # proxies claim the class of what they stand for.
    found = [thing for thing in gc.get_referrers(*kinds) if type(thing) in kinds]
    sessions = [thing for thing in found if isinstance(thing, Session)]
    default = seams.default_boto3_session(sys.modules.get("boto3"))
    if default is not None and default not in sessions:
        sessions.append(default)
    return sessions, [thing for thing in found if isinstance(thing, BaseClient)]


def kinds_of(*bases: type) -> set[type[Any]]:
    """These classes, and all that are derived from them."""
    kinds: set[type[Any]] = set()
    new: set[type[Any]] = set(bases)
    while new:
        kinds |= new
        new = {derived for kind in new for derived in type.__subclasses__(kind)} - kinds
    return kinds
