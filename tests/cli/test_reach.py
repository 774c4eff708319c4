"""``endpoint-router run`` says beforehand where routing does not come to what it starts."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from endpoint_router.cli.reach import Doubt, doubt_about
from tests.support.namespace import needs_namespaces
from tests.support.programs import Ran, app, run

__all__ = ["app", "needs_namespaces"]

FROZEN = b"\x7fELF" + bytes(64) + b"botocore.session" + bytes(64) + b"MEI\014\013\012\013\016"
ROUTER = b"endpoint_router.sdk.plugin"


def doubt(tmp_path: Path, *words: str) -> Doubt | None:
    """Of a command whose programs are in *tmp_path*, or where they are anyhow."""
    environ = {"PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]])}
    file = shutil.which(words[0], path=environ["PATH"])
    assert file is not None
    return doubt_about(words, file, environ)


def binary(tmp_path: Path, content: bytes, name: str = "program") -> str:
    file = tmp_path / name
    file.write_bytes(content)
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    "words",
    [
        "python app.py -I",
        "python -c -I",
        "python -m -E",
        "python -X importtime -W error -bb app.py",
        "python -Xdev -sum module -S",
        "python --check-hash-based-pycs always app.py",
        "env A=1 -u B python app.py",
        "sh -c true",
        "timeout 3 python -I app.py",
    ],
)
def test_nothing_is_said_of_a_python_and_of_what_may_start_one(tmp_path: Path, words: str) -> None:
    binary(tmp_path, b"\x7fELF", "python")
    assert doubt(tmp_path, *words.split()) is None


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("python -I app.py", "-I"),
        ("python3.12 -uE -m module", "-E"),
        ("pypy3 -X dev -SE app.py", "-ES"),
        ("env -u A python -bI app.py", "-I"),
        ("env -u -i python -I app.py", "-I"),
        ("python --check-hash-based-pycs always -E app.py", "-E"),
    ],
)
def test_a_python_that_takes_no_hook(tmp_path: Path, words: str, shown: str) -> None:
    for name in ("python", "python3.12", "pypy3"):
        binary(tmp_path, b"\x7fELF", name)
    found = doubt(tmp_path, *words.split())
    assert found is not None
    assert f" {shown} does without the start-up hook" in found.why
    assert not found.certain


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("#!/usr/bin/python3 -Es", "-E does without"),
        ("#! /usr/bin/env -S python3 -I", "-I does without"),
        ("#!/usr/bin/env python3", ""),
        ("#!/bin/sh", ""),
    ],
)
def test_a_script_is_judged_by_its_interpreter(tmp_path: Path, line: str, says: str) -> None:
    binary(tmp_path, b"\x7fELF", "python3")
    found = doubt(tmp_path, binary(tmp_path, f"{line}\nimport app\n".encode()), "-S")
    assert (found is not None and says in found.why) if says else found is None


def test_what_env_splits(tmp_path: Path) -> None:
    binary(tmp_path, b"\x7fELF", "python3")
    found = doubt(tmp_path, "env", "-S", "python3 -I", "app.py")
    assert found is not None
    assert "-I does without" in found.why
    assert doubt(tmp_path, "env", "-S", "python3 '-I", "app.py") is None  # env refuses it


@pytest.mark.parametrize("words", ["env -i python app.py", "sudo -E python app.py"])
def test_who_clears_the_environment(tmp_path: Path, words: str) -> None:
    for name in ("python", "sudo"):
        binary(tmp_path, b"\x7fELF", name)
    found = doubt(tmp_path, *words.split())
    assert found is not None
    assert "takes from the program" in found.why


def test_a_binary_that_is_no_python(tmp_path: Path) -> None:
    found = doubt(tmp_path, binary(tmp_path, b"\x7fELF" + bytes(100)))
    assert found is not None
    assert "is no Python" in found.why
    assert not found.certain
    assert doubt(tmp_path, binary(tmp_path, b"\x7fELF...libpython3.11.so.1.0...")) is None


def test_a_frozen_program_without_the_router_is_not_started(tmp_path: Path) -> None:
    program = binary(tmp_path, FROZEN)
    ran = under_run(program)
    assert ran.status == 2
    (line,) = ran.err.splitlines()
    assert line.startswith(f"endpoint-router run: {program} is a program that PyInstaller made")
    assert doubt(tmp_path, binary(tmp_path, FROZEN + ROUTER)) is None
    assert doubt(tmp_path, binary(tmp_path, FROZEN.replace(b"botocore", b"requests"))) is None


@pytest.mark.parametrize(("mode", "lines"), [("report", 1), ("off", 0)])
def test_where_nothing_is_enforced_it_is_started(tmp_path: Path, mode: str, lines: int) -> None:
    """It is a script to the kernel, which starts it, and ends in the sign of a frozen program."""
    shell = f"#!{shutil.copy(shutil.which('sh') or '', tmp_path / 'shell')}\nexit 7\n"
    file = binary(tmp_path, shell.encode())
    assert under_run(file, ENDPOINT_ROUTER_MODE=mode).status == 7
    with (tmp_path / "shell").open("ab") as shell_file:
        shell_file.write(FROZEN)
    ran = under_run(file, ENDPOINT_ROUTER_MODE=mode)
    assert (ran.status, ran.err.count("PyInstaller")) == (7, lines), ran.err


def test_a_warning_stops_nothing(app: Path) -> None:
    ran = under_run(sys.executable, "-I", app)
    assert ran.status == 0
    assert "-I does without the start-up hook" in ran.err


def under_run(*words: object, **environ: str) -> Ran:
    command = ["-m", "endpoint_router", "run", "--", *words]
    return run(command, **{"ENDPOINT_ROUTER_FIPS": "require", **environ})
