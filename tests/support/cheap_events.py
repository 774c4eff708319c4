"""botocore's events, at less cost: most tests make a session and a client.

A session registers 150 handlers. For each, botocore goes through all its old names of events, and
has ``inspect`` look whether the handler takes any keyword: half of what a session costs. Each
client gets a copy of them all. What comes of it is the same here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import botocore.hooks
import pytest
from botocore.compat import accepts_kwargs
from botocore.hooks import EventAliaser, NodeList, _PrefixTrie

_work_out = EventAliaser._alias_event_name
#: The aliaser that remembers for all others: there are no aliases but botocore's own.
_shared = EventAliaser(None)


def _alias_event_name(_: EventAliaser, event_name: str) -> str:
    return _work_out(_shared, event_name)


def _accepts_kwargs(function: Callable[..., Any]) -> object:
    code = getattr(function, "__code__", None)
    return accepts_kwargs(function) if code is None else code.co_flags & inspect.CO_VARKEYWORDS


def _copied(trie: _PrefixTrie, node: dict[str, Any]) -> dict[str, Any]:
    copied = {}
    for key, value in node.items():
        if isinstance(value, NodeList):
            value = NodeList(*map(list, value))
        elif isinstance(value, dict):
            value = _copied(trie, value)
        copied[key] = value
    return copied


def cheap_events(patch: pytest.MonkeyPatch) -> None:
    """For the sessions and clients that are made from now on."""
    patch.setattr(EventAliaser, "_alias_event_name", _alias_event_name)
    patch.setattr(botocore.hooks, "accepts_kwargs", _accepts_kwargs)
    patch.setattr(_PrefixTrie, "_recursive_copy", _copied)
