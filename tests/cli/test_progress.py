"""A bar where rich is, lines where it is not, nothing where nobody looks."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from endpoint_router.cli.progress import progress
from tests.cli.test_screen import Terminal


def test_nothing_where_stderr_is_no_terminal() -> None:
    stream = io.StringIO()
    with progress("hosts", 2, stream=stream) as advance:
        advance()
    assert stream.getvalue() == ""


def test_a_bar_by_rich() -> None:
    pytest.importorskip("rich")
    stream = Terminal()
    with progress("hosts", 2, stream=stream) as advance:
        advance()
        advance()
    assert "hosts" in stream.getvalue()


def test_nobody_may_know_how_many_there_are() -> None:
    pytest.importorskip("rich")
    stream = Terminal()
    with progress("pages", None, stream=stream) as advance:
        advance()
    assert "1/?" in stream.getvalue()


WITHOUT_RICH = """
import sys
sys.modules["rich"] = None
import io, itertools
from endpoint_router.cli.progress import progress

class Terminal(io.StringIO):
    def isatty(self):
        return True

stream = Terminal()
with progress("hosts", 4, stream=stream, clock=itertools.count().__next__) as advance:
    for _ in range(4):
        advance()
with progress("pages", None, stream=stream, clock=itertools.count(0, 2).__next__) as advance:
    advance()
print(stream.getvalue(), end="")
"""


def test_a_line_now_and_then_without_rich() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_RICH], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert "of 4 hosts\n" in done.stdout
    assert "1 pages\n" in done.stdout
