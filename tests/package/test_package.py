"""What is uploaded: the wheel runs alone, and the sdist holds everything and can be tested.

``tox run -e package`` builds both in ``dist`` and runs this.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from endpoint_router import __version__

ROOT = Path(__file__).resolve().parents[2]
WHEEL = ROOT / "dist" / f"endpoint_router-{__version__}-py3-none-any.whl"
SDIST = ROOT / "dist" / f"endpoint_router-{__version__}.tar.gz"
#: Of no use where there is no repository.
NOT_SHIPPED = {".gitignore"}


def run(*command: str | Path, directory: Path) -> str:
    """What it prints; without this environment's variables for Python."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=directory, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def new_environment(directory: Path, *requirements: str | Path) -> Path:
    """The folder of programs of a fresh environment with these installed."""
    venv.create(directory, with_pip=True)
    programs = directory / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", *requirements, directory=directory)
    return programs


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of an environment that has the wheel, and nothing that it does not need."""
    return new_environment(tmp_path_factory.mktemp("wheel"), WHEEL)


def test_the_sdist_holds_what_the_repository_holds() -> None:
    listed = run("git", "ls-files", "-z", directory=ROOT)
    tracked = {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    with tarfile.open(SDIST) as archive:
        shipped = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert tracked - shipped == NOT_SHIPPED
    made = {name for name in shipped - tracked if ".egg-info/" not in name}
    assert made == {"PKG-INFO"}


def test_the_wheel_holds_the_package_and_no_more() -> None:
    listed = run("git", "ls-files", "-z", "endpoint_router", directory=ROOT)
    tracked = {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    with zipfile.ZipFile(WHEEL) as archive:
        names = set(archive.namelist())
        metadata = message_from_bytes(
            archive.read(f"endpoint_router-{__version__}.dist-info/METADATA")
        )
    assert {name for name in names if ".dist-info/" not in name} == tracked
    assert f"endpoint_router-{__version__}.dist-info/licenses/LICENSE" in names
    assert metadata["License"] == "Apache-2.0"
    assert metadata["Author"]
    assert dict(url.split(", ") for url in metadata.get_all("Project-URL")).keys() >= {
        "Changelog", "Documentation", "Issues", "Source",
    }  # fmt: skip


def test_the_wheel_runs_without_extras(installed: Path, tmp_path: Path) -> None:
    have = run(installed / "python", "-m", "pip", "list", directory=tmp_path)
    assert "botocore" in have
    for extra in ("boto3", "rich", "trustme", "pytest"):
        assert f"\n{extra} " not in have
    assert __version__ in run(installed / "endpoint-router", "--version", directory=tmp_path)
    explained = run(
        installed / "endpoint-router", "explain", "kms", "--region", "us-east-1", directory=tmp_path
    )
    assert "kms.us-east-1.amazonaws.com" in explained
    run(installed / "python", "-m", "pip", "check", directory=tmp_path)


def test_the_wheel_brings_the_policys_schema(installed: Path, tmp_path: Path) -> None:
    code = "from endpoint_router.policy.reference import json_schema; print(json_schema(), end='')"
    schema = run(installed / "python", "-c", code, directory=tmp_path)
    assert schema == (ROOT / "docs/reference/policy.schema.json").read_text(encoding="utf-8")


def test_the_tests_of_the_sdist_run(tmp_path: Path) -> None:
    with tarfile.open(SDIST) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    programs = new_environment(tmp_path / "environment", f"{source}[test]")
    said = run(
        programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/aws",
        "tests/policy/test_reference.py", "tests/lab/test_dns.py",
        "tests/kinds/test_private_dns.py",
        "tests/test_docs.py", "tests/test_codes.py", "tests/test_public_names.py",
        directory=source,
    )  # fmt: skip
    assert " passed" in said
