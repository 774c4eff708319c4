"""A decision log that cannot be written loses no call."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from pathlib import Path

import pytest

from endpoint_router.routing.case import Decision
from tests.support.decisions import allowed, log_to, records, variants

__all__ = ["allowed"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message for name, _, message in caplog.record_tuples if name == "endpoint_router"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_once(
    tmp_path: Path, allowed: Decision, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "log"
    path.symlink_to("/dev/full")
    log = log_to(path)
    first, second, third = variants(allowed, 3)
    log.record(first)
    log.record(first)
    log.record(second)
    (warning,) = warnings(caplog)
    assert str(path) in warning
    assert "No space left" in warning
    path.unlink()
    log.record(first)  # what could not be written then is written now
    assert len(records(path)) == 1
    path.unlink()
    path.symlink_to("/dev/full")
    log.record(first)  # written already: that shows nothing
    assert len(warnings(caplog)) == 1
    log.record(third)
    assert len(warnings(caplog)) == 2


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_line_cut_off_does_not_spoil_the_next(tmp_path: Path, allowed: Decision) -> None:
    import resource
    import signal

    path = tmp_path / "log"
    log = log_to(path)
    first, second = variants(allowed, 2)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        log.record(first)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    log.record(second)
    broken, whole = path.read_text("utf-8").splitlines()
    assert len(broken) == 100
    assert json.loads(whole)["operation"] == "Operation1"


@pytest.mark.parametrize("where", ["missing/log", ".", "pipe"])
def test_a_path_that_cannot_be_written_is_said_once(
    tmp_path: Path, allowed: Decision, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    if where == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no FIFOs here")
        os.mkfifo(tmp_path / where)  # opening it would wait for a reader
    log = log_to(tmp_path / where)
    for one in variants(allowed, 3):
        log.record(one)
    assert len(warnings(caplog)) == 1


def test_a_directory_without_permission_is_said_once(
    tmp_path: Path, allowed: Decision, caplog: pytest.LogCaptureFixture
) -> None:
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("permissions do not bind root")
        log = log_to(tmp_path / "log")
        for one in variants(allowed, 3):
            log.record(one)
    finally:
        tmp_path.chmod(0o700)
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("how", ["none", "closed"])
def test_a_closed_stderr_loses_no_call(
    allowed: Decision, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", None if how == "none" else closed)
    log = log_to("stderr")
    for one in variants(allowed, 3):
        log.record(one)
    assert len(warnings(caplog)) == 1
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    log.recount()  # as at the end of the process
    assert len(later.getvalue().splitlines()) == 3


def test_a_logging_filter_that_raises_loses_no_call(allowed: Decision) -> None:
    def raising(record: logging.LogRecord) -> bool:
        raise RuntimeError("the application's own mistake")

    loggers = [logging.getLogger(name) for name in ("endpoint_router", "endpoint_router.decisions")]
    for one in loggers:
        one.addFilter(raising)
        one.setLevel(logging.INFO)
    try:
        log_to("logger").record(allowed)
    finally:
        for one in loggers:
            one.removeFilter(raising)
            one.setLevel(logging.NOTSET)
