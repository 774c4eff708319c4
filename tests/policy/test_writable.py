"""A policy file that others may change: a warning, and refused where it is locked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.policy.writable import who_else_may_write
from tests.support import namespace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")

OPEN = "version = 1\n"
LOCKED = "version = 1\nlocked = true\n"


@pytest.mark.parametrize("mode", [0o666, 0o602, 0o777])
def test_a_world_writable_file(mode: int, write: Any, loaded: Any, refusal: Any) -> None:
    path = write(OPEN)
    os.chmod(path, mode)
    (warning,) = loaded(path).warnings
    assert warning.startswith(f"file {path} may be changed by any user (mode 0{mode:o}). Give it")
    os.chmod(write(LOCKED), mode)
    error = refusal(path)
    assert error.where == f"{path}:2, locked"
    assert f"mode 0{mode:o}" in error.found
    assert "root" in error.hint


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o400])
def test_a_file_of_ones_own(mode: int, write: Any, loaded: Any) -> None:
    path = write(LOCKED)
    os.chmod(path, mode)
    assert loaded(path).warnings == ()


def test_its_folder(tmp_path: Path, write: Any, loaded: Any, refusal: Any) -> None:
    path = write(OPEN)
    tmp_path.chmod(0o777)
    (warning,) = loaded(path).warnings
    assert "mode 0777 of its folder" in warning
    write(LOCKED)
    assert "of its folder" in refusal(path).found
    tmp_path.chmod(0o1777)  # as /tmp: nobody may take away what is another's
    assert loaded(path).warnings == ()


def test_a_file_in_the_working_directory(
    tmp_path: Path, write: Any, loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(OPEN)
    monkeypatch.chdir(tmp_path)
    assert loaded("policy.toml").warnings == ()
    tmp_path.chmod(0o777)
    assert len(loaded("policy.toml").warnings) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root's chown")
def test_another_owner(write: Any, loaded: Any, refusal: Any) -> None:
    path = write(OPEN)
    os.chown(path, 12345, -1)
    (warning,) = loaded(path).warnings
    assert "may be changed by its owner, user 12345" in warning
    write(LOCKED)
    assert "user 12345" in refusal(path).found


def test_owner_by_what_the_system_says(write: Any) -> None:
    """Without root no file of another's can be made: the status is a parameter."""
    with open(write(OPEN)) as file:
        own = os.fstat(file.fileno())
        for user, told in ((0, ""), (os.geteuid(), ""), (4321, "its owner, user 4321")):
            status = os.stat_result((own.st_mode, 0, 0, 1, user, *own[5:10]))
            assert who_else_may_write(file.name, file.fileno(), status) == told


def test_symlinks_and_standard_input(tmp_path: Path, write: Any, loaded: Any) -> None:
    """A link's own mode, 0777, means nothing."""
    path = write(LOCKED)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    assert loaded(link).warnings == ()
    with open(path) as file:
        assert loaded(f"/dev/fd/{file.fileno()}").policy.locked


def of_a_config_map(scratch: Path) -> tuple[bool, tuple[str, ...]]:
    """As the kubelet lays it out: folders of mode 0777, two links, a read-only mount."""
    from endpoint_router.policy.load import load

    volume, mounted = scratch / "volume", scratch / "mounted"
    data = volume / "..2026_06_01"
    data.mkdir(parents=True)
    mounted.mkdir()
    (data / "policy.toml").write_text(LOCKED)
    (volume / "..data").symlink_to("..2026_06_01")
    (volume / "policy.toml").symlink_to("..data/policy.toml")
    for folder in (volume, data):
        folder.chmod(0o777)
    namespace.bind_read_only(str(volume), str(mounted))
    loaded = load(mounted / "policy.toml", environ={})
    return loaded.policy.locked, loaded.warnings


def test_a_config_map_of_kubernetes(tmp_path: Path) -> None:
    namespace.require()
    assert namespace.run_isolated(of_a_config_map, tmp_path) == (True, ())
