"""Platforms: what the page says is held against the package's files and the index."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from endpoint_router.policy.load import SYSTEM_POLICY
from endpoint_router.probe.network_files import HOSTS
from tests.docs_pages.pages import ROOT, page, rows

PAGE = "reference/platforms"
#: Tags of the index by the words of the page.
WHEELS = {
    "Linux with glibc, arm64 (Graviton)": ["manylinux2014_aarch64"],
    "Linux with musl (Alpine), x86-64 and arm64": [
        "musllinux_1_2_x86_64",
        "musllinux_1_2_aarch64",
    ],
    "macOS, Intel and Apple": ["macosx_10_13_x86_64", "macosx_11_0_arm64"],
    "Windows, x64 and Arm": ["win_amd64", "win_arm64"],
}
WITHOUT = {"Windows, 32 bit; ppc64le, s390x": ["win32", "manylinux2014_ppc64le"]}
EXPECTED = {
    **{tag: True for tags in WHEELS.values() for tag in tags},
    **{tag: False for tags in WITHOUT.values() for tag in tags},
}


def setup() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg", encoding="utf-8")
    return read


def test_each_python_of_the_package_is_on_the_page() -> None:
    classifiers = re.findall(r"Python :: (3\.\d+)$", setup()["metadata"]["classifiers"], re.M)
    works = " ".join(name for name, state, _ in rows(PAGE, "## Interpreters") if state == "works")
    assert re.findall(r"3\.\d+", works) == classifiers
    assert setup()["options"]["python_requires"] == ">=3.10"


def test_where_files_lie() -> None:
    text = page(PAGE)
    assert (SYSTEM_POLICY or "`ENDPOINT_ROUTER_POLICY`") in text
    assert (HOSTS if os.name != "nt" else r"System32\drivers\etc\hosts") in text


def test_what_is_not_tried_is_said_so() -> None:
    """Nobody writes "works" there without a way to know."""
    for _, state, known in [*rows(PAGE, "## Interpreters"), *rows(PAGE, "## Systems")]:
        assert state.split()[0] in ("works", "does", "not", "needs")
        assert known
        if state.startswith("works"):
            assert re.search(r"tests|\]\(", known)


def _resolves(platform: str, scratch: Path) -> bool:
    needed = [
        re.split(r"[><=]", line)[0]
        for line in setup()["options"]["install_requires"].splitlines()
        if line and not line.startswith("#") and "python_version" not in line
    ]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--target", scratch,
               "--ignore-installed", "--only-binary=:all:", "--python-version", "3.13",
               "--platform", platform, *needed]  # fmt: skip
    return subprocess.run(command, capture_output=True, timeout=120).returncode == 0


@pytest.mark.parametrize(("platform", "expected"), EXPECTED.items())
def test_wheels_are_where_the_page_says(platform: str, expected: bool, tmp_path: Path) -> None:
    pytest.importorskip("awslambdaric", reason="asks the index: in tox -e platforms")
    assert _resolves(platform, tmp_path) is expected


def test_the_systems_of_the_wheels_are_rows() -> None:
    names = {name for name, _, _ in rows(PAGE, "## Systems")}
    assert {*WHEELS, *WITHOUT} <= names
