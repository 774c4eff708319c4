"""The decision log: can a line be written where the policy wants it? None is."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping

from msgspec import Struct

from ..policy.writable import who_else_may_write
from .finding import Judged, amber, green, red

__all__ = ["CHECKS", "SeenLog", "look"]

#: Targets that are no path, with what they are.
_NO_FILES = {
    "stderr": "this process's stderr",
    "stdout": "this process's stdout",
    "logger": "Python's logger endpoint_router.decisions",
}


class SeenLog(Struct, frozen=True):
    """What was seen of the place where decisions are to be written."""

    #: As in the policy: a path, ``stderr``, …; empty for none, ``None`` if nobody knows.
    target: str | None = ""
    #: Its full path; empty for what is no file.
    path: str = ""
    exists: bool = False
    #: Why nothing can be appended to it; empty where that works.
    problem: str = ""
    #: Who else may change it; empty for nobody.
    open_to: str = ""
    user: str = ""


def look(target: str | None, is_full: Callable[[str], bool] | None = None) -> SeenLog:
    """Look at *target*, as the policy's ``log.decisions`` has it.

    :param is_full: is there no room left where this path is?
    """
    if not target or target in _NO_FILES:
        return SeenLog(target)
    path = os.path.abspath(target)
    exists = os.path.lexists(path)
    problem, open_to = _append(path) if exists else (_make(path), "")
    if not problem and (is_full or _is_full)(path if exists else os.path.dirname(path)):
        problem = "the disk is full"
    user = f"user {os.geteuid()}" if hasattr(os, "geteuid") else "this user"
    return SeenLog(target, path, exists, problem, open_to, user)


def _append(path: str) -> tuple[str, str]:
    """Why nothing can be appended to the file at *path*, and who else may change it."""
    # As the log itself opens it, so that a pipe without a reader is told, and waited for by nobody.
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.open(path, flags)
    except OSError as error:
        return error.strerror or str(error), ""
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            return "", ""
        return "", who_else_may_write(path, file, status)
    finally:
        os.close(file)


def _make(path: str) -> str:
    """Why there can be no file at *path*, where there is none yet."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return f"there is no directory {folder}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"no file can be made in {folder}"
    return ""


def _is_full(path: str) -> bool:
    if not hasattr(os, "statvfs"):
        return False
    about = os.statvfs(path)
    return about.f_blocks > 0 and about.f_bavail == 0  # some file systems count nothing


# --- checks


def target(seen: SeenLog) -> Judged:
    """Where do decisions go?"""
    if seen.target is None:
        return amber("not known: the policy cannot be used", "As for the policy.")
    if not seen.target:
        return green("the policy wants none")
    if not seen.path:
        return green(_NO_FILES[seen.target])
    if seen.problem:
        way_out = f"Let {seen.user} append to it, or set log.decisions = stderr."
        return red(f"{seen.path}: {seen.problem}", way_out)
    state = "can be appended to" if seen.exists else "is not there yet, and can be made"
    told = f"{seen.path} {state} by {seen.user}"
    if seen.open_to:
        way_out = "chmod 640 the file, in a directory of its user's own."
        return amber(f"{told}, and changed by {seen.open_to}", way_out)
    if seen.path != seen.target:
        way_out = "Write the whole path: this one depends on where the program is started."
        return amber(told, way_out)
    return green(told)


CHECKS: Mapping[str, Callable[[SeenLog], Judged]] = {"log.target": target}
