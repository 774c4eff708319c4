"""Text from elsewhere is made harmless: one line in which nothing acts, and nothing is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError
from endpoint_router.printable import printable

#: Clears the screen; sets the title; a C1 introducer; overwrites the line; turns it around.
NASTY = "\x1b[2J\x1b]0;title\x07 \x9b31m \r\n \u202e \u2066 \u2028 \ud800 \x00"


@given(st.text())
@example(NASTY)
def test_nothing_in_it_acts(text: str) -> None:
    said = printable(text)
    # Cc, Cf, Cs, Zl, Zp: what a terminal obeys, what turns lines around, and halves of a pair.
    assert not {unicodedata.category(sign) for sign in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(said.splitlines()) <= 1
    said.encode()
    assert printable(said) == said


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_what_is_visible_is_left_alone(text: str) -> None:
    assert printable(text) == text


def test_what_acts_is_spelled_out() -> None:
    assert printable("a\x1b[2J\n\u202eb") == r"a\x1b[2J\n\u202eb"


@pytest.mark.parametrize("kind", [EndpointDenied, EndpointUnverified])
def test_the_text_of_a_refusal_is_harmless_and_its_fields_are_what_they_were(
    kind: type[EndpointDenied],
) -> None:
    names = ("code", "service", "operation", "region", "host", "rule", "reason", "remedy")
    error = kind(**dict.fromkeys(names, NASTY))
    assert str(error).isprintable()
    assert r"\x1b[2J" in str(error)
    assert error.reason == NASTY


def test_the_text_of_a_policys_error_is_harmless() -> None:
    error = PolicyError(where=NASTY, found=NASTY, expected=NASTY, hint=NASTY)
    assert str(error).isprintable()
    assert error.where == NASTY
