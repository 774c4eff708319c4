"""Files that a command writes: whole or not at all, and over none that was there before."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["write"]


def write(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Write every file, each at once or not at all.

    :raises FileExistsError: one of them is there and not *force*; then none is written.
    :raises OSError: a directory is missing or cannot be written to.
    """
    for path in files:
        if not force and os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        if os.path.exists(path) and not os.path.isfile(path):
            # To put a file in the place of a device is nobody's wish.
            raise OSError(errno.EINVAL, "no regular file, so it is not replaced", str(path))
    for path, text in files.items():
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(beside, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(beside, path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise
