"""Cuts the text of a file into pieces that are decoded one by one: faster, and in little memory.

Each piece is a list in JSON. That a cut fell between two records needs no proof of its own: if each
piece can be decoded, no string, list or object goes over a cut, so the whole is these records.
Where one cannot be, the file has to be looked at as a whole. What a record is, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: As CloudTrail delivers it, and a record on each line: what is in front of the first record, and
#: how that begins.
_OPENING = re.compile(rb'(\{"Records":\[)?(\{"\w+":)')
#: Bytes within which a second record begins.
_FAR = 4 << 20


class Uncut(Exception):
    """Where the records end cannot be seen."""


def pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The records of a file, in lists.

    :param chunks: its text.
    :raises Uncut: it has another shape than CloudTrail gives it, or none that can be cut.
    """
    rest = iter(chunks)
    chunk = next(rest, b"")
    opening = _OPENING.match(chunk)
    if opening is None:
        raise Uncut
    of_lines = opening[1] is None
    seam = (b"}\n" if of_lines else b"},") + opening[2]
    chunk = chunk[opening.start(2) :]
    held = b""
    while chunk:
        # A seam that goes over the end of a chunk is none: there is another one.
        cut = chunk.rfind(seam) + 1
        if cut:
            yield _list(held, memoryview(chunk)[:cut], of_lines)
            held = chunk[cut + 1 :]
        else:
            held += chunk
            if len(held) > _FAR:
                raise Uncut
        chunk = next(rest, b"")
    held = held.rstrip()
    if not of_lines and not held.endswith(b"]}"):
        raise Uncut
    yield _list(held if of_lines else held[:-2], b"", of_lines)


def _list(begun: bytes, records: bytes | memoryview, of_lines: bool) -> bytes:
    text = b"".join((b"[", begun, records, b"]"))
    return text.replace(b"}\n{", b"},{") if of_lines else text
