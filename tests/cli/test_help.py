"""Arguments that are none, and help: each command's own, in 80 columns."""

from __future__ import annotations

import json
import platform
import re
import shlex

import botocore
import pytest

from endpoint_router._version import __version__
from endpoint_router.cli.commands import COMMANDS as MODULES
from endpoint_router.cli.commands import name_of
from endpoint_router.cli.main import main
from tests.support.children import output_of

COMMANDS = tuple(map(name_of, MODULES))


def ended(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    return (ending.value.code, *capsys.readouterr())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_fits(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = ended([command, "--help"], capsys)
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    examples = re.findall(rf"^  endpoint-router {command}.*", out, re.MULTILINE)
    assert examples
    for example in examples:
        known = {*re.findall(r"--[a-z-]+", out), "--its-own-option"}
        assert {word for word in shlex.split(example) if word.startswith("--")} <= {*known, "--"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "kms", "--polcy", "x"], "--polcy x. Did you mean '--policy'?"),
        (["explain", "kms", "--sts"], "unrecognized arguments: --sts"),
        (["explain"], "SERVICE[.OPERATION]"),
        (["explain", "kms", "--region"], "--region"),
        (["plan"], "LOG"),
        (["plan", "a", "--servces=x"], "Did you mean '--services'?"),
        (["run", "--policy", "x", "app.py"], "--policy"),
        (["demo", "now"], "unrecognized arguments: now"),
        (["policy"], "QUESTION"),
        (["policy", "show", "--polcy", "x"], "--polcy x. Did you mean '--policy'?"),
        (["check", "--strikt"], "Did you mean '--strict'?"),
        (["explain", "kms", "--\x1b[2J\n"], r"--\x1b[2J\n"),
    ],
)
def test_a_bad_option_shows_its_own_commands_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = ended(arguments, capsys)
    assert (status, out) == (2, "")
    assert err.startswith(f"usage: endpoint-router {arguments[0]} ")
    last = err.splitlines()[-1]
    assert re.match(rf"endpoint-router {arguments[0]}( show)?: ", last)
    assert said in last


def test_a_command_that_is_none_shows_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["explian"]):
        status, _, err = ended(arguments, capsys)
        assert status == 2
        assert err.startswith("usage: endpoint-router [-h]")
    assert all(command in err for command in COMMANDS)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    python = platform.python_version()
    assert main(["--version"]) == 0
    said = f"endpoint-router {__version__} (botocore {botocore.__version__}, Python {python})\n"
    assert capsys.readouterr() == (said, "")
    assert main(["--version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "endpoint_router": __version__,
        "botocore": botocore.__version__,
        "python": python,
    }
    status, _, err = ended(["--json"], capsys)
    assert (status, err.splitlines()[-1]) == (
        2,
        "endpoint-router: --json: of which command? (Or --version --json.)",
    )


def test_help_imports_nothing_that_it_does_not_need() -> None:
    script = """
import sys
from endpoint_router.cli.main import main
try:
    main(["explain", "--help"])
except SystemExit:
    print(sorted({"botocore", "dns", "msgspec", "rich"} & set(sys.modules)))
"""
    assert output_of(script).splitlines()[-1] == "[]"
