"""Logs as rotation leaves them: packed or not, whatever they are called, whole or not."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from endpoint_router.cli.main import main
from endpoint_router.cli.plan import plan
from endpoint_router.plan.opening import MAX_LINE, Damaged, lines_of
from tests.plan.lines import dump, line

LOG = dump(line(operation=f"Op{number}") for number in range(50))
PACKED = gzip.compress(LOG)


def test_it_goes_by_what_is_in_it() -> None:
    assert b"".join(lines_of(io.BytesIO(PACKED))) == LOG
    assert b"".join(lines_of(io.BytesIO(LOG))) == LOG
    assert list(lines_of(io.BytesIO(b""))) == []


def test_several_that_were_joined() -> None:
    assert b"".join(lines_of(io.BytesIO(PACKED + PACKED))) == LOG + LOG


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (PACKED[:-1], "broken off"),
        (PACKED[: len(PACKED) // 2], "broken off"),
        (PACKED[:5], "broken off"),
        (PACKED[:2], "broken off"),
        (PACKED[:40] + b"\0\0\0\0" + PACKED[44:], "garbled"),
        (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "garbled"),
        (PACKED + b"rest", "garbled"),
        (b"\x1f\x8b\xff\xff" + PACKED[4:], "garbled"),
    ],
    ids=["last byte", "half", "header", "magic", "middle", "checksum", "rest", "no such method"],
)
def test_what_is_damaged_is_said_in_a_line_that_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, why: str
) -> None:
    with pytest.raises(Damaged, match=why):
        list(lines_of(io.BytesIO(content)))
    whole, damaged = tmp_path / "a.jsonl", tmp_path / "decisions.jsonl.1.gz"
    whole.write_bytes(LOG)
    damaged.write_bytes(content)
    assert main(["plan", str(whole), str(damaged)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert str(damaged) in err
    assert why in err


def test_stdin_may_be_packed_too() -> None:
    """Through a pipe, which cannot be rewound, written byte by byte at first."""
    program = "import sys; from endpoint_router.cli.main import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "plan", "-", "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(PACKED[:1])
    process.stdin.flush()
    out, _ = process.communicate(PACKED[1:], timeout=300)
    assert process.returncode == 1
    assert b'"lines": 50' in out


def test_packed_and_plain_logs_are_read_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_bytes(PACKED)
    assert plan([str(tmp_path / "a"), "-"], stdin=io.BytesIO(LOG)) == 1
    assert capsys.readouterr().out.startswith("100 lines from 2 processes")


@pytest.mark.skipif(os.name != "posix", reason="who else tells how much memory was used?")
def test_however_far_it_unpacks_it_fills_no_memory(tmp_path: Path) -> None:
    """A quarter of a gigabyte of one letter, in a few hundred kilobytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"a" * (1 << 20)
    bomb = b"".join(packer.compress(piece) for _ in range(256)) + packer.flush()
    (tmp_path / "bomb.gz").write_bytes(bomb + PACKED)
    program = (
        "import resource, sys\n"
        "from endpoint_router.plan.opening import lines_of\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "lines = sum(1 for _ in lines_of(open(sys.argv[1], 'rb')))\n"
        "print(lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bomb.gz")],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    lines, grown = map(int, done.stdout.split())
    assert lines == 50  # the first is broken, being joined to what is endless
    unit = 1 if sys.platform == "darwin" else 1024
    assert grown * unit < 16 * MAX_LINE
