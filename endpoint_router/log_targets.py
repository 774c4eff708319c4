"""Where the lines of a decision log go: a file, stdout or stderr, Python's logging.

A target takes one line at a time and waits for nobody who reads; it raises where a line cannot be
written. What a line says, and how often it is written, is :mod:`endpoint_router.decision_log`.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import select
import stat
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from types import BuiltinFunctionType

from .process import hire, renew_in_children

__all__ = ["Behind", "File", "Standard", "to_logger"]

_decisions = logging.getLogger("endpoint_router.decisions")

#: Not to be hung by a FIFO that nobody reads; without effect on files. Windows has neither.
_FLAGS = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
#: Hosts of an organisation are nobody else's business.
_PERMISSIONS = 0o640
#: Seconds in which a line that fits is through; on a busy machine another such moment may pass.
_MOMENT = 0.05
#: Seconds without a line getting through after which nobody waits any longer: neither who wrote
#: one that fits, nor the end of the process.
_PATIENCE = 1.0


class Behind(Exception):
    """Not written, but counted: whoever reads is too far behind, and is told when he reads again.

    Nobody else is told: what tells might wait for the same reader.
    """


class File:
    """Appends lines to the file at *path*, whichever file that is at the moment."""

    def __init__(self, path: str) -> None:
        self._path = path
        #: The last line was cut off: a full disk.
        self._broken_off = False

    def write(self, line: str) -> None:
        """:raises OSError: when not all of *line* could be written."""
        # One write for each line: O_APPEND keeps those of other threads and processes apart.
        data = f"{line}\n".encode()
        if self._broken_off:
            data = b"\n" + data
        file = os.open(self._path, _FLAGS, _PERMISSIONS)
        try:
            written = os.write(file, data)
        finally:
            os.close(file)
        self._broken_off = written < len(data)
        if self._broken_off:
            raise OSError(f"only {written} of {len(data)} bytes were written")


def to_logger(line: str) -> None:
    """Whether that waits is up to the application's handlers."""
    _decisions.info("%s", line)


class Standard:
    """The process's stdout or stderr, of which a full pipe holds up no call. Fork-safe.

    Its flags are left alone, since other processes share them: a thread waits for the reader in the
    place of whoever has something to say, and lives no longer than there are lines to write.

    :param name: ``stdout`` or ``stderr``, as :mod:`sys` has them.
    :param failed: told what a line came to grief of, when that shows only later; once until a line
        is written.
    :param lost: told how many lines were lost, once there is a reader again.
    :param capacity: how many lines wait at most.
    """

    def __init__(
        self,
        name: str,
        failed: Callable[[Exception], object],
        lost: Callable[[int], object],
        capacity: int = 1024,
    ) -> None:
        self._name, self._failed, self._say, self._capacity = name, failed, lost, capacity
        self.begin_anew()
        renew_in_children(self)
        _waiting.add(self)

    def begin_anew(self) -> None:
        """No line, no thread: at birth, and in a child, whose parent writes what is left."""
        #: Held for no longer than it takes to look; told of each line that is through.
        self._progress = threading.Condition()
        self._lines: deque[tuple[int, bytes]] = deque()
        self._working = False
        #: Lines that were taken, and those that are through or have failed.
        self._taken = self._done = 0
        self._lost = 0
        #: The last line could not be written.
        self._broken = False

    def write(self, line: str) -> None:
        """Write *line*, at once where that is possible.

        :raises OSError: it cannot be written.
        :raises Behind: it is lost.
        """
        stream = getattr(sys, self._name)
        if stream is None:  # pythonw, and daemons that closed it
            raise OSError(f"there is no {self._name}")
        file = _file_of(stream)
        if file is None:  # the application's own
            stream.write(f"{line}\n")
            stream.flush()
            return
        # Past the stream's buffer: what cannot be written would stay there, and fail again when
        # the process ends; and who waits with its lock held hangs others, and the end.
        data = f"{line}\n".encode()
        if not _may_be_full(file):
            _write_all(file, data)
        elif not self._hand_over(file, data):
            self._write_alone(file, data)

    def _hand_over(self, file: int, data: bytes) -> bool:
        """Let the thread write. ``False``: there is none to be had."""
        with self._progress:
            if len(self._lines) >= self._capacity:
                self._lost += 1
                raise Behind
            if not self._working:
                self._working = True
                try:
                    hire(self._work, "endpoint-router-log")
                except RuntimeError:  # the process ends, or has too many
                    self._working = False
                    return False
                except BaseException:  # a signal's
                    self._working = False
                    raise
            self._lines.append((file, data))
            self._taken += 1
            mine = self._taken
        # So that it stands there before what follows it, even if that is the end of the process.
        # Where there is room, only the thread's turn is waited for, and no reader.
        until = time.monotonic() + _PATIENCE
        while _is_writable(file, 0) and time.monotonic() < until:
            with self._progress:
                if self._progress.wait_for(lambda: self._done >= mine, _MOMENT):
                    break
        return True

    def _write_alone(self, file: int, data: bytes) -> None:
        if not _is_writable(file, 0):
            self._lost += 1
            raise Behind
        _write_all(file, data)

    def _work(self) -> None:
        while True:
            with self._progress:
                if not self._lines:
                    self._working = False
                    return
                file, data = self._lines.popleft()
            try:
                _write_all(file, data)
                self._broken = False
                # Said by somebody else, who may write there, too.
                if self._lost and _is_writable(file, 0):
                    count, self._lost = self._lost, 0
                    self._say(count)
            # Broad on purpose: nobody else would hear of it, and the next line may fare better.
            except Exception as error:
                if not self._broken:
                    self._broken = True
                    self._failed(error)
            finally:
                with self._progress:
                    self._done += 1
                    self._progress.notify_all()

    def finish(self) -> None:
        """Wait until all is through, as long as it gets on: at the end of the process."""
        with self._progress:
            while (done := self._done) < self._taken:
                self._progress.wait(_PATIENCE)
                if self._done == done:
                    return  # nobody reads


#: Whose lines may not be through when the process ends.
_waiting: weakref.WeakSet[Standard] = weakref.WeakSet()


@atexit.register
def _finish() -> None:
    for standard in list(_waiting):
        standard.finish()


def _file_of(stream: object) -> int | None:
    """The file behind *stream*; ``None`` where somebody stands before it, or there is none.

    :raises ValueError: it is closed.
    """
    if type(stream) is not io.TextIOWrapper:
        return None
    try:
        return stream.fileno()
    except io.UnsupportedOperation:
        return None


def _may_be_full(file: int) -> bool:
    """Might writing to *file* wait for somebody who reads, or let go a terminal?"""
    mode = os.fstat(file).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(file)


def _is_writable(file: int, seconds: float | None) -> bool:
    """Is there room in *file*, perhaps after so many seconds? If in doubt, yes."""
    try:
        return bool(select.select((), (file,), (), seconds)[1])
    except (OSError, ValueError):  # closed, or Windows: the write will tell, or wait
        return True


def _write_all(file: int, data: bytes) -> None:
    """:raises OSError: when not all of *data* could be written."""
    rest = memoryview(data)
    while rest:
        _is_writable(file, None)
        # In one piece, lest another process's lines come in between. But where gevent or eventlet
        # stand for ``select``, the thread is none, and a write that waits would stop them all.
        alone = isinstance(select.select, BuiltinFunctionType)
        piece = rest if alone else rest[: getattr(select, "PIPE_BUF", 512)]
        try:
            rest = rest[os.write(file, piece) :]
        except BlockingIOError:  # another process has changed the flags
            time.sleep(0.01)
