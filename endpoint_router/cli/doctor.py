"""``endpoint-router doctor``: has the checks made, here or in a program's own interpreter; prints.

0: green or amber. 1: red. 2: bad input, told in a line. What is checked is
:mod:`endpoint_router.doctor`'s.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from itertools import groupby

import msgspec
from msgspec import Struct

from ..doctor.finding import GROUPS, Colour, Finding, worst
from ..printable import printable
from .interpreter import started_by
from .output import BadInput
from .reach import doubt_about
from .screen import Screen

__all__ = ["doctor"]

#: As much of a digest as tells one from another; JSON has it whole.
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]+")
_VERDICT: Mapping[Colour, str] = {
    "green": "protected, as far as can be seen",
    "amber": "see what is amber; nothing is red",
    "red": "not protected",
}


class _Told(Struct, frozen=True):
    """What :mod:`.inside` tells."""

    python: str
    findings: tuple[Finding, ...] = ()
    #: What could not be imported, and why.
    missing: str = ""
    why: str = ""


def doctor(
    program: Sequence[str] = (),
    *,
    as_json: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Print what is green, amber and red; tell the exit status.

    :param program: the command in whose interpreter to look; none for this one.
    :raises BadInput: no Python can be seen in *program*, or it does not start.
    """
    command = list(program[1:] if program[:1] == ["--"] else program)
    python, findings = sys.executable, None
    if command:
        python, findings = _inside(command, environ)
    else:
        # In another Python there is its own. Under the hook of `run` a broken policy is told as
        # soon as that is imported; a check tells it, too.
        with contextlib.redirect_stderr(io.StringIO()):
            from ..doctor.checkup import check_up

        findings = check_up(environ, frozen_cli=_frozen_cli(environ))
    colour = worst(finding.colour for finding in findings)
    if as_json:
        answer = {"version": 1, "outcome": colour, "python": python, "program": command}
        listed = msgspec.to_builtins(findings)
        print(json.dumps({**answer, "findings": listed}, indent=2))
    else:
        print("\n".join(_lines(findings, Screen.of(), python, command)))
    return int(colour == "red")


def _frozen_cli(environ: Mapping[str, str]) -> str:
    """The AWS CLI that a shell would find, where nothing can be built into it."""
    found = shutil.which("aws", path=environ.get("PATH"))
    doubt = doubt_about([found], found, environ) if found else None
    return found or "" if doubt and doubt.certain else ""


# --- another interpreter


def _inside(command: list[str], environ: Mapping[str, str]) -> tuple[str, tuple[Finding, ...]]:
    """The Python of *command*, and what was found in it."""
    started = started_by(command, environ)
    asked = {
        "marker": secrets.token_hex(8),
        "first_on_path": started.first_on_path,
        "program": command,
        "mains": started.mains,
        "frozen_cli": _frozen_cli(environ),
    }
    text = resources.files(__package__ or "").joinpath("inside.py").read_text(encoding="utf-8")
    words = [*started.python, "-c", text, json.dumps(asked)]
    told = _told(words, str(asked["marker"]), {**environ, **started.variables})
    if not told.missing:
        return told.python, told.findings
    return told.python, (_missing(told),)


def _told(words: Sequence[str], marker: str, environ: Mapping[str, str]) -> _Told:
    shown = printable(words[0])
    try:
        done = subprocess.run(
            words,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BadInput(f"{shown}: {error.strerror or error}") from None
    line = next((each for each in done.stdout.splitlines() if each.startswith(marker)), "")
    try:
        return msgspec.json.decode(line.removeprefix(marker), type=_Told)
    except msgspec.DecodeError:
        last = next(reversed(done.stderr.strip().splitlines()), "it said nothing")
        raise BadInput(f"{shown} ended with status {done.returncode}: {last.strip()}") from None


def _missing(told: _Told) -> Finding:
    python = shlex.quote(told.python or "python")
    if told.missing == "botocore" and re.search(r"No module named '?botocore'?$", told.why):
        return Finding(
            "activation.importable",
            "red",
            f"{told.python} has no botocore, so there is nothing to look at",
            "Look whether this is the Python that you mean.",
            (told.why,),
        )
    return Finding(
        "activation.importable",
        "red",
        f"{told.python} cannot import {told.missing}",
        f"{python} -m pip install endpoint-router, with Python 3.10 or newer.",
        (told.why,),
    )


# --- as a person reads it


def _lines(
    findings: Sequence[Finding], screen: Screen, python: str, command: Sequence[str]
) -> Iterator[str]:
    place = f"{shlex.join(command)}, in " if command else ""
    yield screen.wrapped(printable(f"{place}{python}"))
    for group, members in groupby(findings, lambda finding: finding.group):
        yield ""
        yield screen.paint(GROUPS.get(group, group), "bold")
        for finding in members:
            yield from _shown(finding, screen)
    yield ""
    yield from _verdict(findings, screen)


def _name(finding: Finding) -> str:
    return finding.id.partition(".")[2].replace("_", " ")


def _shown(finding: Finding, screen: Screen) -> Iterator[str]:
    indent = " " * 9
    head = f"  {finding.colour:<5}  {_name(finding)}: "
    lines = screen.wrapped(printable(finding.seen), indent, head)
    yield lines.replace(finding.colour, screen.paint(finding.colour, finding.colour), 1)
    for detail in finding.details:
        shorter = _DIGEST.sub(r"\1...", printable(detail))
        yield screen.wrapped(shorter, f"{indent}  ", f"{indent}- ")
    if finding.way_out:
        yield screen.wrapped(printable(finding.way_out), f"{indent}   ", f"{indent}-> ")


def _verdict(findings: Sequence[Finding], screen: Screen) -> Iterator[str]:
    colour = worst(finding.colour for finding in findings)
    count = Counter(finding.colour for finding in findings)
    told = ", ".join(f"{count[each]} {each}" for each in ("red", "amber", "green") if count[each])
    lines = screen.wrapped(f"{colour.upper()}: {_VERDICT[colour]} ({told})")
    yield lines.replace(colour.upper(), screen.paint(colour.upper(), colour), 1)
    for finding in findings:
        if finding.colour == "red":
            yield screen.wrapped(f"{finding.id}: {printable(finding.seen)}", "    ", "  ")
