"""Which Python a command starts, and with what: so that something else can be run in its place.

``env A=1 uv run python -I -m app`` is taken apart into what stands in front of Python, Python with
its options, and where the program begins. Files are looked at, nothing is run.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from .launchers import CLEARING, DEEP, ENVIRONMENTS, LAUNCHER, SHELL, read_env
from .output import BadInput
from .python_command import PYTHON, read
from .reach import doubt_about, script_interpreter

__all__ = ["Started", "started_by"]

#: Options of :data:`~.launchers.ENVIRONMENTS` that take a value, in the next word.
_VALUED = frozenset(
    {"--directory", "--env-file", "--extra", "--group", "--name", "--package", "--project"}
    | {"--python", "--with", "-e", "-n", "-p"}
)
#: What a shell does not take for itself.
_SPECIAL = re.compile(r"[^\w\s./:=@%+,'\"-]")
_OURS = frozenset({"endpoint-router", "endpoint-router.exe"})
_FILES = (".py", ".pyw")


class Started(Struct, frozen=True):
    """How a command starts its Python."""

    #: What stands in front of it, Python, and its options: the program's place is behind them.
    python: tuple[str, ...]
    #: What ``sys.path`` begins with; ``None`` where Python's own beginning stands.
    first_on_path: str | None
    #: Files in which the program begins, as far as they are known.
    mains: tuple[str, ...]
    #: What its environment has besides.
    variables: Mapping[str, str] = {}


def started_by(command: Sequence[str], environ: Mapping[str, str] = os.environ) -> Started:
    """The Python of *command*.

    :raises BadInput: there is none, or nobody can say which.
    """
    prefix: list[str] = []
    variables: dict[str, str] = {}
    words = list(command)
    for _ in range(DEEP):
        if words and os.path.basename(words[0]) in _OURS and words[1:2] == ["run"]:
            words = words[3:] if words[2:3] == ["--"] else words[2:]
            from .run import hooked  # and with it, botocore

            variables = hooked(environ)
            # What stands in front may take variables away, or set others.
            prefix += ["env", *map("=".join, variables.items())] if prefix else []
        elif words[:3] and PYTHON.fullmatch(os.path.basename(words[0])) and _is_ours(words):
            words = ["endpoint-router", *words[3:]]
        elif not words:
            raise BadInput("run: which program? For example: doctor -- run -- python app.py")
        elif PYTHON.fullmatch(os.path.basename(words[0])):
            return replace(_of_python(prefix, words), variables=variables)
        elif _launches(words[0]):
            before, words = _behind_launcher(words, environ)
            prefix += before
        else:
            words = _of_script(words, environ)
    raise BadInput(f"{command[0]}: too many commands that start one another")


def _is_ours(words: Sequence[str]) -> bool:
    """``python -m endpoint_router run …``"""
    return list(words[1:4]) == ["-m", "endpoint_router", "run"]


def _launches(word: str) -> bool:
    name = os.path.basename(word)
    others = {"env", *CLEARING, *ENVIRONMENTS}
    return name in others or LAUNCHER.fullmatch(name) is not None


def _behind_launcher(words: list[str], environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """What a launcher is called with, and the command that it starts."""
    name = os.path.basename(words[0])
    rest = _without_split(words)
    if name in ENVIRONMENTS and "run" in rest:
        return _of_environment(rest)
    if SHELL.fullmatch(name):
        text = next((rest[at + 1] for at, word in enumerate(rest[:-1]) if word == "-c"), "")
        if text and not _SPECIAL.search(text):
            command = _words(text)
            if command[:1] == ["exec"]:
                del command[0]
            if command:
                return [], command
    else:
        for at, word in enumerate(rest[1:], 1):
            if _is_program(word, environ):
                return rest[:at], rest[at:]
    raise _unseen(words)


def _unseen(words: Sequence[str]) -> BadInput:
    return BadInput(
        f"which Python {' '.join(words)!r} starts cannot be seen from outside. Give the command "
        "that it comes to, as: doctor -- python app.py"
    )


def _of_environment(words: list[str]) -> tuple[list[str], list[str]]:
    """The same of what runs a command in a virtual environment that it finds by itself."""
    begin = words.index("run") + 1
    known = (at for at in range(begin, len(words)) if _is_python_or_file(words[at]))
    others = (
        at
        for at in range(begin, len(words))
        if not words[at].startswith("-") and words[at - 1] not in _VALUED
    )
    at = next(known, None) or next(others, None)
    if at is None:
        raise BadInput(f"{' '.join(words)} runs no program")
    if PYTHON.fullmatch(os.path.basename(words[at])):
        return words[:at], words[at:]
    # A script of that environment: its Python is called so in all of them.
    script = [] if _is_python_or_file(words[at]) else ["-c", ""]
    return words[:at], ["python", *script, *words[at:]]


def _is_python_or_file(word: str) -> bool:
    return PYTHON.fullmatch(os.path.basename(word)) is not None or word.endswith(_FILES)


def _without_split(words: Sequence[str]) -> list[str]:
    """*words* with what ``env -S`` splits already split.

    :raises BadInput: nobody can.
    """
    if os.path.basename(words[0]) != "env":
        return list(words)
    try:
        env = read_env(words[1:])
    except ValueError as error:
        raise BadInput(f"{' '.join(words)}: {error}") from None
    return [words[0], *env.own, *env.command]


def _words(text: str) -> list[str]:
    """As a shell takes *text* apart; :raises BadInput: it would not."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadInput(f"{text}: {error}") from None


def _is_program(word: str, environ: Mapping[str, str]) -> bool:
    """Is *word* a Python, a file of it, or a command that starts one?"""
    if word.startswith("-") or "=" in word or not word.isprintable() or " " in word:
        return False
    if _is_python_or_file(word) or os.path.basename(word) in _OURS:
        return True
    found = shutil.which(word, path=environ.get("PATH"))
    return found is not None and (_launches(word) or bool(_script_python(found)))


def _of_script(words: list[str], environ: Mapping[str, str]) -> list[str]:
    """The command that the kernel makes of a script.

    :raises BadInput: there is no such command, or it is no script of Python's.
    """
    found = shutil.which(words[0], path=environ.get("PATH"))
    if words[0].endswith(_FILES) and not (found and _script_python(found)):
        return [sys.executable, *words]  # as `run` does
    if found is None:
        raise BadInput(f"no such command: {words[0]}")
    python = _script_python(found)
    if not python:
        doubt = doubt_about(words, found, environ)
        if doubt and doubt.certain:
            raise BadInput(doubt.why)
        if script_interpreter(found):
            raise _unseen(words)
        raise BadInput(f"{words[0]} is no Python, nor a script of one: nothing can be looked into")
    return [*python, found, *words[1:]]


def _script_python(file: str) -> list[str]:
    """The words by which the script *file* is run; none where it is none, or a shell's."""
    words = script_interpreter(file)
    if not words:
        return []
    if os.path.basename(words[0]) == "sh":
        # pip's way around paths that are too long, or have blanks, for a first line.
        try:
            second = Path(file).read_text(encoding="utf-8", errors="replace").splitlines()[1]
            quoted = shlex.split(second.removeprefix("'''exec'"))
        except (OSError, IndexError, ValueError):
            return []
        is_pips = second.startswith("'''exec'") and quoted and "$" not in quoted[0]
        return quoted[:1] if is_pips else []
    words = _without_split(words)
    known = [os.path.basename(word) for word in words]
    return words if any(map(PYTHON.fullmatch, known)) else []


def _of_python(prefix: Sequence[str], words: Sequence[str]) -> Started:
    command = read(words[1:])
    if command.runs_nothing:
        raise BadInput(f"{' '.join(words)} runs no program")
    python = (*prefix, words[0], *command.options)
    # -P is of 3.11; older ones do not start with it anyhow.
    isolated = bool({"I", "P"} & command.flags)
    first, *arguments = command.program or ["-"]
    if first == "-m" and arguments:
        return Started(python, None, _module(arguments[0], arguments[1:]))
    if first.startswith("-"):  # -c, or standard input
        return Started(python, None, _named(arguments[1:]))
    if not os.path.exists(first):
        raise BadInput(f"no such file: {first}")
    is_package = os.path.isdir(first) or zipfile.is_zipfile(first)
    folder = first if is_package else os.path.dirname(os.path.realpath(first))
    main = os.path.join(first, "__main__.py") if os.path.isdir(first) else first
    return Started(python, None if isolated else folder, (main, *_named(arguments)))


def _module(name: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """The files of the module *name*, where it lies below the working directory."""
    steps = name.split(".")
    files = (
        os.path.join(*steps, "__init__.py"),
        os.path.join(*steps, "__main__.py"),
        f"{os.path.join(*steps)}.py",
    )
    return (*filter(os.path.isfile, files), *_named(arguments))


def _named(arguments: Sequence[str]) -> tuple[str, ...]:
    """Files of modules that *arguments* name, as ``gunicorn app:server`` does."""
    files = []
    for word in arguments:
        name = word.rpartition("=")[2].partition(":")[0]
        if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
            steps = name.split(".")
            files += [f"{os.path.join(*steps)}.py", os.path.join(*steps, "__init__.py")]
    return tuple(dict.fromkeys(filter(os.path.isfile, files)))
