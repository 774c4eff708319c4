"""``endpoint-router run``: start a program with its botocore calls routed, by environment alone.

``run -- python app.py`` starts any command; each Python that it or its children start has routing
switched on as soon as it imports botocore. ``run app.py`` runs a Python program. The variable of
botocore's plugins is set besides, for a Python that is told to ignore its own variables (``-I``,
``-E``), and for programs that PyInstaller made.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from ..printable import printable
from ..sdk.activation.announcing import NO_POLICY, WAY_OUT, is_anything_written
from ..sdk.activation.installation import Installation
from .reach import doubt_about

_SITE = Path(__file__).with_name("site")
_PLUGINS = "BOTOCORE_EXPERIMENTAL__PLUGINS"
_OURS = "endpoint_router=endpoint_router.sdk.plugin"


def run(
    program: Sequence[str],
    environ: MutableMapping[str, str] = os.environ,
    platform: str = sys.platform,
) -> int:
    """Check the policy, then become the program.

    A program that routing cannot reach is not started; where that is not certain, it is warned of.

    :param platform: as ``sys.platform`` has it. On Windows nothing becomes another program: there
        it is started, waited for, and its exit status is this one's.
    :returns: elsewhere only when the program is not started: 2, or 127 when there is no such
        command.
    :raises PolicyError: when the policy cannot be used; nothing is started.
    """
    command = list(program)
    if command[:1] == ["--"]:
        command = command[1:]
    elif command and command[0].endswith(".py"):
        command = [sys.executable, *command]
    if not command:
        print(
            "endpoint-router run: which program? For example: run -- python app.py", file=sys.stderr
        )
        return 2
    loaded = Installation(environ=environ).load()
    if not is_anything_written(loaded, environ):
        print(f"endpoint-router run: {NO_POLICY}. {WAY_OUT}.", file=sys.stderr)
        return 2
    found = shutil.which(command[0], path=environ.get("PATH"))
    if found is None and os.path.dirname(command[0]) and os.path.exists(command[0]):
        kind = "a directory" if os.path.isdir(command[0]) else "not executable (chmod +x)"
        print(f"endpoint-router run: {printable(command[0])} is {kind}", file=sys.stderr)
        return 2
    if found is None:
        print(f"endpoint-router run: no such command: {printable(command[0])}", file=sys.stderr)
        return 127
    if loaded.policy.mode != "off":
        doubt = doubt_about(command, found, environ)
        if doubt is not None:
            print(f"endpoint-router run: {printable(doubt.why)}.", file=sys.stderr)
            if doubt.certain and loaded.policy.mode == "enforce":
                return 2
    if not (_SITE / "sitecustomize.py").is_file():
        # Without it the program would start all the same, unrouted.
        print(f"endpoint-router run: the installation lacks {_SITE}", file=sys.stderr)
        return 2
    environ.update(hooked(environ))
    sys.stdout.flush()
    return _become(found, command, environ, platform)


def hooked(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables by which routing comes to a program, as they are to be in *environ*."""
    # Nothing else: whatever stood here would be the program's before its own packages.
    paths = [str(_SITE), *filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))]
    plugins = [*filter(None, environ.get(_PLUGINS, "").split(",")), _OURS]
    return {"PYTHONPATH": os.pathsep.join(paths), _PLUGINS: ",".join(dict.fromkeys(plugins))}


def _become(file: str, command: list[str], environ: Mapping[str, str], platform: str) -> int:
    """Start the program *file*; 2 where that cannot be."""
    try:
        if platform == "win32":
            return _wait_for([file, *command[1:]], environ)
        _restore_signals()
        os.execve(file, command, dict(environ))
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.ENOEXEC:
            why += '. A script begins with the line "#!/bin/sh", or whatever runs it'
        elif error.errno == errno.ENOENT:
            why = "the interpreter that its first line names is not there"
        print(f"endpoint-router run: {printable(file)}: {why}", file=sys.stderr)
        return 2


def _wait_for(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Start it, and return its exit status. Windows' own ``exec`` would end this process with 0."""
    import subprocess

    with subprocess.Popen(command, env=dict(environ)) as program:
        # Ctrl-C comes to both: what it means is for the program to say.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return program.wait()
        finally:
            signal.signal(signal.SIGINT, before)


def _restore_signals() -> None:
    """Those that Python ignores: a shell's ``yes | head -1`` ends by the first of them."""
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
