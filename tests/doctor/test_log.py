"""Can a line be written where the policy wants it?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from endpoint_router.doctor.log import CHECKS, look
from endpoint_router.log_targets import File

CHECK = CHECKS["log.target"]

posix = pytest.mark.skipif(os.name != "posix", reason="modes and pipes of POSIX")


@pytest.mark.parametrize("target", ["", "stderr", "stdout", "logger"])
def test_what_is_no_file(target: str) -> None:
    assert CHECK(look(target)).colour == "green"


def test_a_policy_that_cannot_be_used() -> None:
    assert CHECK(look(None)).colour == "amber"


def test_a_file_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    judged = CHECK(look(str(file)))
    assert (judged.colour, "can be made" in judged.seen) == ("green", True)
    assert not file.exists()


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    File(str(file)).write("{}")
    assert CHECK(look(str(file))).colour == "green"
    assert file.read_text() == "{}\n"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    for path in (tmp_path / "missing" / "log", tmp_path):
        with pytest.raises(OSError, match="directory"):
            File(str(path)).write("{}")
        judged = CHECK(look(str(path)))
        assert (judged.colour, bool(judged.way_out)) == ("red", True)


@posix
def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert CHECK(look(str(pipe))).colour == "red"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert CHECK(look(str(pipe))).colour == "green"
    finally:
        os.close(reader)


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert CHECK(look(str(tmp_path / "log"))).colour == "red"
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk(tmp_path: Path) -> None:
    asked = []

    def is_full(path: str) -> bool:
        asked.append(path)
        return True

    file = tmp_path / "log"
    assert CHECK(look(str(file), is_full)).colour == "red"
    file.write_text("")
    assert "full" in CHECK(look(str(file), is_full)).seen
    assert asked == [str(tmp_path), str(file)]


@posix
def test_a_file_that_anyone_may_change(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("")
    file.chmod(0o666)
    judged = CHECK(look(str(file)))
    assert (judged.colour, "any user" in judged.seen) == ("amber", True)


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    judged = CHECK(look("decisions.jsonl"))
    assert (judged.colour, str(tmp_path) in judged.seen) == ("amber", True)
