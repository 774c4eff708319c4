"""Where, how often and in which shape decisions are written."""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.decision_log import VERSION
from endpoint_router.policy.load import load
from endpoint_router.router import Router
from endpoint_router.routing.case import Decision
from tests.support.decisions import (
    DUAL_STACK,
    FIPS,
    PRIVATE,
    allowed,
    called,
    decided,
    denied,
    log_to,
    records,
    variants,
)

__all__ = ["allowed", "denied"]

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "decision-log.md"
NOW = 1_795_239_209.1234


# --- what a line says


def test_a_record(tmp_path: Path, allowed: Decision) -> None:
    log = log_to(tmp_path / "log", wall=lambda: NOW)
    log.record(allowed, peer="10.20.0.10", sent="kms.us-east-1.amazonaws.com")
    (record,) = records(tmp_path / "log")
    assert record["version"] == VERSION == 1
    assert record["time"] == "2026-11-21T05:33:29.123Z"
    assert (record["process"], record["mode"]) == (os.getpid(), "enforce")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", record["policy"]["hash"])
    assert record["policy"]["origin"] == ["code"]
    assert (record["peer"], record["sent"]) == ("10.20.0.10", "kms.us-east-1.amazonaws.com")
    assert (record["outcome"], record["code"]) == ("allowed", "allowed")
    assert record["host"] == "kms-fips.us-east-1.api.aws"
    assert record["evidence"][0]["addresses"] == ["52.94.0.10"]


def test_the_policy_s_hash_is_that_of_its_content_and_its_origin_names_all_sources(
    tmp_path: Path,
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('version = 1\nmode = "enforce"\n[defaults]\nfips = "require"\n')
    in_file, in_code = load(str(file), environ={}), load(FIPS, environ={})
    assert in_file.digest() == in_code.digest() != load(PRIVATE, environ={}).digest()
    environ = {"ENDPOINT_ROUTER_PRIVATE": "require"}
    both = load(str(file), environ=environ)
    assert sorted(both.sources()) == ["ENDPOINT_ROUTER_PRIVATE", f"file {file}"]


def paths(value: Any, at: str = "") -> set[str]:
    """Every key path of a record; those of settings by the name ``*``."""
    if isinstance(value, dict):
        star = at == "settings"
        found = {path for key, one in value.items() for path in paths(one, "*" if star else key)}
        return {f"{at}.{one}" if at else one for one in found}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {path.replace(at, f"{at}[]", 1) for one in value for path in paths(one, at)}
    return {at}


def test_the_page_has_the_keys_of_a_record_and_no_others(tmp_path: Path, denied: Decision) -> None:
    log_to(tmp_path / "log").record(denied)
    (record,) = records(tmp_path / "log")
    _, _, keys = PAGE.read_text("utf-8").partition("\n## Keys\n")
    documented = re.findall(r"^\| `([^`]+)` \|", keys, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == paths(record)


def test_the_page_s_example_is_a_record(tmp_path: Path, allowed: Decision) -> None:
    text = PAGE.read_text("utf-8")
    (example,) = re.findall(r"```json\n(.+?)\n```", text, re.DOTALL)
    log_to(tmp_path / "log").record(allowed)
    (record,) = records(tmp_path / "log")
    assert paths(json.loads(example)) == paths(record)


# --- how often


def test_an_allowed_decision_is_written_once(tmp_path: Path) -> None:
    log = log_to(tmp_path / "log")
    for address in ("52.94.0.10", "52.94.0.11"):  # times, servers and addresses make no other one
        log.record(decided(DUAL_STACK, address))
    assert len(records(tmp_path / "log")) == 1
    log.record(decided(DUAL_STACK, "10.0.0.1"))  # another verdict does
    log.record(decided(DUAL_STACK, operation="Encrypt"))
    assert len(records(tmp_path / "log")) == 3


def test_a_denial_is_written_each_time_in_enforce_mode(tmp_path: Path, denied: Decision) -> None:
    enforcing, reporting = log_to(tmp_path / "one"), log_to(tmp_path / "two", mode="report")
    for log in (enforcing, reporting):
        log.record(denied)
        log.record(denied)
    assert len(records(tmp_path / "one")) == 2
    assert len(records(tmp_path / "two")) == 1


def test_what_was_written_is_remembered_up_to_a_bound(tmp_path: Path, allowed: Decision) -> None:
    log = log_to(tmp_path / "log", capacity=3)
    for one in [*variants(allowed, 4)] * 2:
        log.record(one)
    assert len(records(tmp_path / "log")) == 8  # the oldest is always the one that is gone
    for one in [*variants(allowed, 4)][1:]:
        log.record(one)
    assert len(records(tmp_path / "log")) == 8


def test_a_router_has_a_log_if_the_policy_wants_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    assert Router(load({}, environ={})).log is None
    log = Router(load({"log": {"decisions": str(path)}}, environ={})).log
    assert log is not None
    assert not path.exists()  # opened for the first line


# --- where


def test_it_survives_rotation(tmp_path: Path, allowed: Decision) -> None:
    path = tmp_path / "log"
    log = log_to(path)
    first, second, third = variants(allowed, 3)
    log.record(first)
    path.rename(tmp_path / "log.1")
    log.record(second)
    assert [one["operation"] for one in records(path)] == ["Operation1"]
    os.truncate(path, 0)  # logrotate's copytruncate
    log.record(third)
    assert [one["operation"] for one in records(path)] == ["Operation2"]
    assert len(records(tmp_path / "log.1")) == 1


def test_a_relative_path_is_that_of_the_start(
    tmp_path: Path, allowed: Decision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = log_to("./log")
    monkeypatch.chdir("/")
    log.record(allowed)
    assert len(records(tmp_path / "log")) == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_others_may_not_read_it(tmp_path: Path, allowed: Decision) -> None:
    log_to(tmp_path / "log").record(allowed)
    assert (tmp_path / "log").stat().st_mode & 0o007 == 0


def test_stderr(capsys: pytest.CaptureFixture[str], allowed: Decision) -> None:
    log_to("stderr").record(allowed)
    assert json.loads(capsys.readouterr().err)["service"] == "kms"


def test_the_logger(caplog: pytest.LogCaptureFixture, allowed: Decision) -> None:
    caplog.set_level(logging.INFO, "endpoint_router.decisions")
    log_to("logger").record(allowed)
    ((name, level, message),) = caplog.record_tuples
    assert (name, level) == ("endpoint_router.decisions", logging.INFO)
    assert json.loads(message)["service"] == "kms"


def test_a_logging_handler_may_make_calls_of_its_own(denied: Decision) -> None:
    log, seen = log_to("logger"), []

    class Calling(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)
            log.record(denied)

    decisions, handler = logging.getLogger("endpoint_router.decisions"), Calling()
    decisions.addHandler(handler)
    decisions.setLevel(logging.INFO)
    try:
        log.record(denied)
    finally:
        decisions.removeHandler(handler)
        decisions.setLevel(logging.NOTSET)
    assert len(seen) == 1


# --- threads and processes


def test_lines_of_many_threads_stay_whole(tmp_path: Path, allowed: Decision) -> None:
    path = tmp_path / "log"
    logs = [log_to(path) for _ in range(2)]  # two policies, or two processes

    def write(number: int) -> None:
        for one in range(125):
            operation = f"Operation{number}-{one}"
            logs[number % 2].record(called(allowed, operation))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one["operation"] for one in records(path)}) == len(records(path)) == 1000


def test_one_decision_of_many_threads_is_one_line(tmp_path: Path, allowed: Decision) -> None:
    log = log_to(tmp_path / "log")
    threads = [threading.Thread(target=log.record, args=(allowed,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(records(tmp_path / "log")) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_of_fork_writes_though_a_thread_of_the_parent_held_the_lock(
    tmp_path: Path, allowed: Decision
) -> None:
    log = log_to(tmp_path / "log")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with log._lock.here:
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(60)
    child = os.fork()
    if child == 0:
        timer = threading.Timer(60, os._exit, (1,))  # hangs
        timer.daemon = True
        timer.start()
        log.record(allowed)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
    (record,) = records(tmp_path / "log")
    assert record["process"] == child
