"""However a file is cut into pieces, its records are those of the whole, or it is left whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.audit.pieces import Uncut, pieces
from endpoint_router.audit.records import Foreign, Record, decode, decode_lists

from .made import compact, record


def chunks(text: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def of_pieces(text: bytes, size: int) -> list[Record] | None:
    try:
        return list(decode_lists(pieces(chunks(text, size))))
    except (Uncut, Foreign):
        return None


#: What looks like the place between two records, and is none.
_WITHIN: list[dict[str, Any]] = [
    {},
    {"requestParameters": {"text": '},{"eventVersion":"1.08"'}},
    {"requestParameters": {"Records": [{"eventVersion": "1.08"}, {"eventVersion": "1.08"}]}},
    {"requestParameters": {"text": 'a"}\n{"eventVersion":', "more": "é]}"}},
    {"requestParameters": {"Records": [{"eventVersion": "1.08"}]}},
]
made = st.builds(
    lambda number, within: record(number, **within), st.integers(0, 99), st.sampled_from(_WITHIN)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(made, min_size=1, max_size=6), st.integers(30, 3000), st.booleans())
def test_the_records_are_those_of_the_whole(
    records: list[dict[str, Any]], size: int, on_lines: bool
) -> None:
    delivered = compact({"Records": records})
    text = b"\n".join(map(compact, records)) if on_lines else delivered
    assert of_pieces(text, size) in (None, list(decode(text)))
    # Broken anywhere, it is no shorter list.
    for at in range(len(delivered) - 40, len(delivered), 3):
        assert of_pieces(delivered[:at], size) is None


@pytest.mark.parametrize("size", [100, 1000, 5000])
def test_what_cloudtrail_delivers_is_cut(size: int) -> None:
    records = [record(number) for number in range(30)]
    text = compact({"Records": records})
    assert of_pieces(text, size) == list(decode(text))
    assert of_pieces(b"\n".join(map(compact, records)), size) == list(decode(text))
    assert len(list(pieces(chunks(text, size)))) > 5


@pytest.mark.parametrize(
    "text", [b"", b"[]", b'{"Records": []}', b'{"Records":[]}', b'{"Events":[]}', b"<html>"]
)
def test_other_shapes_are_left_whole(text: bytes) -> None:
    assert of_pieces(text, 100) is None
