"""What a shell may do with a command: broken pipes, outputs closed or full, SIGINT, few letters.

Status 1 means "refused", so whatever goes wrong here is 2 and one line, or quiet.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.plan.lines import dump, line
from tests.support.interrupted import interruptible

_BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(_BASH is None or os.name != "posix", reason="needs bash")

POLICY = '{"version": 1, "defaults": {"allowed_regions": ["us-*"]}}'
EXPLAIN = f"$ER explain kms --region us-east-1 --policy '{POLICY}'"
REFUSED = f"$ER explain kms --region eu-west-1 --policy '{POLICY}'"
PLAN = "$ER plan $LOG"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log by which something is missing."""
    file = tmp_path / "decisions.jsonl"
    file.write_bytes(dump(line(operation=f"Do{number}") for number in range(300)))
    return file


@pytest.fixture
def environ(log: Path) -> Mapping[str, str]:
    """Of the shell: its output is buffered, as it is by default."""
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**bare, "ER": f"{sys.executable} -m endpoint_router", "LOG": str(log)}


def shell(command: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(_BASH), "-c", f"set -o pipefail; {command}"],
        env=dict(environ), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (f"{EXPLAIN} | grep -q ALLOWED", 0),
        (f"PYTHONUNBUFFERED=1 {EXPLAIN} | true", 0),
        (f"{EXPLAIN} --json | true", 0),
        (f"{REFUSED} | true", 1),
        (f"{PLAN} --json | true", 1),
        (f"{PLAN} --policy - | true", 1),
        ("$ER --help | true", 0),
        ("$ER explain --help | true", 0),
    ],
)
def test_a_reader_who_has_seen_enough_is_no_error(
    command: str, status: int, environ: Mapping[str, str]
) -> None:
    """By pipefail the status is the command's own: what it was asked, it knows."""
    ran = shell(command, environ)
    assert (ran.returncode, ran.stdout, ran.stderr) == (status, "", "")


def test_the_first_line_of_a_plan(environ: Mapping[str, str]) -> None:
    ran = shell(f"{PLAN} | head -1", environ)
    assert (ran.returncode, ran.stdout.count("\n"), ran.stderr) == (1, 1, "")


@pytest.mark.parametrize("command", [EXPLAIN, f"PYTHONUNBUFFERED=1 {REFUSED}", PLAN, "$ER --help"])
@pytest.mark.parametrize(
    ("output", "why"), [(">&-", "closed"), (">/dev/full", "No space left on device")]
)
def test_what_cannot_be_printed_is_bad_input(
    command: str, output: str, why: str, environ: Mapping[str, str]
) -> None:
    if output == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    ran = shell(f"{command} {output}", environ)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"endpoint-router: stdout: {why}\n"


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("$ER explain kmss", "2>&-"),
        ("$ER explain kmss", "2>/dev/full"),
        ("$ER explain --polcy", "2>/dev/full"),
        ("$ER plan /nowhere", ">&- 2>&-"),
    ],
)
def test_without_stderr_the_status_stands(
    command: str, output: str, environ: Mapping[str, str]
) -> None:
    ran = shell(f"{command} {output}", environ)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", "")


def test_stdin_may_be_closed(environ: Mapping[str, str]) -> None:
    for command in ("$ER plan -", "$ER explain kms --policy -"):
        ran = shell(f"{command} <&-", environ)
        assert (ran.returncode, ran.stderr.count("\n")) == (2, 1), ran.stderr


def test_a_program_is_started_without_stdout(environ: Mapping[str, str], tmp_path: Path) -> None:
    ran = shell(f"ENDPOINT_ROUTER_MODE=off $ER run -- touch {tmp_path}/started >&-", environ)
    assert (ran.returncode, ran.stderr, (tmp_path / "started").exists()) == (0, "", True)


def test_a_started_program_ends_by_a_broken_pipe_as_ever(environ: Mapping[str, str]) -> None:
    """Python ignores SIGPIPE, and what is ignored stays so in the program that it becomes."""
    routed = shell("ENDPOINT_ROUTER_MODE=off $ER run -- yes | head -1", environ)
    plain = shell("yes | head -1", environ)
    assert plain.returncode == 128 + signal.SIGPIPE
    assert (routed.returncode, routed.stdout, routed.stderr) == (plain.returncode, "y\n", "")


@pytest.mark.parametrize("command", ["explain", "plan"])
def test_sigint_is_quiet(command: str) -> None:
    """While it waits: for DNS that never answers, or for the rest of a log."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(300)
        servers = [f"127.0.0.1:{silent.getsockname()[1]}"]
        policy = {
            "version": 1,
            "defaults": {"private": "require"},
            "dns": {"servers": servers, "timeout": 60},
        }
        arguments = {
            "explain": ["explain", "kms", "--region", "us-east-1", "--policy", json.dumps(policy)],
            "plan": ["plan", "--services", "-", "/dev/fd/0"],
        }[command]
        with interruptible(
            [sys.executable, "-m", "endpoint_router", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdin
            if command == "explain":
                silent.recv(4096)  # it asks
            else:
                # More than a pipe holds: when all is written, it reads.
                process.stdin.write(b"\n" * (1 << 20))
                process.stdin.flush()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize(
    "more",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
    ids=["C", "ascii"],
)
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ('$ER explain kms --region us-east-1 --policy "$POLICY"', 1),
        ('$ER explain kms --operation "$ODD" --region us-east-1', 2),
        ('$ER explain kms "--$ODD"', 2),
        ('$ER plan "$ODD"', 2),
    ],
)
def test_a_terminal_of_few_letters_is_enough(
    command: str, status: int, more: dict[str, str], environ: Mapping[str, str]
) -> None:
    odd = "caf\u00e9 \u2603 \U0001f600"
    rule = {"services": ["kms"], "allowed_regions": ["eu-*"], "reason": odd}
    policy = {"version": 1, "defaults": {"allowed_regions": ["eu-*"]}, "rules": [rule]}
    # The reason is not in ASCII, whichever the locale of the program is.
    given = {"POLICY": json.dumps(policy), "ODD": odd}
    ran = subprocess.run(
        [str(_BASH), "-c", command],
        env={**environ, **more, **given}, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == status, ran.stderr
    assert b"Traceback" not in ran.stderr
    assert b"caf" in ran.stdout + ran.stderr or b"no UTF-8" in ran.stderr


@pytest.mark.parametrize("command", [EXPLAIN, PLAN, "ENDPOINT_ROUTER_MODE=off $ER run -- true"])
def test_no_warning_of_python(command: str, environ: Mapping[str, str], tmp_path: Path) -> None:
    """Such as of a file that nobody closes."""
    if command is PLAN:
        command += f" --policy {tmp_path}/p.toml --terraform {tmp_path}/e.tf"
    strict = {**environ, "ER": f"{sys.executable} -W error -X dev -m endpoint_router"}
    ran = shell(command, strict)
    assert (ran.returncode, ran.stderr) == (1 if command.startswith(PLAN) else 0, "")
