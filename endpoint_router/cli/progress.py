"""How far a command has come, on stderr: a bar by rich where that is installed, else a line now and
then; nothing at all where stderr is no terminal. What is done meanwhile is the command's own.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

__all__ = ["progress"]

#: Seconds between two plain lines; what takes less says nothing.
_BETWEEN = 2.0


@contextlib.contextmanager
def progress(
    what: str,
    total: int | None,
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callable[[], None]]:
    """Yield what is called whenever one of *total* things is done, from any thread.

    :param what: is done, as in ``400 hosts``: "hosts".
    :param total: ``None`` where nobody knows it.
    :param stream: the process's stderr unless told.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield lambda: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "rich":
            raise
        yield _lines(what, total, stream, clock)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(file=stream),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _lines(
    what: str, total: int | None, stream: TextIO, clock: Callable[[], float]
) -> Callable[[], None]:
    of = "" if total is None else f" of {total}"
    done, told, lock = 0, clock(), threading.Lock()

    def advance() -> None:
        nonlocal done, told
        with lock:
            done += 1
            if clock() - told >= _BETWEEN:
                told = clock()
                print(f"{done}{of} {what}", file=stream)

    return advance
