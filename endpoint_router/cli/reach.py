"""Which programs the start-up hook does not come to, as their command and their files tell.

Looked at before the program is started, and never run. What a program starts later is not known
here: of shells, and of others that exist to start something else, nothing is said.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Mapping, Sequence

from msgspec import Struct

from .launchers import CLEARING, DEEP, LAUNCHER, read_env
from .python_command import PYTHON, read

__all__ = ["Doubt", "doubt_about", "script_interpreter"]

#: Without the environment's own site, or without the environment.
_DEAF = frozenset("ESI")

#: Where PyInstaller's archive ends, in an executable that it made.
_FROZEN = b"MEI\014\013\012\013\016"
#: Names of modules, which such an archive has in plain text.
_BOTOCORE, _ROUTER = b"botocore.session", b"endpoint_router.sdk.plugin"
#: What programs begin with, on Linux and on macOS: nothing else is started but scripts.
_PROGRAM = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
#: What every program has that has Python inside (uWSGI, say).
_EMBEDS = (b"libpython", b"Py_BytesMain", b"Py_Initialize")


class Doubt(Struct, frozen=True):
    """Why a program's calls may go unrouted."""

    why: str
    #: Else some of what it does may be routed all the same.
    certain: bool = False


def doubt_about(command: Sequence[str], file: str, environ: Mapping[str, str]) -> Doubt | None:
    """What keeps the router from *command*, of which *file* is the program; ``None``: nothing."""
    words = list(command)
    for _ in range(DEEP):
        name = os.path.basename(words[0])
        if name == "env":
            try:
                env = read_env(words[1:])
            except ValueError:
                return None  # it will say so itself
            if not env.command:
                return None
            words = list(env.command)
            if env.clears:
                return Doubt("env -i takes from the program what routing comes by")
        elif interpreter := script_interpreter(file):
            words = [*interpreter, file, *words[1:]]
        else:
            break
        file = shutil.which(words[0], path=environ.get("PATH")) or ""
    name = os.path.basename(words[0])
    if PYTHON.fullmatch(name):
        return _of_python(name, words[1:])
    if name in CLEARING:
        return Doubt(f"{name} takes from the program what routing comes by")
    return None if LAUNCHER.fullmatch(name) else _of_binary(words[0], file)


def script_interpreter(file: str) -> list[str]:
    """The words after ``#!``; none if *file* is no script."""
    try:
        with open(file, "rb") as script:
            line = script.readline(4096)
    except OSError:
        return []
    return os.fsdecode(line[2:]).split() if line.startswith(b"#!") else []


def _of_python(name: str, words: Sequence[str]) -> Doubt | None:
    deaf = sorted(_DEAF & read(words).flags)
    if not deaf:
        return None
    return Doubt(
        f"{name} -{''.join(deaf)} does without the start-up hook: only botocore's plugin variable "
        "is left, which takes botocore 1.39.9, and this package where that Python finds its own"
    )


def _of_binary(shown: str, file: str) -> Doubt | None:
    try:
        with open(file, "rb") as opened:
            content = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # an empty one cannot be mapped
        return None
    with content:
        if content[:4] not in _PROGRAM:
            return None
        if content.rfind(_FROZEN) >= 0:
            if content.find(_BOTOCORE) < 0 or content.find(_ROUTER) >= 0:
                return None
            return Doubt(
                f"{shown} is a program that PyInstaller made without endpoint_router, so none of "
                "its calls can be routed. Build it where endpoint-router is installed, or use one "
                "that runs in a Python",
                certain=True,
            )
        if any(content.find(sign) >= 0 for sign in _EMBEDS):
            return None
    return Doubt(f"{shown} is no Python: of what it does, only Pythons that it starts are routed")
