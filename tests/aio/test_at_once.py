"""Many calls at once: one question for each name, one decision, and a loop that never waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from endpoint_router.lab import Delayed
from endpoint_router.lab.network import Lab
from tests.support.async_lab import Gate, client_of, run, session_for
from tests.support.lab_client import KMS, hosts, questions
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns
from tests.support.wire import Caught

MANY = 300
#: So many decide something in one turn of the loop, and a few more are on their way.
FEW = 50
FIPS = {"defaults": {"fips": "require"}}


def slow(lab: Lab, name: str, seconds: float = 0.2) -> None:
    lab.zone.set(name, Delayed(seconds, lab.zone.find(name)))


def ends_before_the_wire(client: Any) -> None:
    def catch(request: Any, **_: Any) -> None:
        raise Caught(request)

    client.meta.events.register_last("before-send", catch, unique_id="catch")


class Herd:
    """Calls, all of which wait for one look-up, and how many go on before somebody else may."""

    def __init__(self, lab: Lab, name: str) -> None:
        self._lab, self._name = lab, name
        self._ended = self._worst = 0

    def kept_waiting(self, call: Callable[[Any, int], Awaitable[Any]], **options: Any) -> int:
        """After how many of so many *call* a ticker has its turn, at worst. DNS is asked once."""
        gate = Gate(self._lab)
        policy = {**PRIVATE_DNS, "dns": {"timeout": 60}}

        async def main() -> None:
            session = session_for(self._lab, policy, lookup=gate)
            async with client_of(session, **options) as client:
                client.meta.events.register_last("before-send", self._end)
                await self._runs(client, call, gate)

        run(main())
        assert gate.asked.count(self._name) == 1
        return self._worst

    def _end(self, request: Any, **_: Any) -> None:
        self._ended += 1
        raise Caught(request)

    async def _runs(
        self, client: Any, call: Callable[[Any, int], Awaitable[Any]], gate: Gate
    ) -> None:
        stop = asyncio.Event()
        ticker = asyncio.create_task(self._tick(stop))
        calls = []
        for number in range(MANY):
            calls.append(asyncio.ensure_future(call(client, number)))
            await asyncio.sleep(0)
        assert self._ended == 0
        gate.open.set()
        results = await asyncio.gather(*calls, return_exceptions=True)
        stop.set()
        await ticker
        assert {type(result) for result in results} == {Caught}
        assert self._ended == MANY

    async def _tick(self, stop: asyncio.Event) -> None:
        before = 0
        while not stop.is_set():
            await asyncio.sleep(0)
            self._worst, before = max(self._worst, self._ended - before), self._ended


def test_the_loop_does_not_wait_for_hundreds_of_first_calls(lab: Lab):
    private_dns(lab, ONE)
    assert Herd(lab, KMS).kept_waiting(lambda client, _: client.list_keys()) <= FEW


def test_nor_for_those_of_which_each_goes_elsewhere(lab: Lab):
    s3 = "s3.us-east-1.amazonaws.com"
    lab.host(s3, ONE)
    lab.host(f"*.{s3}", ONE)

    def call(client: Any, number: int) -> Awaitable[Any]:
        return client.head_object(Bucket=f"bucket-{number}", Key="key")

    assert Herd(lab, s3).kept_waiting(call, service="s3") <= FEW


def test_hundreds_of_first_calls_decide_once(lab: Lab, monkeypatch: pytest.MonkeyPatch):
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
        async with client_of(session_for(lab, PRIVATE_DNS), connect_timeout=60) as client:
            await asyncio.gather(*(client.list_keys() for _ in range(100)))

    run(main())
    assert hosts(lab) == [KMS] * 100
    assert questions(lab, KMS) == 1


def test_the_first_may_be_cancelled_and_the_others_go_on(lab: Lab):
    private_dns(lab, ONE)
    gate = Gate(lab)

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS, lookup=gate)) as client:
            tasks = [asyncio.create_task(client.list_keys()) for _ in range(5)]
            while KMS not in gate.asked:
                await asyncio.sleep(0.002)
            tasks[0].cancel()
            tasks[3].cancel()
            await asyncio.sleep(0)
            gate.open.set()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            kinds = [type(result) for result in results]
            assert kinds == [asyncio.CancelledError, dict, dict, asyncio.CancelledError, dict]
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not [task for task in left if "endpoint_router" in repr(task)]

    run(main())
    assert hosts(lab) == [KMS] * 3
    assert gate.asked == [KMS]


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
