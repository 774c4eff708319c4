"""The lines of a log, which may be packed: by gzip, as rotation leaves it, whatever it is called.

One line at a time, and no more of it than a line may have: however far something unpacks, it fills
no memory.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

__all__ = ["MAX_LINE", "Damaged", "lines_of"]

#: Bytes. A line of the log has some kilobytes; what is longer is another file.
MAX_LINE = 1 << 20

_GZIP = b"\x1f\x8b"


class Damaged(Exception):
    """What is packed cannot be unpacked to its end; its text says why."""


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of *file*; an endless one comes out as one that is broken.

    :raises OSError: it cannot be read.
    :raises Damaged: it is packed, and broken off or garbled.
    """
    # stdin cannot be rewound, and only what is buffered can be looked at beforehand.
    peekable = file if hasattr(file, "peek") else io.BufferedReader(cast(io.RawIOBase, file))
    if not peekable.peek(2).startswith(_GZIP):
        yield from _split(peekable)
        return
    try:
        with gzip.GzipFile(fileobj=peekable) as unpacked:
            yield from _split(unpacked)
    except EOFError:
        raise Damaged("is packed by gzip, and broken off: its end is missing") from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise Damaged(f"is packed by gzip, and garbled: {error}") from None


def _split(file: BinaryIO | io.BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := file.readline(MAX_LINE):
        if len(chunk) < MAX_LINE or chunk.endswith(b"\n"):
            yield chunk
            continue
        while chunk and not chunk.endswith(b"\n"):
            chunk = file.readline(MAX_LINE)
        yield b"{"
