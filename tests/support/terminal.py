"""What the command line shows on a terminal: a real one, of so many columns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence


def on_a_terminal(
    arguments: Sequence[str], columns: int, environ: Mapping[str, str] | None = None
) -> str:
    """All that ``endpoint-router`` writes to it, with the escape sequences."""
    import fcntl  # not on Windows
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-m", "endpoint_router", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm-256color", **(environ or {})},
    ):
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says EIO where others say nothing more
        return b""
