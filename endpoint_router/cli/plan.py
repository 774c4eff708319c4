"""``endpoint-router plan``: opens logs, prints, writes the files, tells the exit status.

0: nothing is missing. 1: something is. 2: bad input, or a file is in the way; nothing was written.
"""

from __future__ import annotations

import datetime
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from ..plan import data, findings, policy, report, terraform
from ..plan.available import Available, available
from ..plan.reading import Reading
from ..plan.values import Plan
from ..printable import printable
from .checking import check_written
from .files import write
from .logs import read_logs
from .output import BadInput


def plan(
    logs: Sequence[str],
    *,
    policy_file: str | None = None,
    terraform_file: str | None = None,
    html_file: str | None = None,
    services: str | None = None,
    force: bool = False,
    as_json: bool = False,
    stdin: BinaryIO | None = None,
    today: datetime.date | None = None,
) -> int:
    """Read *logs*, print the plan and write it.

    :param logs: paths; ``-`` is *stdin*. What is packed by gzip is unpacked.
    :param policy_file: path to write the policy to; ``-`` prints it in the report's place.
    :param terraform_file: the same of Terraform.
    :param html_file: the same of the plan as a page.
    :param services: path of the JSON of ``aws ec2 describe-vpc-endpoint-services``; ``-`` is
        *stdin*.
    :param force: write over files that exist.
    :param stdin: the process's own unless told.
    :param today: the day in UTC, from which a waiver's days are counted; by default, now.
    :raises BadInput: what stands above for 2.
    """
    today = today or datetime.datetime.now(datetime.timezone.utc).date()
    named = {"--policy": policy_file, "--terraform": terraform_file, "--html": html_file}
    _check_dashes([*logs, services], named, as_json)
    source = stdin or (sys.stdin.buffer if sys.stdin else io.BytesIO())
    reading = read_logs(logs, source)
    made = findings.plan(reading, _available(services, source), today)
    texts = {policy_file: policy.as_toml(made), terraform_file: terraform.as_hcl(made)}
    if policy_file:
        check_written(texts[policy_file], "the policy for these logs")
    if html_file:
        texts[html_file] = _page(reading, made, today)
    _write(
        {Path(name): text for name, text in texts.items() if name and name != "-" and text},
        terraform_file,
        force=force,
    )
    if as_json:
        print(json.dumps(data.as_data(reading, made, today), indent=2))
    elif "-" in texts:
        print(texts["-"], end="")
    else:
        print(report.as_text(reading, made, today))
        for name, text in texts.items():
            if name:
                why = "" if text else ", because no endpoint is missing"
                print(f"{'Written' if text else 'Not written'}: {printable(name)}{why}")
    return 0 if made.complete else 1


def _page(reading: Reading, made: Plan, today: datetime.date) -> str:
    from ..plan.page import as_html  # for few

    return as_html(reading, made, today)


def _check_dashes(
    inputs: Sequence[str | None], named: Mapping[str, str | None], as_json: bool
) -> None:
    """stdin is read once, and stdout is one text. A blank name was meant to be another."""
    files = list(named.values())
    if "" in (*inputs, *files):
        raise BadInput("found nothing, expected the name of a file: an argument is empty")
    if inputs.count("-") > 1:
        raise BadInput("only one of LOG and --services can be -, which is stdin")
    options: dict[Path, str] = {}
    for option, name in named.items():
        if name and (other := options.setdefault(Path(name), option)) != option:
            raise BadInput(f"{other} and {option} are one file, {name}")
    if as_json and "-" in files:
        raise BadInput("--json and a file that is - are both stdout")


def _available(services: str | None, stdin: BinaryIO) -> Available | None:
    if services is None:
        return None
    try:
        return available(stdin.read() if services == "-" else Path(services).read_bytes())
    except OSError as error:
        raise BadInput(f"--services {services}: {error.strerror or error}") from None
    except ValueError as error:
        raise BadInput(f"--services {services}: {error}") from None


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
        raise BadInput(why) from None
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror or error}") from None
