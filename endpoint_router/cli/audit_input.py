"""What was given to ``endpoint-router audit``: options and files, and what is wrong with them.

Judges nothing, and reads no records.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from ..audit.foreign import as_utf8
from ..audit.sources import Period, Unreadable, is_elsewhere, text_of
from ..audit.teams import NO_TEAMS, Teams
from ..audit.teams import decode as teams_in
from ..discover.described import Endpoint, decode
from ..policy.quoting import quote
from ..printable import printable
from .output import BadInput

if TYPE_CHECKING:
    from ..audit.logged import Logged

#: What goes only with some of the ways to judge what a query counted.
_GOES_WITH = {
    "table": ("athena", "sql", "ddl"),
    "account": ("athena", "sql", "ddl"),
    "region": ("athena", "sql", "ddl"),
    "output": ("athena",),
    "location": ("ddl",),
}


def check(options: argparse.Namespace) -> None:
    """Either files are judged, or what a query counted.

    :raises BadInput: options that do not go together.
    """
    ways = ("athena", "results", "sql", "ddl")
    way = next((name for name in ways if getattr(options, name)), None)
    if way and options.sources:
        raise BadInput(f"--{way} reads no files: {quote(options.sources[0])} does not go with it")
    if way and (options.digests or options.public_keys):
        raise BadInput(f"--digests verifies files, and --{way} reads none")
    for name, with_these in _GOES_WITH.items():
        if getattr(options, name) and way not in with_these:
            others = " or ".join(f"--{each}" for each in with_these)
            raise BadInput(f"--{name} goes with {others}")
    if not way and not options.sources and options.decisions:
        raise BadInput("which files? What follows --decisions is taken for logs: put SOURCE first")
    if not way and not options.sources:
        raise BadInput(
            "which files? A directory of CloudTrail's, s3://bucket/prefix, or --athena WORKGROUP "
            "--table T"
        )
    for source in options.sources:
        if source != "-" and not is_elsewhere(source) and not os.path.lexists(source):
            wanted = "a directory, a file, - for standard input, or s3://bucket/prefix"
            raise BadInput(f"{printable(source)}: there is no such file; expected {wanted}")


class AtRest(Struct, frozen=True):
    """Sources that can be read more than once."""

    sources: tuple[str, ...]
    #: What files are called that were not given as such, by their paths.
    names: Mapping[str, str]

    def named(self, bad: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """*bad* files as they were given."""
        return tuple((self.names.get(path, path), why) for path, why in bad)


@contextlib.contextmanager
def at_rest(sources: Sequence[str], stdin: BinaryIO | None = None) -> Iterator[AtRest]:
    """Standard input (``-``) and pipes as files, for as long as the block runs.

    :param stdin: the process's unless given.
    :raises BadInput: one cannot be read, or there is no room for it.
    """
    with contextlib.ExitStack() as stack:
        folder = ""
        paths: list[str] = []
        names: dict[str, str] = {}
        for source in dict.fromkeys(sources):
            if source != "-" and not _flows(source):
                paths.append(source)
                continue
            folder = folder or stack.enter_context(tempfile.TemporaryDirectory())
            path = os.path.join(folder, str(len(names)))
            try:
                with open(path, "wb") as kept, _opened(source, stdin) as given:
                    shutil.copyfileobj(given, kept)
            except OSError as error:
                raise BadInput(f"{printable(source)}: {error.strerror or error}") from None
            names[path] = "standard input" if source == "-" else source
            paths.append(path)
        yield AtRest(tuple(paths), names)


def _flows(source: str) -> bool:
    """Is it a pipe, as a shell gives for ``<(command)``?"""
    try:
        return not is_elsewhere(source) and stat.S_ISFIFO(os.stat(source).st_mode)
    except OSError:
        return False


def _opened(source: str, stdin: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    if source != "-":
        return open(source, "rb")
    return contextlib.nullcontext(stdin or (sys.stdin.buffer if sys.stdin else io.BytesIO()))


def period_of(first: str | None, last: str | None) -> Period:
    """The days from ``--from`` to ``--to``.

    :raises BadInput: they are no days, or in the wrong order.
    """
    period = Period(_day("--from", first), _day("--to", last))
    if period.first and period.last and period.first > period.last:
        raise BadInput(f"--from: {period.first} is after --to, {period.last}")
    return period


def _day(option: str, text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadInput(f"{option}: found {quote(text)}, expected a day, as 2026-10-01") from None


def share_of(text: str | None) -> float:
    """How much evidence is wanted, from 0 to 1; 0 where nobody wants any.

    :raises BadInput: it is no share.
    """
    if text is None:
        return 0.0
    percent = text.endswith("%")
    try:
        share = float(text.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        found = f"--require-evidence: found {quote(text)}"
        raise BadInput(f"{found}, expected a share, as 0.9 or 90%")
    return share


def logs_of(logs: Sequence[str]) -> Logged | None:
    """What decision logs say; ``None`` where none was named.

    :raises BadInput: one cannot be read.
    """
    if not logs:
        return None
    from ..audit.logged import Logged
    from .logs import read_logs

    logged = Logged(len(set(logs)))
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    logged.reading = read_logs(logs, stdin, logged.note)
    return logged


def endpoints_of(paths: Sequence[str]) -> list[Endpoint]:
    """All that EC2 described in these files.

    :raises BadInput: one is no such file.
    """
    return [endpoint for path in paths for endpoint in _described(path)]


def _described(path: str) -> tuple[Endpoint, ...]:
    try:
        described = decode(as_utf8(text_of(path)))
    except (Unreadable, ValueError) as error:
        wanted = "what aws ec2 describe-vpc-endpoints prints as JSON"
        raise BadInput(f"--endpoints: {path}: {error}; expected {wanted}") from None
    return described.VpcEndpoints or ()


def teams_of(path: str | None) -> Teams:
    """Who belongs to which team.

    :raises BadInput: the file does not say it.
    """
    if path is None:
        return NO_TEAMS
    try:
        return teams_in(text_of(path))
    except (Unreadable, ValueError) as error:
        raise BadInput(f"--teams: {path}: {error}") from None
