"""Decision logs that a command is given: opened, read, or refused in one line.

What their lines mean is :mod:`endpoint_router.plan.reading`'s.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import BinaryIO

from ..plan.opening import Damaged, lines_of
from ..plan.reading import Line, LoggedCall, Reading
from .output import BadInput


def read_logs(
    logs: Sequence[str],
    stdin: BinaryIO,
    note: Callable[[Line, LoggedCall], object] | None = None,
) -> Reading:
    """Read *logs*.

    :param logs: paths, each read once; ``-`` is *stdin*. What is packed by gzip is unpacked.
    :param note: is told of each line that is understood.
    :raises BadInput: one cannot be read, or they hold no line of a decision log.
    """
    reading = Reading()
    for log in dict.fromkeys(logs):
        try:
            with contextlib.nullcontext(stdin) if log == "-" else open(log, "rb") as file:
                reading.add(lines_of(file), log, note)
        except OSError as error:
            raise BadInput(f"{log}: {error.strerror or error}") from None
        except Damaged as error:
            raise BadInput(f"{log}: {error}") from None
    if not reading.understood:
        unknown = ", ".join(sorted(reading.versions))
        why = f"only lines of version {unknown}" if unknown else "no line of a decision log"
        raise BadInput(f"{', '.join(logs)}: {why}")
    return reading
