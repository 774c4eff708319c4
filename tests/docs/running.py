"""A page's examples, run in order in a network of their own: real DNS on port 53, TLS on 443.

Each page has a directory, an environment and names of its own, which its blocks share. A policy
that a page shows is ``policy.toml`` from there on; before that it is the README's. Commands of ours
are run in this process, as their ``main``; whatever else a block has is for bash. Nothing here
knows what any page says.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3

import endpoint_router
from endpoint_router.cli import main as command_line
from endpoint_router.lab import Absent, Addresses
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.network import Lab
from tests.plan import lines
from tests.support import namespace

from .blocks import PAGES, Block, blocks

PUBLIC, PRIVATE = "52.94.0.10", "10.20.1.10"
#: Whoever calls in an example, calls these.
CALLED = ("kms.us-east-1.amazonaws.com", "kms-fips.us-east-1.amazonaws.com")
#: What an example may find in its directory.
FILES = {
    "app.py": "import boto3\nprint(boto3.client('kms', 'us-east-1').list_keys()['Keys'])\n",
    "package/module.py": "print('as a module')\n",
    "test_app.py": "def test_app():\n    pass\n",
}
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "lab",
    "AWS_SECRET_ACCESS_KEY": "lab",
    "AWS_EC2_METADATA_DISABLED": "true",
    "COLUMNS": "80",
    # No answer comes late because the machine is busy.
    "ENDPOINT_ROUTER_DNS_TIMEOUT": "60",
    "NO_COLOR": "1",
}


class Ran(NamedTuple):
    """A block that was run."""

    block: Block
    #: What its commands printed, each.
    printed: tuple[str, ...]
    #: Why it did not do what it should have; empty when it did.
    problem: str


def run(pages: list[Path], directory: Path, timeout: float = 1800.0) -> list[Ran]:
    """Run the examples of *pages*, each page below *directory*."""
    return namespace.run_isolated(
        _run, pages, directory, addresses=(*namespace.ADDRESSES, PRIVATE), timeout=timeout
    )


def _run(pages: list[Path], directory: Path) -> list[Ran]:
    zone = HostedZone(
        {
            "*.vpce.amazonaws.com": Addresses((PRIVATE,), 60),
            "s3-fips.ap-southeast-1.amazonaws.com": Absent(),
        },
        unknown=Addresses((PUBLIC,), 60),
    )
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), zone=zone) as lab:
        for host in CALLED:
            lab.host(host, PUBLIC)
        os.environ |= _ENVIRONMENT | {"AWS_CA_BUNDLE": lab.ca_bundle}
        # As in an activated environment.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return [ran for page in pages for ran in _run_page(page, directory / page.stem)]


def _run_page(page: Path, directory: Path) -> Iterator[Ran]:
    for name, text in FILES.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (directory / "decisions.jsonl").write_bytes(_decisions())
    policy = next(block.text for block in blocks(PAGES[0]) if block.language == "toml")
    for name in ("policy.toml", "old.toml"):
        (directory / name).write_text(policy, encoding="utf-8")
    environment, names = dict(os.environ), dict[str, Any]()
    os.environ["HOME"] = str(directory)
    os.chdir(directory)
    for block in blocks(page):
        if block.language == "toml" and block.mark != "not a policy":
            (directory / "policy.toml").write_text(block.text, encoding="utf-8")
        elif block.runs_here:
            yield _run_block(block, names)
            endpoint_router.uninstall()
            boto3.DEFAULT_SESSION = None
    os.environ.clear()
    os.environ.update(environment)


def _decisions() -> bytes:
    """A decision log: one call is refused for want of an endpoint, one for want of a FIPS host."""
    return lines.dump((lines.line("kms"), lines.no_fips("chime")))


def _run_block(block: Block, names: dict[str, Any]) -> Ran:
    printed: list[str] = []
    problems: list[str] = []
    for command, shown in block.commands:
        output = io.BytesIO()
        text = io.TextIOWrapper(output, encoding="utf-8", write_through=True)
        try:
            with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
                if block.language == "python":
                    _python(block, names)
                else:
                    _shell(command)
        except (Exception, SystemExit):  # whatever an example may do wrong
            problems.append(f"{block}: {traceback.format_exc()}{output.getvalue().decode()}")
        printed.append(output.getvalue().decode())
        if (shown or block.language == "console") and not _is_shown(shown, printed[-1]):
            problems.append(f"{block}: {command} prints something else:\n{printed[-1]}")
    return Ran(block, tuple(printed), "\n".join(problems))


def _is_shown(shown: str, printed: str) -> bool:
    """Is it what is *shown*, in which ``...`` stands for anything?"""
    parts = "".join(f"{line.rstrip()}\n" for line in shown.splitlines()).split("...")
    got = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(".*?".join(map(re.escape, parts)), got, re.DOTALL) is not None


def _python(block: Block, names: dict[str, Any]) -> None:
    before = set(names)
    exec(compile(block.text, str(block), "exec"), names)
    for name in set(names) - before:
        if name.startswith("test_"):
            names[name]()


def _shell(text: str) -> None:
    joined = re.sub(r"\\\n\s*", "", text).splitlines()
    try:
        commands = [shlex.split(line, comments=True) for line in joined]
    except ValueError:  # quotes around several lines
        return _bash(text)
    if all(_is_ours(words) for words in commands):
        for words in filter(None, commands):
            _ours(words)
    else:
        _bash(text)


def _is_ours(words: list[str]) -> bool:
    """Is there no need for a shell?"""
    # What becomes another program cannot be tried in this one.
    into = "--" in words or words[1:2] in (["run"], ["demo"])
    plain = not any(set(word) & set("|<>&;$`*") for word in words)
    return not words or (
        plain and words[0] in ("export", "unset", "mkdir", "endpoint-router") and not into
    )


def _ours(words: list[str]) -> None:
    match words:
        case ["export", *settings]:
            os.environ |= dict(setting.split("=", 1) for setting in settings)
        case ["unset", *names]:
            for name in names:
                os.environ.pop(name, None)
        case ["mkdir", name]:
            Path(name).mkdir()
        case [_, *arguments]:
            # 1 is an answer, too: refused, missing. 2 is an example that is wrong.
            status = command_line.main(arguments)
            if status not in (0, 1):
                raise ValueError(f"{shlex.join(words)}: status {status}")


#: For bash, too, 1 is an answer; of a program that is run it is not.
_AN_ANSWER = """\
endpoint-router() {
    local status=0
    command endpoint-router "$@" || status=$?
    [[ $status == 1 && $1 != run ]] || return $status
}
"""


def _bash(text: str) -> None:
    """Run it; what it exports stays for the blocks below."""
    state = Path("environment")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{_AN_ANSWER}{text}\nenv -0 > {state}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
    )  # fmt: skip
    sys.stdout.write(done.stdout.decode())
    if done.returncode:
        raise ValueError(f"bash: status {done.returncode}")
    pairs = state.read_bytes().rstrip(b"\0").split(b"\0")
    os.environ |= dict(os.fsdecode(pair).split("=", 1) for pair in pairs)
