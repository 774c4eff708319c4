"""stdout and stderr as a shell may hand them over: closed, full, or a pipe that nobody reads.

While a command runs, these stand in for the process's own, so that commands just print. What a
command prints is :mod:`.main`'s and the commands' own.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import TextIO, cast


class BadInput(Exception):
    """Ends a command with status 2; its text is what stderr says."""


class Output:
    """One of the two.

    A reader who has seen enough (``grep -q``, ``head``) is no error: the command goes on, unheard,
    and keeps its status. Any other failure is bad input on stdout; of one on stderr nobody would
    hear.

    :param stream: ``None`` where it is closed.
    :param name: of stdout, to tell what failed; empty for stderr.
    """

    def __init__(self, stream: TextIO | None, name: str = "") -> None:
        self._stream, self._name = stream, name

    def write(self, text: str) -> int:
        """Write *text*; :raises BadInput: it is stdout, and that cannot be written to."""
        if self._stream is None:
            self._fail("closed")
        else:
            self._try(partial(self._stream.write, text))
        return len(text)

    def flush(self) -> None:
        """As :meth:`write`, of what was written."""
        if self._stream is not None:
            self._try(self._stream.flush)

    def isatty(self) -> bool:
        """Is there a terminal?"""
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except BrokenPipeError:
            self._discard()
        except OSError as error:
            self._discard()
            self._fail(error.strerror or str(error))

    def _fail(self, why: str) -> None:
        if self._name:
            raise BadInput(f"{self._name}: {why}")

    def _discard(self) -> None:
        """Let the rest go nowhere: Python would try it again when it ends, and complain."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, cast(TextIO, self._stream).fileno())
            os.close(nowhere)


@contextlib.contextmanager
def outputs(stdout: TextIO | None, stderr: TextIO | None) -> Iterator[None]:
    """While the block runs, *stdout* and *stderr* are as above, and show any letter."""
    if isinstance(stdout, io.TextIOWrapper):
        # What a terminal of few letters cannot show is spelled out, as stderr does it by itself.
        stdout.reconfigure(errors="backslashreplace")
    out, err = cast(TextIO, Output(stdout, "stdout")), cast(TextIO, Output(stderr))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            yield
        finally:
            err.flush()
