"""What a shell completes: the scripts are those of the parser, and real shells take them."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from endpoint_router.cli.commands import COMMANDS, name_of
from endpoint_router.cli.main import main
from tests.cli.completions import SHELLS, drawn

NAMES = set(map(name_of, COMMANDS))


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def printed(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_they_are_those_of_the_parser(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """If not: ``python -m tests.cli.completions`` draws them anew."""
    pytest.importorskip("shtab")
    assert printed(shell, capsys) == drawn(shell)


def test_a_shell_takes_it(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    file = tmp_path / "script"
    file.write_text(printed(shell, capsys), encoding="utf-8")
    done = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def completed(line: str, script: Path) -> set[str]:
    """What bash offers after *line*."""
    words = shlex.split(line) + [""] * line.endswith(" ")
    asked = f"""
source {shlex.quote(str(script))}
COMP_WORDS=({" ".join(map(shlex.quote, words))})
COMP_CWORD={len(words) - 1}
_shtab_endpoint_router
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_what_bash_offers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "script"
    script.write_text(printed("bash", capsys), encoding="utf-8")
    assert completed("endpoint-router ", script) >= NAMES
    assert completed("endpoint-router ex", script) == {"explain", "export"}
    assert completed("endpoint-router explain --par", script) == {"--param", "--params"}
    assert completed("endpoint-router export --format e", script) == {"env"}
    assert completed("endpoint-router completion ", script) >= set(SHELLS)
    file = shlex.quote(str(script)[:-2])
    assert completed(f"endpoint-router explain --policy {file}", script) == {str(script)}
