"""Which library unpacks gzip: the one that takes half of the other's time, where it is installed.

A third of what it takes to read a trail is unpacking. Both say of the same files that they are
spoilt, and yield the same of those that are not; how, they do not say alike.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, cast

from msgspec import Struct

__all__ = ["FASTEST", "ZLIB", "Inflating"]


class Inflating(Struct, frozen=True):
    """A library with the interface of the standard library's ``zlib``."""

    decompressobj: Callable[..., Any]
    error: type[Exception]


ZLIB = Inflating(zlib.decompressobj, zlib.error)
try:
    from isal import isal_zlib  # extra `audit`
except ImportError:
    FASTEST = ZLIB
else:
    # Its stub calls the class an exception.
    FASTEST = Inflating(isal_zlib.decompressobj, cast("type[Exception]", isal_zlib.error))
