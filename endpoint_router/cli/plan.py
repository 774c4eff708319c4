"""``endpoint-router plan``: opens logs, prints, writes the two files, tells the exit status.

0: nothing is missing. 1: something is. 2: bad input, or a file is in the way; nothing was written.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from ..plan import findings, policy, report, terraform
from ..plan.available import Available, available
from ..plan.reading import Reading, split
from ..printable import printable


class _BadInput(Exception):
    """Ends the command with status 2."""


def plan(
    logs: Sequence[str],
    *,
    policy_file: str | None = None,
    terraform_file: str | None = None,
    services: str | None = None,
    force: bool = False,
    as_json: bool = False,
    stdin: BinaryIO | None = None,
    today: datetime.date | None = None,
) -> int:
    """Read *logs*, print the plan and write it.

    :param logs: paths; ``-`` is *stdin*.
    :param services: path of the JSON of ``aws ec2 describe-vpc-endpoint-services``.
    :param force: write over files that exist.
    :param stdin: the process's own unless told.
    :param today: the day in UTC, from which a waiver's days are counted; by default, now.
    """
    today = today or datetime.datetime.now(datetime.timezone.utc).date()
    try:
        reading = _read(logs, stdin or sys.stdin.buffer)
        made = findings.plan(reading, _available(services), today)
        texts = ((policy_file, policy.as_toml(made)), (terraform_file, terraform.as_hcl(made)))
        files = {Path(name): text for name, text in texts if name and text}
        if policy_file and terraform_file and Path(policy_file) == Path(terraform_file):
            raise _BadInput(f"--policy and --terraform are one file, {policy_file}")
        _write(files, terraform_file, force=force)
    except _BadInput as bad:
        print(f"endpoint-router: {printable(str(bad))}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps(report.as_data(reading, made, today), indent=2))
    else:
        print(report.as_text(reading, made, today))
        for path in files:
            print(f"Written: {printable(str(path))}")
        if terraform_file and not made.endpoints:
            print(f"Not written: {printable(terraform_file)}, because no endpoint is missing")
    return 0 if made.complete else 1


def _read(logs: Sequence[str], stdin: BinaryIO) -> Reading:
    reading = Reading()
    for log in logs:
        try:
            with contextlib.nullcontext(stdin) if log == "-" else open(log, "rb") as file:
                reading.add(split(file), log)
        except OSError as error:
            raise _BadInput(f"{log}: {error.strerror or error}") from None
    if not reading.understood:
        unknown = ", ".join(sorted(reading.versions))
        why = f"only lines of version {unknown}" if unknown else "no line of a decision log"
        raise _BadInput(f"{', '.join(logs)}: {why}")
    return reading


def _available(services: str | None) -> Available | None:
    if services is None:
        return None
    try:
        return available(Path(services).read_bytes())
    except OSError as error:
        raise _BadInput(f"{services}: {error.strerror or error}") from None
    except ValueError as error:
        raise _BadInput(f"{services}: {error}") from None


def _write(files: Mapping[Path, str], terraform_file: str | None, *, force: bool) -> None:
    try:
        write(files, force=force)
    except FileExistsError as error:
        why = f"{error.filename} exists; --force replaces it."
        if terraform_file and error.filename == str(Path(terraform_file)):
            why += (
                " Terraform would then destroy the endpoints of an earlier plan, which are not "
                "missing any more: give each plan a directory of its own."
            )
        raise _BadInput(why) from None
    except OSError as error:
        raise _BadInput(f"{error.filename}: {error.strerror or error}") from None


def write(files: Mapping[Path, str], *, force: bool = False) -> None:
    """Write every file, each at once or not at all.

    :raises FileExistsError: one of them is there and not *force*; then none is written.
    :raises OSError: a directory is missing or cannot be written to.
    """
    for path in files:
        if not force and os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    for path, text in files.items():
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(beside, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.replace(beside, path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise
