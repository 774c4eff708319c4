"""Reads the text of one policy file: whole, within limits, and from a regular file only.

Whatever cannot be read is a :class:`PolicyError`, never "no policy". What the text means is
:mod:`.document`'s.
"""

from __future__ import annotations

import errno
import os
import re
import stat

from msgspec.structs import replace

from ..errors import PolicyError
from .document import MAX_BYTES, PolicyText
from .layer import place
from .origins import Origin
from .plain_words import in_plain_words
from .quoting import quote, shorten
from .writable import who_else_may_write

_EXPECTED = "a policy file (TOML or JSON, UTF-8)"
# A table, a comment, a key, or several lines: what begins so and is no file was meant as text.
_LIKE_TOML = r"""\s*(\[|\#|[\w."'-]+\s*=)|.*\n"""


def of_bytes(data: bytes, name: str) -> PolicyText:
    """The same of what was read elsewhere, from *name*: a pipe, say.

    :raises PolicyError: where it is no text, empty or too large.
    """
    origin = Origin("file", name)
    return PolicyText(_checked(data, origin), origin)


def read(name: str, named_by: str = "") -> PolicyText:
    """The file *name*; ``~`` is the home directory.

    :param named_by: who says that this is the file: a variable, an option, a profile.
    :raises PolicyError: where it cannot be read, is none or too large.
    """
    try:
        return _read(name)
    except PolicyError as error:
        if not named_by:
            raise
        hint = f"{named_by} names it. {error.hint}".rstrip()
        raise PolicyError(
            where=error.where, found=error.found, expected=error.expected, hint=hint
        ) from error.__cause__


def _read(name: str) -> PolicyText:
    if not name.strip():
        raise PolicyError(where="path of the policy", found="nothing", expected=_EXPECTED)
    path = name
    try:
        path = os.path.expanduser(name)
        # To open a pipe would wait for its writer, and some devices act when they are opened.
        _check_regular(os.stat(path), path)
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            _check_regular(status, path)
            # Of a kernel's log that has nothing to say, there is no answer at all.
            data = file.read(MAX_BYTES + 1) or b""
            open_to = who_else_may_write(path, file.fileno(), status)
    except OSError as error:
        raise _unread(path, error) from error
    except ValueError as error:  # a NUL or a lone surrogate in the name
        raise PolicyError(
            where=_named(path), found=in_plain_words(error), expected=_EXPECTED
        ) from error
    origin = Origin("file", path)
    return PolicyText(_checked(data, origin), origin, open_to)


def _checked(data: bytes, origin: Origin) -> str:
    if len(data) > MAX_BYTES:
        found = f"more than {MAX_BYTES} bytes"
        raise PolicyError(where=place(origin), found=found, expected=_EXPECTED)
    try:
        text = data.decode("utf-8-sig")  # editors on Windows write a BOM
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        where = place(replace(origin, line=line, column=column))
        found = f"byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise PolicyError(where=where, found=found, expected=_EXPECTED) from None
    if not text.strip():
        raise PolicyError(where=place(origin), found="an empty file", expected=_EXPECTED)
    return text


def _without_waiting(path: str, flags: int) -> int:
    """Opens *path*, which may have become a pipe meanwhile."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_regular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise PolicyError(where=_named(path), found=kind, expected=_EXPECTED)


def _unread(path: str, error: OSError) -> PolicyError:
    if error.errno in (errno.ENOENT, errno.ENAMETOOLONG, errno.EINVAL) and re.match(
        _LIKE_TOML, path, re.DOTALL
    ):
        return PolicyError(
            where="path of the policy",
            found=f"{quote(path.strip().partition(chr(10))[0])}, which looks like TOML itself",
            expected="the path of a policy file, or JSON that begins with {",
            hint="Write it to a file, or say it as JSON.",
        )
    found = error.strerror or type(error).__name__
    return PolicyError(where=_named(path), found=found, expected=_EXPECTED)


def _named(path: str) -> str:
    """*path* as an error shows it: what is longer than any path was meant as something else."""
    return path if len(path) <= 1024 else shorten(path)
