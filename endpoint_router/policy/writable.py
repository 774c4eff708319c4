"""Who besides root and this user may change a policy file. Asks the file system only.

Tells of mistakes: whoever may write the file may take its lock out as well. Counted are the file
itself, and a world-writable folder without the sticky bit, where anyone may put another file in its
place. Not counted are groups (each user's own, on most systems), and files of a read-only mount,
whose modes say nothing: Kubernetes gives its volumes' folders the mode 0777.
"""

from __future__ import annotations

import os
import stat


def who_else_may_write(path: str, file: int, status: os.stat_result) -> str:
    """``any user (mode 0666)``; empty for nobody, and where the system has no such modes.

    :param path: as it was opened.
    :param file: descriptor of the open file.
    :param status: of the same.
    """
    if not hasattr(os, "geteuid"):
        return ""
    who = _by_status(status)
    if who and not _is_read_only(file):
        return who
    # That of the name, and that of the file which a link leads to.
    for folder in {os.path.dirname(path) or ".", os.path.dirname(os.path.realpath(path))}:
        try:
            mode = os.stat(folder).st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX and not _is_read_only(folder):
                return f"any user (mode {stat.S_IMODE(mode):04o} of its folder)"
        except OSError:  # of a file that has no name any more: standard input, say
            continue
    return ""


def _by_status(status: os.stat_result) -> str:
    if status.st_mode & stat.S_IWOTH:
        return f"any user (mode {stat.S_IMODE(status.st_mode):04o})"
    if status.st_uid not in (0, os.geteuid()) and _is_known(status.st_uid):
        return f"its owner, user {status.st_uid}"
    return ""


def _is_read_only(file: int | str) -> bool:
    return bool(os.statvfs(file).f_flag & os.ST_RDONLY)


def _is_known(user: int) -> bool:
    """In a container without root all owners that it has no number for look like one."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as lines:
            ranges = [tuple(map(int, line.split())) for line in lines]
    except (OSError, ValueError):  # no Linux
        return True
    return any(first <= user < first + count for first, _, count in ranges)
