"""Pythons that run here already with routing switched on: those of an entry point, say.

Asked of Linux's ``/proc``, which shows the environments of one's own processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ..printable import printable

__all__ = ["HOOK", "MODULE", "VARIABLE", "Running", "running"]

VARIABLE, MODULE = "BOTOCORE_EXPERIMENTAL__PLUGINS", "endpoint_router.sdk.plugin"
#: How the folder of the start-up hook ends, in whatever installation.
HOOK = os.path.join("endpoint_router", "cli", "site")
#: Processes that are looked at.
_MOST = 500


class Running(Struct, frozen=True):
    """A process that runs here with routing switched on."""

    pid: int
    name: str
    by: Literal["run", "variable"]


def running(folder: Path) -> Iterator[Running]:
    """Pythons of this container that have the hook or the variable: an entry point's, say."""
    try:
        pids = sorted(int(name) for name in os.listdir(folder) if name.isdigit())[:_MOST]
    except OSError:  # no Linux
        return
    for pid in pids:
        if pid in (os.getpid(), os.getppid()):
            continue
        try:
            variables = (folder / str(pid) / "environ").read_bytes().split(b"\0")
            name = os.path.basename(os.readlink(folder / str(pid) / "exe"))
        except OSError:  # somebody else's, or gone
            continue
        hooked = any(
            word.startswith(b"PYTHONPATH=") and HOOK.encode() in word for word in variables
        )
        told = any(
            word.startswith(f"{VARIABLE}=".encode()) and MODULE.encode() in word
            for word in variables
        )
        if (hooked or told) and name.startswith(("python", "pypy")):
            yield Running(pid, printable(name), "run" if hooked else "variable")
