"""``endpoint-router run``: in processes of their own, against a real network of their own.

In a namespace the lab has the real addresses and ports, so the programs are unchanged ones.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from endpoint_router.cli.run import run as start
from tests.support.lab_client import KMS
from tests.support.namespace import needs_namespaces
from tests.support.programs import TO_FIPS, app, run, run_beneath

__all__ = ["app", "needs_namespaces"]

PARENT = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, sys.argv[1]]))"


def test_without_activation_the_program_is_plain(app: Path) -> None:
    """Otherwise the tests below could not fail."""
    assert run([app], ENDPOINT_ROUTER_FIPS="require").seen == [("ListKeys", KMS)] * 2


def test_run_a_command(app: Path) -> None:
    command = ["-m", "endpoint_router", "run", "--", sys.executable, app]
    ran = run(command, ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.out, ran.seen) == (0, "lab\nlab\n", TO_FIPS), ran.err


def test_run_a_python_file(app: Path) -> None:
    ran = run(["-m", "endpoint_router", "run", app], ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_child_processes_are_covered(app: Path) -> None:
    command = ["-m", "endpoint_router", "run", "--", sys.executable, "-c", PARENT, app]
    ran = run(command, ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_a_policy_file(app: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = 1\ndns.timeout = 60\n[defaults]\nprivate = "require"\n')
    ran = run(["-m", "endpoint_router", "run", app], ENDPOINT_ROUTER_POLICY=str(policy))
    assert ran.out.count("private.public_address") == 2, ran.err
    assert ran.seen == []


def test_the_programs_own_status_and_arguments(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("import sys; print(sys.argv[1:]); sys.exit(7)")
    command = ["-m", "endpoint_router", "run", "--", sys.executable, file, "--", "-x"]
    ran = run(command, ENDPOINT_ROUTER_MODE="off")
    assert (ran.status, ran.out) == (7, "['--', '-x']\n")


@pytest.mark.parametrize("how", ["file", "command"])
def test_a_broken_policy_starts_nothing(tmp_path: Path, how: str) -> None:
    trace = tmp_path / "started"
    file = tmp_path / "app.py"
    file.write_text(f"open({str(trace)!r}, 'w').close()")
    program = [file] if how == "file" else ["--", sys.executable, file]
    ran = run(["-m", "endpoint_router", "run", *program], ENDPOINT_ROUTER_FISP="require")
    assert ran.status == 2
    assert "ENDPOINT_ROUTER_FIPS" in ran.err
    assert not trace.exists()


# --- no policy


def test_without_a_policy_nothing_is_started(app: Path) -> None:
    ran = run(["-m", "endpoint_router", "run", app], ENDPOINTROUTER="x")
    assert (ran.status, ran.seen) == (2, [])
    assert len(ran.err.splitlines()) == 1
    assert "ENDPOINT_ROUTER_POLICY" in ran.err


def test_a_profile_that_names_a_policy_is_one(app: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = 1\n[defaults]\nfips = "require"\n')
    config = tmp_path / "config"
    config.write_text(f"[default]\nendpoint_router_policy = {policy}\n")
    ran = run(["-m", "endpoint_router", "run", app], AWS_CONFIG_FILE=str(config))
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


@pytest.mark.parametrize("where", ["variable", "profile"])
def test_botocores_own_setting_for_fips_is_a_demand(app: Path, tmp_path: Path, where: str) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nuse_fips_endpoint = true\n")
    environ = {"AWS_USE_FIPS_ENDPOINT": "true"}
    if where == "profile":
        environ = {"AWS_CONFIG_FILE": str(config)}
    ran = run(["-m", "endpoint_router", "run", app], **environ)
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


@pytest.mark.parametrize("line", ["# endpoint_router_policy = x", "endpoint_router_policy ="])
def test_a_profile_that_names_none_is_none(app: Path, tmp_path: Path, line: str) -> None:
    config = tmp_path / "config"
    config.write_text(f"[default]\n{line}\n")
    ran = run(["-m", "endpoint_router", "run", app], AWS_CONFIG_FILE=str(config))
    assert (ran.status, ran.seen) == (2, [])


# --- the machine's own policy

OF_THE_MACHINE = 'version = 1\n[defaults]\nfips = "require"\n'


def test_the_machines_own_policy_is_one(
    app: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scratch = tmp_path_factory.mktemp("etc")
    ran = run_beneath(OF_THE_MACHINE, scratch, ["-m", "endpoint_router", "run", app])
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_a_broken_one_starts_nothing(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    scratch = tmp_path_factory.mktemp("etc")
    command = ["-m", "endpoint_router", "run", app]
    ran = run_beneath("version = 1\nmode =", scratch, command, ENDPOINT_ROUTER_FIPS="require")
    assert (ran.status, ran.seen) == (2, [])
    assert "/etc/endpoint-router/policy.toml" in ran.err


# --- on Windows, where no program becomes another one


def test_on_windows_the_exit_status_is_the_programs(tmp_path: Path) -> None:
    environ = {**os.environ, "ENDPOINT_ROUTER_FIPS": "require", "OUT": str(tmp_path / "out")}
    code = (
        "import os, sys; open(os.environ['OUT'], 'w').write(os.environ['PYTHONPATH']); sys.exit(7)"
    )
    before = signal.getsignal(signal.SIGINT)
    assert start(["--", sys.executable, "-c", code], environ, "win32") == 7
    assert (tmp_path / "out").read_text().split(os.pathsep)[0].endswith("site")
    assert signal.getsignal(signal.SIGINT) is before


def test_on_windows_an_interrupt_is_for_the_program(tmp_path: Path) -> None:
    """As from a terminal, it comes to all processes; the program alone decides what it means."""
    program = tmp_path / "program.py"
    program.write_text(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(9))\n"
        "print('ready', flush=True)\n"
        "time.sleep(300)\n"
    )
    code = (
        "import os, sys\nfrom endpoint_router.cli.run import run\n"
        f"sys.exit(run([{str(program)!r}], os.environ, 'win32'))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "ENDPOINT_ROUTER_MODE": "off"},
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"ready\n"
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.wait(timeout=300) == 9


# --- what cannot be started


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (b"echo hi\n", 0o755, 'Exec format error. A script begins with the line "#!/bin/sh"'),
        (b"#!/no/such/interpreter\n", 0o755, "the interpreter that its first line names"),
        (b"#!/bin/sh\n", 0o644, "is not executable (chmod +x)"),
        (None, 0o755, "is a directory"),
    ],
    ids=["no format", "no interpreter", "no permission", "a directory"],
)
def test_a_program_that_cannot_be_started(
    content: bytes | None, mode: int, said: str, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    if content is None:
        program.mkdir()
    else:
        program.write_bytes(content)
    program.chmod(mode)
    command = [sys.executable, "-m", "endpoint_router", "run", "--", str(program)]
    done = subprocess.run(
        command,
        env={**os.environ, "ENDPOINT_ROUTER_MODE": "off"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(f"endpoint-router run: {program}")
    assert said in done.stderr
