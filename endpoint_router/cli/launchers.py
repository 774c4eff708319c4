"""What exists to start something else: by which names it goes, and how ``env`` reads its words.

Nothing is run, and no file is looked at.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from msgspec import Struct

__all__ = ["CLEARING", "DEEP", "ENVIRONMENTS", "LAUNCHER", "SHELL", "Env", "read_env"]

SHELL = re.compile(r"(a|ba|c|da|fi|k|tc|z)?sh")
#: They start something else, and leave it the environment.
LAUNCHER = re.compile(
    rf"{SHELL.pattern}|busybox"
    r"|catatonit|docker-init|dumb-init|tini(-static)?|gosu|su-exec|setpriv|chpst|systemd-run"
    r"|nice|ionice|chrt|taskset|numactl|nohup|setsid|stdbuf|time|timeout|xargs"
    r"|conda|mamba|micromamba|pixi|rye|hatch|uv|uvx|make|ninja"
    r"|gdb|ltrace|perf|strace|valgrind"
)
#: They start something else with another environment.
CLEARING = frozenset({"doas", "sudo"})
#: They start what is installed in an environment that they find by themselves: ``uv run …``.
ENVIRONMENTS = frozenset(
    {"conda", "hatch", "mamba", "micromamba", "pdm", "pipenv", "pixi", "poetry", "rye", "uv"}
)
#: Commands that start one another, at most.
DEEP = 4


class Env(Struct, frozen=True):
    """The words behind ``env``, as it takes them."""

    #: Its options and variables; what ``-S`` splits is split.
    own: tuple[str, ...]
    command: tuple[str, ...]
    #: Does the command begin without an environment?
    clears: bool


def read_env(words: Sequence[str]) -> Env:
    """What ``env`` makes of *words*, which stand behind it.

    :raises ValueError: it would not take apart what ``-S`` is given.
    """
    own: list[str] = []
    clears = False
    rest = list(words)
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        word = rest.pop(0)
        if word.startswith("-S"):
            text = word[2:] or (rest.pop(0) if rest else "")
            rest = [*shlex.split(text), *rest]
            continue
        own.append(word)
        clears |= word in ("-i", "-", "--ignore-environment")
        if word in ("-u", "--unset", "-C", "--chdir"):
            own += rest[:1]
            del rest[:1]
    return Env(tuple(own), tuple(rest), clears)
