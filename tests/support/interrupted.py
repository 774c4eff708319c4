"""A program that a test interrupts, and that does not outlive it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def _heed_sigint() -> None:
    """A shell has what it starts in the background ignore SIGINT: these tests, perhaps."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def interruptible(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """The program of *command*; *options* are those of ``Popen``."""
    with subprocess.Popen(command, preexec_fn=_heed_sigint, **options) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
