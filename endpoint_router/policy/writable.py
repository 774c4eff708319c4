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
    :raises OSError: the folder cannot be looked at.
    """
    if not hasattr(os, "geteuid"):
        return ""
    who = ""
    if status.st_mode & stat.S_IWOTH:
        who = f"any user (mode {stat.S_IMODE(status.st_mode):04o})"
    elif status.st_uid not in (0, os.geteuid()) and _is_known(status.st_uid):
        who = f"its owner, user {status.st_uid}"
    else:
        folder = os.stat(os.path.dirname(path) or ".").st_mode
        if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
            who = f"any user (mode {stat.S_IMODE(folder):04o} of its folder)"
    return "" if who and _is_read_only(file) else who


def _is_read_only(file: int) -> bool:
    return bool(os.fstatvfs(file).f_flag & os.ST_RDONLY)


def _is_known(user: int) -> bool:
    """In a container without root all owners that it has no number for look like one."""
    try:
        with open("/proc/self/uid_map", encoding="ascii") as lines:
            ranges = [tuple(map(int, line.split())) for line in lines]
    except (OSError, ValueError):  # no Linux
        return True
    return any(first <= user < first + count for first, _, count in ranges)
