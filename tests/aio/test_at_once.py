"""Many calls at once: one question for each name, one decision, and a loop that never waits."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from endpoint_router.lab import Delayed
from endpoint_router.lab.network import Lab
from tests.support.async_lab import client_of, run, session_for
from tests.support.lab_client import KMS, hosts, questions
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns
from tests.support.wire import Caught

MANY = 1000
FIPS = {"defaults": {"fips": "require"}}


def slow(lab: Lab, name: str, seconds: float = 0.2) -> None:
    lab.zone.set(name, Delayed(seconds, lab.zone.find(name)))


def ends_before_the_wire(client: Any) -> None:
    def catch(request: Any, **_: Any) -> None:
        raise Caught(request)

    client.meta.events.register_last("before-send", catch, unique_id="catch")


async def busy(stop: asyncio.Event) -> float:
    """How long everybody else keeps a ticker waiting at most: seconds of CPU between two ticks.

    On a machine with others on it, time that passes says nothing of who took it.
    """
    worst, before = 0.0, time.thread_time()
    while not stop.is_set():
        await asyncio.sleep(0)
        now = time.thread_time()
        worst, before = max(worst, now - before), now
    return worst


async def herd(client: Any, call: Callable[[Any, int], Awaitable[Any]]) -> float:
    """How busy the loop is while so many calls are begun, one every turn of the loop."""
    stop = asyncio.Event()
    ticker = asyncio.create_task(busy(stop))
    calls = []
    for number in range(MANY):
        calls.append(asyncio.ensure_future(call(client, number)))
        await asyncio.sleep(0)
    results = await asyncio.gather(*calls, return_exceptions=True)
    stop.set()
    assert {type(result) for result in results} == {Caught}
    return await ticker


def never_busy(
    lab: Lab, name: str, call: Callable[[Any, int], Awaitable[Any]], **options: Any
) -> bool:
    """Is nobody kept waiting, in one of three herds? Each asks once for *name*.

    A few milliseconds of CPU where a machine does nothing else, ten times as much where it does
    much else; without turns it is more than a hundred.
    """
    for number in range(1, 4):
        worst = kept_busy(lab, call, **options)
        assert questions(lab, name) == number
        if worst < 0.06:
            return True
    return False


def kept_busy(lab: Lab, call: Callable[[Any, int], Awaitable[Any]], **options: Any) -> float:
    async def main() -> float:
        async with client_of(session_for(lab, PRIVATE_DNS), **options) as client:
            ends_before_the_wire(client)
            return await herd(client, call)

    gc.disable()  # a walk over what a thousand calls have made takes longer
    try:
        return run(main())
    finally:
        gc.enable()


def test_the_loop_does_not_wait_for_the_first_thousand_calls(lab: Lab):
    private_dns(lab, ONE)
    slow(lab, KMS)
    assert never_busy(lab, KMS, lambda client, _: client.list_keys())


def test_nor_for_those_of_which_each_goes_elsewhere(lab: Lab):
    s3 = "s3.us-east-1.amazonaws.com"
    lab.host(s3, ONE)
    lab.host(f"*.{s3}", ONE)
    slow(lab, s3)

    def call(client: Any, number: int) -> Awaitable[Any]:
        return client.head_object(Bucket=f"bucket-{number}", Key="key")

    assert never_busy(lab, s3, call, service="s3")


def test_a_thousand_first_calls_decide_once(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    """Told by the handlers of the application, which are asked for each variant resolved."""
    private_dns(lab, ONE)
    slow(lab, KMS)
    asked: list[str] = []

    async def main(count: int) -> int:
        asked.clear()
        async with client_of(session_for(lab, PRIVATE_DNS)) as client:
            ends_before_the_wire(client)
            client.meta.events.register(
                "before-endpoint-resolution", lambda model, **_: asked.append(model.name)
            )
            await asyncio.gather(
                *(client.list_keys() for _ in range(count)), return_exceptions=True
            )
        return len(asked)

    first = run(main(1))
    assert run(main(200)) == first + 199  # the others ask once more, as each warm call does


def test_all_of_them_arrive(lab: Lab):
    private_dns(lab, ONE)
    slow(lab, KMS)

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS), connect_timeout=20) as client:
            await asyncio.gather(*(client.list_keys() for _ in range(100)))

    run(main())
    assert hosts(lab) == [KMS] * 100
    assert questions(lab, KMS) == 1


def test_the_first_may_be_cancelled_and_the_others_go_on(lab: Lab):
    private_dns(lab, ONE)
    slow(lab, KMS)

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS)) as client:
            tasks = [asyncio.create_task(client.list_keys()) for _ in range(5)]
            await asyncio.sleep(0.05)
            tasks[0].cancel()
            tasks[3].cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            kinds = [type(result) for result in results]
            assert kinds == [asyncio.CancelledError, dict, dict, asyncio.CancelledError, dict]
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not [task for task in left if "endpoint_router" in repr(task)]

    run(main())
    assert hosts(lab) == [KMS] * 3
    assert questions(lab, KMS) == 1


def test_cancelling_while_it_connects_leaves_nothing_open(lab: Lab):
    private_dns(lab, ONE)
    lab.unreachable(ONE, "timeout")

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS), connect_timeout=30) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.list_keys(), 0.3)
            private_dns(lab, ONE)
            await client.list_keys()

    run(main())
    assert hosts(lab) == [KMS]


def test_loops_in_threads_share_the_answers(lab: Lab):
    private_dns(lab, ONE)
    slow(lab, KMS)
    session = session_for(lab, PRIVATE_DNS)
    failures: list[BaseException] = []

    async def main() -> None:
        async with client_of(session) as client:
            await asyncio.gather(*(client.list_keys() for _ in range(5)))

    def in_thread() -> None:
        try:
            run(main())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=in_thread) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run(main())  # and one more loop, when those are gone
    assert not failures
    assert hosts(lab) == [KMS] * 20
    assert questions(lab, KMS) == 1


def test_uvloop(lab: Lab):
    uvloop = pytest.importorskip("uvloop")
    private_dns(lab, ONE)

    async def main() -> None:
        assert "uvloop" in type(asyncio.get_running_loop()).__module__
        async with client_of(session_for(lab, PRIVATE_DNS)) as client:
            await asyncio.gather(*(client.list_keys() for _ in range(5)))
        await asyncio.sleep(0.05)

    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    assert {seen.address for seen in lab.seen} == {ONE}
