"""A dictionary that forgets what was not used lately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.recent import Recent


def test_what_is_in_use_stays_however_much_comes() -> None:
    recent: Recent[int, int] = Recent(10)
    recent.keep(-1, 1)
    for number in range(1000):
        recent.keep(number, number)
        if number % 4 == 0:
            assert recent.recall(-1) == 1
    assert recent.recall(0) is None


@given(st.lists(st.integers(0, 50)), st.integers(1, 20))
def test_the_last_half_is_known_for_sure(keys: list[int], capacity: int) -> None:
    recent: Recent[int, int] = Recent(capacity)
    for key in keys:
        recent.keep(key, key)
    last = list(dict.fromkeys(reversed(keys)))[: max(1, capacity // 2)]
    assert all(recent.recall(key) is not None for key in last)
    assert len(recent) <= max(1, capacity // 2)


def test_what_is_kept_again_is_the_newer() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.keep("a", 1)
    recent.keep("b", 2)  # the generation of a is over
    recent.keep("a", 3)
    assert recent.recall("a") == 3
