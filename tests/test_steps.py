"""Steps are driven alike by a thread and by an event loop, and never wait themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from endpoint_router.awaiting import run as drive
from endpoint_router.steps import FindZone, Invoke, LookUp, Steps, Want, run


def asked_twice(log: list[Any]) -> Steps[str]:
    first = yield FindZone(1.0)
    log.append(first)
    try:
        yield Invoke(int, ("no number",))
    except ValueError as error:
        log.append(str(error))
    second = yield LookUp((), 2.0)
    return f"{first} {second}"


ANSWERS = {FindZone: "zone", LookUp: "answers"}


def fulfil(want: Want) -> Any:
    return want.function(*want.arguments) if isinstance(want, Invoke) else ANSWERS[type(want)]


async def fulfil_later(want: Want) -> Any:
    await asyncio.sleep(0)
    return fulfil(want)


def test_both_drivers_come_to_the_same() -> None:
    here: list[Any] = []
    there: list[Any] = []
    assert run(asked_twice(here), fulfil) == "zone answers"
    assert asyncio.run(drive(asked_twice(there), fulfil_later)) == "zone answers"
    assert here == there == ["zone", "invalid literal for int() with base 10: 'no number'"]


def test_what_the_steps_do_not_catch_is_raised() -> None:
    def failing() -> Steps[None]:
        yield Invoke(int, ("x",))

    with pytest.raises(ValueError, match="invalid literal"):
        run(failing(), fulfil)


def test_steps_that_want_nothing() -> None:
    def at_once() -> Steps[int]:
        return 1
        yield FindZone(0.0)

    assert run(at_once(), fulfil) == 1


def test_an_interruption_ends_the_steps() -> None:
    closed: list[str] = []

    def interrupted() -> Steps[None]:
        try:
            yield FindZone(0.0)
        finally:
            closed.append("closed")

    def interrupt(_want: Want) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(interrupted(), interrupt)
    assert closed == ["closed"]
