"""How many calls the lines of a decision log stand for, and when that is written."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from endpoint_router.caller import Caller
from endpoint_router.routing.case import Decision
from tests.support.children import forks, in_child
from tests.support.decisions import allowed, called, denied, log_to, records, variants

__all__ = ["allowed", "denied"]

HOUR = 3600.0
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "decision-log.md"


class Time:
    """A clock that a test sets."""

    now = 1_795_239_209.0

    def __call__(self) -> float:
        return self.now


def counts(path: Path) -> list[tuple[str, int]]:
    return [(record["operation"], record["calls"]) for record in records(path)]


def test_the_calls_of_all_lines_add_up(tmp_path: Path, allowed: Decision) -> None:
    path = tmp_path / "log"
    log = log_to(path)
    for _ in range(3):
        tally = log.record(
            called(allowed, "A"), sent="kms.us-east-1.amazonaws.com", peer="10.0.0.1"
        )
    tally.calls += 5  # as whoever sends them does
    log.record(called(allowed, "B"))
    assert counts(path) == [("A", 1), ("B", 1)]
    log.recount()
    assert counts(path)[2:] == [("A", 7)]
    first, _, again = records(path)
    for record in (first, again):
        del record["time"], record["calls"]
    assert first == again
    log.recount()
    assert len(records(path)) == 3


def test_later_calls_are_written_hourly_when_the_log_is_used(
    tmp_path: Path, allowed: Decision
) -> None:
    path, wall = tmp_path / "log", Time()
    log = log_to(path, wall=wall)
    tally = log.record(called(allowed, "A"))
    tally.calls += 41
    wall.now += HOUR - 1
    log.record(called(allowed, "B"))
    assert counts(path) == [("A", 1), ("B", 1)]
    wall.now += 1
    log.record(called(allowed, "A"))
    assert counts(path)[2:] == [("A", 42)]
    tally.calls += 1
    wall.now -= 10 * HOUR  # a clock that was set right
    log.record(called(allowed, "B"))
    assert sorted(counts(path)[3:]) == [("A", 1), ("B", 1)]


def test_no_call_waits_for_the_lines_of_many(tmp_path: Path, allowed: Decision) -> None:
    path, wall = tmp_path / "log", Time()
    log = log_to(path, wall=wall)
    for one in [*variants(allowed, 100)] * 2:
        log.record(one)
    wall.now += HOUR
    before = len(records(path))
    written = []
    for _ in range(8):
        log.record(called(allowed, "Operation0"))
        written.append(len(records(path)) - before)
    assert written[0] == 16
    assert written[-1] == 100


def test_what_is_forgotten_is_counted(tmp_path: Path, allowed: Decision) -> None:
    path = tmp_path / "log"
    log = log_to(path, capacity=2)
    first, second, third = variants(allowed, 3)
    log.record(first).calls += 6
    log.record(second)
    log.record(third)
    assert counts(path)[2:] == [("Operation0", 6), ("Operation2", 1)]


def test_each_refusal_is_a_line_of_one_call(tmp_path: Path, denied: Decision) -> None:
    log = log_to(tmp_path / "log")
    log.record(denied)
    log.record(denied)
    log.recount()
    assert [record["calls"] for record in records(tmp_path / "log")] == [1, 1]


def test_what_could_not_be_written_is_not_lost(tmp_path: Path, allowed: Decision) -> None:
    path = tmp_path / "missing" / "log"
    log = log_to(path)
    log.record(allowed).calls += 2
    log.recount()
    log.record(allowed)
    path.parent.mkdir()
    log.record(allowed)
    log.recount()
    assert sum(record["calls"] for record in records(path)) == 5


def test_threads_that_count_at_once(tmp_path: Path, allowed: Decision) -> None:
    log = log_to(tmp_path / "log")

    def work() -> None:
        for _ in range(50):
            log.record(allowed)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    log.recount()
    for thread in threads:
        thread.join()
    log.recount()
    assert sum(record["calls"] for record in records(tmp_path / "log")) == 400


def test_a_log_that_goes_is_counted_and_kept_by_nothing(tmp_path: Path, allowed: Decision) -> None:
    log = log_to(tmp_path / "log")
    tally, gone = log.record(allowed), weakref.ref(log)
    tally.calls += 3
    del log
    gc.collect()
    assert gone() is None
    assert [record["calls"] for record in records(tmp_path / "log")] == [1, 3]


def test_who_is_calling_is_asked_once_with_the_first_line(
    tmp_path: Path, allowed: Decision
) -> None:
    asked: list[Caller] = []

    def caller() -> Caller:
        asked.append(Caller("billing", "pod-1", {"endpoint_router": "1", "botocore": "2"}))
        return asked[-1]

    log = log_to(tmp_path / "log", caller=caller)
    assert not asked
    for one in variants(allowed, 2):
        log.record(one)
    assert len(asked) == 1
    record = records(tmp_path / "log")[1]
    assert (record["application"], record["machine"]) == ("billing", "pod-1")
    assert record["versions"] == {"endpoint_router": "1", "botocore": "2"}


@forks
def test_a_child_counts_its_own_calls_only(tmp_path: Path, allowed: Decision) -> None:
    path = tmp_path / "log"
    log = log_to(path)
    tally = log.record(allowed)
    tally.calls += 10

    def child() -> bool:
        tally.calls += 3
        log.recount()
        return True

    assert in_child(child)
    log.recount()
    lines = [(record["process"] == os.getpid(), record["calls"]) for record in records(path)]
    assert lines == [(True, 1), (False, 3), (True, 10)]


#: Calls in a parent and in children of three kinds, all of them warm but the first.
PROGRAM = """
import multiprocessing, os, sys
import boto3, endpoint_router
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

def send(self, request):
    response = AWSResponse(request.url, 200, {}, None)
    response._content = b'{"Keys": []}'
    return response

URLLib3Session.send = send
endpoint_router.install({"defaults": {"fips": "require"}, "log": {"decisions": sys.argv[1]}})
client = boto3.client("kms", "us-east-1")

def call(count):
    for _ in range(count):
        client.list_keys()

def report(name):
    print(name, os.getpid(), flush=True)

call(5)
report("parent")
if "fork" in multiprocessing.get_all_start_methods():
    def work():
        report("worker")
        call(7)
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    child = os.fork()
    if not child:
        report("sys.exit")
        call(11)
        sys.exit()
    os.waitpid(child, 0)
    child = os.fork()
    if not child:
        report("killed")
        call(13)
        os._exit(0)
    os.waitpid(child, 0)
call(1)
"""


def test_ends_of_processes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    environ = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "HOME": str(tmp_path),
        "PYTHONWARNINGS": "ignore",
        "ENDPOINT_ROUTER_APPLICATION": "billing",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(log)],
        env=environ, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    names = {int(pid): name for name, pid in map(str.split, done.stdout.splitlines())}
    lines: dict[str, list[int]] = {}
    for record in records(log):
        assert record["application"] == "billing"
        lines.setdefault(names[record["process"]], []).append(record["calls"])
    expected = {"parent": [1, 5]}
    if hasattr(os, "fork"):
        expected.update({"worker": [7], "sys.exit": [11]})  # and nothing of what was killed
    assert lines == expected


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_the_page_s_question_is_answered(
    tmp_path: Path, allowed: Decision, denied: Decision
) -> None:
    log = log_to(
        tmp_path / "decisions.jsonl", caller=lambda: Caller("billing", "m", {}), mode="report"
    )
    for decision in (allowed, denied, denied, denied):
        log.record(decision)
    log.recount()
    _, _, after = PAGE.read_text("utf-8").partition("Who must act")
    command = after.partition("```sh\n")[2].partition("```")[0]
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"billing\t{denied.host}\t3\n"
    assert json.loads((tmp_path / "decisions.jsonl").read_text().splitlines()[-1])["calls"] == 2
