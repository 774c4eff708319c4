"""Which Python a command starts, and where its program begins."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from pathlib import Path

import pytest

from endpoint_router.cli.interpreter import Started, started_by
from endpoint_router.cli.output import BadInput


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the working directory, and commands in ``bin``, found first."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pkg").mkdir()
    (tmp_path / "src").mkdir()
    for name in ("app.py", "pkg/__init__.py", "pkg/__main__.py", "src/main.py"):
        (tmp_path / name).write_text("")
    with zipfile.ZipFile(tmp_path / "app.pyz", "w") as file:
        file.writestr("__main__.py", "")
    command(tmp_path, "python3.11", "")
    command(tmp_path, "gunicorn", "#!/opt/venv/bin/python3.12 -sE\n")
    command(tmp_path, "celery", "#!/usr/bin/env -S A=1 python3 -u\n")
    command(tmp_path, "flask", "#!/bin/sh\n'''exec' \"/long path/python3\" \"$0\" \"$@\"\n' '''\n")
    command(tmp_path, "start.sh", "#!/bin/sh\nexec python app.py\n")
    command(tmp_path, "tool", "\x7fELF")
    command(tmp_path, "endpoint-router", "#!/opt/venv/bin/python3\n")
    return tmp_path


def command(folder: Path, name: str, text: str) -> None:
    file = folder / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def started(*words: str) -> Started:
    path = os.pathsep.join([os.path.join(os.getcwd(), "bin"), os.environ["PATH"]])
    return started_by(words, {"PATH": path})


@pytest.mark.skipif(os.name == "nt", reason="scripts that begin with #!")
@pytest.mark.parametrize(
    ("line", "python", "first_on_path", "mains"),
    [
        ("python app.py", "python", ".", "app.py"),
        ("python src/main.py --x", "python", "src", "src/main.py"),
        ("python -I app.py", "python -I", None, "app.py"),
        ("python -uI -X dev -Werror app.py", "python -uI -X dev -Werror", None, "app.py"),
        ("python -X I app.py", "python -X I", ".", "app.py"),
        ("python -X showrefcount app.py", "python -X showrefcount", ".", "app.py"),
        (
            "python -W ignore::ImportWarning app.py",
            "python -W ignore::ImportWarning",
            ".",
            "app.py",
        ),
        ("python -Werror::x.Visible app.py", "python -Werror::x.Visible", ".", "app.py"),
        (
            "python -Wd -um pkg app:x",
            "python -Wd -u",
            None,
            "pkg/__init__.py pkg/__main__.py app.py",
        ),
        ("python -c pass", "python", None, ""),
        ("python -", "python", None, ""),
        ("python", "python", None, ""),
        ("python pkg", "python", "pkg", "pkg/__main__.py"),
        ("python app.pyz", "python", "app.pyz", "app.pyz"),
        ("python3.11 -m http.server", "python3.11", None, ""),
        ("app.py", sys.executable, ".", "app.py"),
        ("gunicorn -w 2 app:server", "/opt/venv/bin/python3.12 -sE", "bin", "bin/gunicorn app.py"),
        (
            "celery -A pkg worker",
            "/usr/bin/env A=1 python3 -u",
            "bin",
            "bin/celery pkg/__init__.py",
        ),
        ("flask --app=app run", "/long path/python3", "bin", "bin/flask app.py"),
        ("env -u X A=1 python app.py", "env -u X A=1 python", ".", "app.py"),
        ("timeout 9 gunicorn", "timeout 9 /opt/venv/bin/python3.12 -sE", "bin", "bin/gunicorn"),
        ("nice -n 5 timeout 9 python app.py", "nice -n 5 timeout 9 python", ".", "app.py"),
        ("env python -S app.py", "env python -S", ".", "app.py"),
        ("sudo -u app python app.py", "sudo -u app python", ".", "app.py"),
        ("uv run --with x app.py", "uv run --with x python", ".", "app.py"),
        ("uv run -p 3.12 --frozen uvicorn app:x", "uv run -p 3.12 --frozen python", None, "app.py"),
        ("poetry run python -I app.py", "poetry run python -I", None, "app.py"),
    ],
)
def test_a_python(
    folder: Path, line: str, python: str, first_on_path: str | None, mains: str
) -> None:
    found = started(*line.split())
    assert " ".join(found.python).replace(f"{folder}/", "") == python
    at = first_on_path and os.path.join(folder, first_on_path)
    assert (found.first_on_path and os.path.abspath(found.first_on_path)) == (
        at and os.path.abspath(at)
    )
    assert " ".join(found.mains).replace(f"{folder}/", "") == mains
    assert found.variables == {}


@pytest.mark.parametrize("shell", ["sh", "bash", "tcsh"])
def test_a_shell_that_runs_one_command(shell: str) -> None:
    assert started(shell, "-c", "exec python -u app.py").python == ("python", "-u")


def test_env_splits() -> None:
    assert started("env", "-S", "python -I app.py").python == ("env", "python", "-I")
    assert started("env", "-u", "X", "-Spython -I", "app.py").python[3:] == ("python", "-I")


@pytest.mark.parametrize(
    "line",
    [
        "endpoint-router run -- python app.py",
        "endpoint-router run app.py",
        "python -m endpoint_router run -- python app.py",
    ],
)
def test_under_run(line: str) -> None:
    found = started(*line.split())
    assert os.path.basename(found.python[-1]).startswith("python")
    assert found.variables["PYTHONPATH"].endswith(os.path.join("cli", "site"))
    behind = started("nice", *line.split())
    assert behind.python[:2] == ("nice", "env")
    assert behind.python[2] == f"PYTHONPATH={found.variables['PYTHONPATH']}"


@pytest.mark.skipif(os.name == "nt", reason="scripts that begin with #!")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nope"], "no such command: nope"),
        (["python", "nope.py"], "no such file: nope.py"),
        (["python", "-V"], "runs no program"),
        (["python", "--version"], "runs no program"),
        (["python", "-uV", "app.py"], "runs no program"),
        (["python", "--help-env"], "runs no program"),
        (["tool"], "is no Python"),
        (["start.sh", "python"], "cannot be seen"),
        (["sh", "start.sh"], "cannot be seen"),
        (["sh", "-c", "a && python app.py"], "cannot be seen"),
        (["timeout", "5"], "cannot be seen"),
        (["env"], "cannot be seen"),
        (["sh", "-c", "exec"], "cannot be seen"),
        (["sh", "-c", "python 'app.py"], "No closing quotation"),
        (["env", "-S", "python 'app.py"], "No closing quotation"),
        (["uv", "run"], "runs no program"),
        (["endpoint-router", "run", "--"], "which program?"),
    ],
)
def test_no_python(words: list[str], says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)) as refused:
        started(*words)
    assert "\n" not in str(refused.value)
