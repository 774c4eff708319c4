"""``log.decisions = "stderr"``, or "stdout": whoever reads it, or does not, no call waits."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")

#: Some 1.6 kB each: a pipe holds 64.
LINES = 300
#: Refused each time, and so written each time; sends nothing, asks nothing.
PROGRAM = f"""
import logging, os, sys
import boto3, endpoint_router
{{before}}
endpoint_router.install(
    {{{{"defaults": {{{{"endpoint_url": "deny"}}}}, "log": {{{{"decisions": {{target!r}}}}}}}}}}
)
client = boto3.client("kms", "us-east-1", endpoint_url="https://kms.example")
def call(count):
    for _ in range(count):
        try:
            client.list_keys()
        except endpoint_router.EndpointDenied:
            pass
call({LINES})
print("called", flush=True)
{{after}}
"""


#: What makes the pipe at a descriptor so large that all goes in, however slowly it is read.
LARGE = "import fcntl; fcntl.fcntl({}, fcntl.F_SETPIPE_SZ, 1 << 20)"
large_pipes = pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="pipes of Linux")


@contextmanager
def running(
    target: str = "stderr", before: str = "", after: str = "", **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "HOME": "/nonexistent",
        "PYTHONWARNINGS": "ignore",
    }
    code = PROGRAM.format(target=target, before=before, after=after)
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, **options}
    process = subprocess.Popen([sys.executable, "-c", code], env=environ, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def in_time(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Who reads meanwhile what *process* writes is not kept waiting when it hangs."""
    timer = threading.Timer(300, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def first_word(process: subprocess.Popen[bytes]) -> bytes:
    """What it says when its calls are made; empty when it hangs."""
    assert process.stdout is not None
    with in_time(process):
        return process.stdout.readline()


def all_lines(process: subprocess.Popen[bytes], reader: IO[bytes]) -> bytes:
    """What comes from *reader*: as many lines as there are calls, and then let *process* end."""
    with in_time(process):
        text = b"".join(reader.readline() for _ in range(LINES))
    process.communicate(timeout=300)
    return text


def lines_of(text: bytes) -> tuple[list[Any], list[str]]:
    """The records, and what else was written."""
    lines = text.decode().splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    return records, [line for line in lines if not line.startswith("{")]


def test_a_full_pipe_holds_up_no_call_and_no_end() -> None:
    with running(stderr=subprocess.PIPE) as process:
        assert first_word(process) == b"called\n"
        assert process.wait(300) == 0
        assert process.stderr is not None
        records, others = lines_of(process.stderr.read().rpartition(b"\n")[0])
        assert 0 < len(records) < LINES
        assert others == []


def test_who_reads_late_gets_every_line() -> None:
    with running(stderr=subprocess.PIPE, after="sys.stdin.readline()") as process:
        assert first_word(process) == b"called\n"
        assert process.stderr is not None
        records, others = lines_of(all_lines(process, process.stderr))
        assert (len(records), others) == (LINES, [])
        assert process.returncode == 0


@large_pipes
def test_stdout_takes_them_beside_what_the_application_prints() -> None:
    with running("stdout", before=LARGE.format(1), stderr=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=300)
        records, others = lines_of(out)
        assert (len(records), others, err) == (LINES, ["called"], b"")


def test_stdout_that_nobody_reads_holds_up_no_call_and_no_end() -> None:
    before = "print = lambda *_, **__: os.write(2, b'called\\n')"
    with running("stdout", before=before, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == b"called\n"
        assert process.wait(300) == 0
        assert process.stdout is not None
        records, others = lines_of(process.stdout.read().rpartition(b"\n")[0])
        assert 0 < len(records) < LINES
        assert others == []


def test_lines_that_nobody_read_are_counted_and_that_is_said_when_somebody_does() -> None:
    after = "call(2000); print('more', flush=True); sys.stdin.readline()"
    with running(stderr=subprocess.PIPE, after=after) as process:
        assert first_word(process) == b"called\n"
        assert first_word(process) == b"more\n"
        read: list[bytes] = []
        assert process.stderr is not None
        reader = threading.Thread(target=lambda: read.append(process.stderr.read()))
        reader.start()
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.wait(300) == 0
        reader.join()
        records, (said,) = lines_of(read[0])
        lost = LINES + 2000 - len(records)
        assert lost > 0
        assert f"{lost} line(s) of the decision log were lost" in said


def test_the_flags_that_others_share_are_left_alone() -> None:
    receiving, sending = os.pipe()
    try:
        with running(stderr=sending) as process:
            assert first_word(process) == b"called\n"
            assert not fcntl.fcntl(sending, fcntl.F_GETFL) & os.O_NONBLOCK
    finally:
        os.close(receiving)
        os.close(sending)


def test_a_pipe_that_another_process_made_non_blocking_loses_nothing() -> None:
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    with running(stderr=sending, after="sys.stdin.readline()") as process:
        os.close(sending)
        assert first_word(process) == b"called\n"
        with os.fdopen(receiving, "rb") as reader:
            records, others = lines_of(all_lines(process, reader) + reader.read())
        assert (len(records), others) == (LINES, [])


def test_a_child_of_fork_has_lines_of_its_own_and_ends() -> None:
    after = """
if os.fork():
    os.wait()
    print("the child is gone", flush=True)
    sys.stdin.readline()
else:
    call(3)
    sys.exit()
"""
    with running(stderr=subprocess.PIPE, after=after) as process:
        assert first_word(process) == b"called\n"
        assert first_word(process) == b"the child is gone\n"
        assert process.stdin is not None
        assert process.stderr is not None
        mine = 0
        with in_time(process):
            while mine < LINES and (line := process.stderr.readline()):
                mine += json.loads(line)["process"] == process.pid
        process.stdin.close()
        records, _ = lines_of(process.stderr.read())
        assert mine + sum(record["process"] == process.pid for record in records) == LINES


@large_pipes
def test_a_line_is_there_before_the_process_is_cut_off() -> None:
    before = f"{LARGE.format(2)}; sys.stderr.write('before\\n')"
    after = "call(1); os._exit(3)"
    with running(stderr=subprocess.PIPE, before=before, after=after) as process:
        _, text = process.communicate(timeout=300)
        records, others = lines_of(text)
        assert (len(records), others, process.returncode) == (LINES + 1, ["before"], 3)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_does_not_change_the_status() -> None:
    with open("/dev/full", "wb") as full, running(stderr=full) as process:
        assert first_word(process) == b"called\n"
        assert process.wait(300) == 0


@pytest.mark.parametrize("log", ["", "warnings.log"])
def test_a_reader_that_has_gone_ends_nothing(tmp_path: Path, log: str) -> None:
    file = tmp_path / log
    before = f"logging.basicConfig(filename={str(file)!r})" if log else ""
    with running(stderr=subprocess.PIPE, before=before) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert first_word(process) == b"called\n"
        assert process.wait(300) == 0
    if log:
        assert file.read_text().count("decision log stderr cannot be written") == 1


@pytest.mark.skipif(not os.path.exists("/dev/stderr"), reason="no /dev/stderr here")
def test_stderr_by_its_path_holds_up_no_call_either() -> None:
    receiving, sending = os.pipe()
    try:
        with running("/dev/stderr", stderr=sending) as process:
            assert first_word(process) == b"called\n"
            assert not fcntl.fcntl(sending, fcntl.F_GETFL) & os.O_NONBLOCK
    finally:
        os.close(receiving)
        os.close(sending)


def test_a_fifo_that_nobody_reads_on_holds_up_no_call(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with running(str(path), stderr=subprocess.DEVNULL) as process:
            assert first_word(process) == b"called\n"
            assert process.wait(300) == 0
        records, _ = lines_of(os.read(reader, 16_384).rpartition(b"\n")[0])
        assert records
    finally:
        os.close(reader)
