"""Colours, width, and tables that fit."""

from __future__ import annotations

import io

import pytest

from endpoint_router.cli.screen import Painted, Screen

HOST = "vpce-0123456789abcdef0-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "colours"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colours_need_a_terminal_that_wants_them(
    stream: io.StringIO, environ: dict[str, str], colours: bool
) -> None:
    screen = Screen.of(stream, environ)
    assert screen.colours is colours
    assert screen.paint("red", "red") == ("\033[31mred\033[0m" if colours else "red")


def test_columns_where_they_fit() -> None:
    rows = [("kms", Painted("ok", "green"), ""), ("sts", "", "x")]
    assert Screen().table(("service", "it is", "why"), rows).splitlines() == [
        "service  it is  why",
        "kms      ok",
        "sts             x",
    ]
    assert "\033[32mok\033[0m" in Screen(colours=True).table(("a", "b", "c"), rows)


def test_lines_where_columns_do_not_fit() -> None:
    why = f"no DNS name of {HOST} is known to the policy"
    shown = Screen(width=80).table(("host", "verdict", "why"), [(HOST, "public", why)])
    assert shown.splitlines()[:2] == [HOST, "  verdict  public"]
    assert HOST in "".join(shown.splitlines()[2:]).split()
    assert all(len(line) <= 80 or HOST in line for line in shown.splitlines())
    assert Screen(colours=True, width=20).table(("a", "b"), [("x" * 30, Painted("no", "red"))]) == (
        "x" * 30 + "\n  b  \033[31mno\033[0m"
    )
