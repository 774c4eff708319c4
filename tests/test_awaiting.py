"""An event loop drives steps: it never waits itself, and each name is asked for once."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from endpoint_router.awaiting import drive, gather
from endpoint_router.aws.zone import Zone
from endpoint_router.policy.load import load
from endpoint_router.probe.landing import Landing
from endpoint_router.router import Router, World
from endpoint_router.routing.answer import Question
from endpoint_router.steps import FindZone, Invoke, LookUp, Steps
from tests.probe import dns_server as behave
from tests.probe.dns_server import DnsServer, serving
from tests.probe.names import eventually
from tests.support.children import output_of

NAMES = ("kms.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com", "s3.amazonaws.com")
#: Waited for only when something is wrong. Seconds.
PLENTY = 60.0
#: In which nobody answers. Seconds.
SHORT = 1.0

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Resolver:
    """A real DNS server, and how it is with those who ask it."""

    def __init__(self, server: DnsServer) -> None:
        self.server = server
        self.may_answer = threading.Event()
        for name in NAMES:
            server.zone[name] = self._answer

    def _answer(self, query: Any, transport: str) -> list[bytes]:
        assert self.may_answer.wait(PLENTY)
        return behave.answer("10.0.0.1", "fd00::1")(query, transport)

    def router(self, timeout: float = PLENTY, world: World | None = None) -> Router:
        dns = {"servers": [self.server.address], "timeout": timeout}
        return Router(load({"dns": dns}, environ={}), world)

    def asked_once(self, *names: str) -> bool:
        asked = sorted((name, kind) for name, kind, _ in self.server.questions)
        return asked == sorted((name, kind) for name in names for kind in ("A", "AAAA"))


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    with serving() as server:
        resolver = Resolver(server)
        yield resolver
        resolver.may_answer.set()


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    return asyncio.run if request.param == "asyncio" else pytest.importorskip("uvloop").run


def asking(router: Router, *names: str) -> Steps[set[str]]:
    """Their addresses, or why there are none."""
    questions = tuple(map(Question, names))
    held_by = yield LookUp(questions, router.deadline())
    return {
        told
        for question in questions
        for told in held_by[question].answer.addresses or (held_by[question].answer.detail,)
    }


def in_vain(told: set[str]) -> bool:
    """Is this what comes of waiting for so long, or on a busy machine for what is left of it?"""
    (why,) = told
    waited = re.match(r"no answer within ([\d.]+) s", why)
    return waited is not None and float(waited[1]) <= SHORT


async def turns(count: int) -> None:
    """The loop goes round so often."""
    for _ in range(count):
        await asyncio.sleep(0)


async def most_in_a_turn(tasks: list[Any], done: list[Any]) -> int:
    """How many of *tasks* were done in one turn of the loop."""
    most = 0
    while len(done) < len(tasks):
        before = len(done)
        await asyncio.sleep(0)
        most = max(most, len(done) - before)
    return most


def test_a_thousand_tasks_ask_once_and_the_loop_goes_on(resolver: Resolver, run: Run) -> None:
    router = resolver.router()
    done: list[set[str]] = []

    async def one() -> None:
        done.append(await drive(asking(router, *NAMES), router))

    async def main() -> int:
        tasks = [asyncio.create_task(one()) for _ in range(1000)]
        await turns(10)
        assert not done
        # Nobody but this loop lets the resolver answer: were it to wait, this would never be.
        resolver.may_answer.set()
        return await most_in_a_turn(tasks, done)

    # Nor does it stand still when all of them have their answer.
    assert run(main()) <= 50
    assert done == [{"10.0.0.1", "fd00::1"}] * 1000
    assert resolver.asked_once(*NAMES)


def test_who_gets_no_answer_in_time_is_told_why(resolver: Resolver, run: Run) -> None:
    router = resolver.router(SHORT)
    done: list[set[str]] = []

    async def one() -> None:
        done.append(await drive(asking(router, NAMES[0]), router))

    async def main() -> int:
        return await most_in_a_turn([asyncio.create_task(one()) for _ in range(200)], done)

    # Nor does the loop stand still where all give up at once.
    assert run(main()) <= 50
    assert len(done) == 200
    assert all(map(in_vain, done))
    # It is learnt all the same, for whoever asks next.
    resolver.may_answer.set()
    eventually(lambda: "10.0.0.1" in run(drive(asking(router, NAMES[0]), router)))


def test_a_thousand_tasks_do_not_begin_in_one_turn(resolver: Resolver, run: Run) -> None:
    """What comes before the first look-up, deciding what to ask, takes longest."""
    router, begun = resolver.router(), list[int]()

    def beginning(number: int) -> Steps[None]:
        begun.append(number)
        yield Invoke(int, ())

    async def main() -> int:
        tasks = [asyncio.create_task(drive(beginning(number), router)) for number in range(1000)]
        tasks[999].cancel()
        return await most_in_a_turn(tasks[:999], begun)

    assert run(main()) <= 50
    assert begun == list(range(999))  # in their order, and none that was given up before


def test_what_is_at_hand_is_not_waited_for(resolver: Resolver) -> None:
    router = resolver.router()
    resolver.may_answer.set()
    router.run(asking(router, NAMES[0]))
    with pytest.raises(StopIteration) as stop:
        drive(asking(router, NAMES[0]), router).send(None)  # by hand, in no loop
    assert stop.value.value == {"10.0.0.1", "fd00::1"}


def test_who_is_cancelled_leaves_nothing_behind_and_costs_nobody_anything(
    resolver: Resolver, run: Run
) -> None:
    router = resolver.router()
    ended: list[str] = []

    def noting(name: str) -> Steps[set[str]]:
        try:
            return (yield from asking(router, NAMES[0]))
        finally:
            ended.append(name)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        staying = asyncio.create_task(drive(noting("staying"), router))
        tasks = [asyncio.create_task(drive(noting("leaving"), router)) for _ in range(20)]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(drive(noting("leaving"), router), 0.01)
        (flight,) = router.evidence.depart([Question(NAMES[0])]).flights.values()
        for task in tasks:
            task.cancel()
        gone = [weakref.ref(task) for task in tasks]
        await asyncio.wait(tasks)
        assert ended == ["leaving"] * 21
        del tasks, task
        gc.collect()
        assert not any(task() for task in gone)
        assert flight.listener_of(loop) is not None  # of the one that stays
        staying.cancel()
        await asyncio.wait([staying])
        assert flight.listener_of(loop) is None
        staying = asyncio.create_task(drive(noting("staying"), router))
        await turns(3)
        resolver.may_answer.set()
        assert await staying == {"10.0.0.1", "fd00::1"}

    run(main())
    assert resolver.asked_once(NAMES[0])


def test_loops_in_threads_share_a_look_up_and_one_may_be_gone_before_it_ends(
    resolver: Resolver, run: Run
) -> None:
    router = resolver.router()
    waiting, done = threading.Barrier(4), list[set[str]]()

    async def main() -> None:
        task = asyncio.create_task(drive(asking(router, NAMES[0]), router))
        await turns(3)
        waiting.wait(PLENTY)  # as many threads as loops
        done.append(await task)

    threads = [threading.Thread(target=run, args=(main(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    # One that is closed with a task in it, which asyncio.run would have cancelled first.
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    left = loop.create_task(drive(asking(router, NAMES[0]), router))
    loop.run_until_complete(turns(3))
    loop.close()
    waiting.wait(PLENTY)
    resolver.may_answer.set()
    for thread in threads:
        thread.join(PLENTY)
    assert done == [{"10.0.0.1", "fd00::1"}] * 3
    assert resolver.asked_once(NAMES[0])
    gone = weakref.ref(left)
    del left
    eventually(lambda: gc.collect() >= 0 and gone() is None)


def test_a_loop_ends_and_another_begins(resolver: Resolver, run: Run) -> None:
    router = resolver.router()

    async def impatient() -> None:
        task = asyncio.create_task(drive(asking(router, NAMES[0]), router))
        await turns(3)
        assert not task.done()  # it is cancelled with the loop

    for _ in range(3):
        run(impatient())
    resolver.may_answer.set()
    assert run(drive(asking(router, NAMES[0]), router)) == {"10.0.0.1", "fd00::1"}
    assert run(drive(asking(router, NAMES[1]), router)) == {"10.0.0.1", "fd00::1"}
    assert resolver.asked_once(*NAMES[:2])


def test_a_renewal_is_awaited(resolver: Resolver) -> None:
    router, question = resolver.router(), Question(NAMES[0])
    resolver.may_answer.set()
    before = router.evidence.gather([question])[question]

    async def main() -> None:
        until = router.deadline()
        assert (await gather(router.evidence, [question], deadline=until))[question] is before
        renewed = await gather(router.evidence, [question], deadline=until, renew=True)
        assert renewed[question] is not before

    asyncio.run(main())
    assert resolver.server.asked(NAMES[0]) == 2


def test_what_is_invoked_may_be_a_coroutine_and_may_raise(resolver: Resolver) -> None:
    async def later(number: int) -> int:
        await asyncio.sleep(0)
        return 10 // number

    def invoking() -> Steps[list[Any]]:
        came = [(yield Invoke(int, ("7",))), (yield Invoke(later, (5,)))]
        for want in (Invoke(int, ("x",)), Invoke(later, (0,))):
            try:
                yield want
            except (ValueError, ZeroDivisionError) as error:
                came.append(type(error))
        return came

    came = asyncio.run(drive(invoking(), resolver.router()))
    assert came == [7, 2, ValueError, ZeroDivisionError]


def test_the_own_zone_is_awaited(resolver: Resolver, run: Run) -> None:
    go_on, asked = threading.Event(), list[float]()

    def find(timeout: float) -> Zone:
        asked.append(timeout)
        assert go_on.wait(PLENTY)
        return Zone("us-east-1a")

    zonal = "vpce-0123456789abcdef0-abcdefgh-us-east-1a.kms.us-east-1.vpce.amazonaws.com"
    policy = {"vpc_endpoints": [{"type": "interface", "dns_names": [zonal]}]}
    router = Router(load(policy, environ={}), World(zone=find))

    def finding(seconds: float) -> Steps[Zone]:
        return (yield FindZone(router.world.clock() + seconds))

    async def main() -> list[Zone]:
        assert not (await drive(finding(0.01), router)).name
        tasks = [asyncio.create_task(drive(finding(PLENTY), router)) for _ in range(100)]
        await turns(3)
        go_on.set()
        return await asyncio.gather(*tasks)

    assert {zone.name for zone in run(main())} == {"us-east-1a"}
    assert len(asked) == 1


def test_a_thousand_trio_tasks_ask_once(resolver: Resolver) -> None:
    trio = pytest.importorskip("trio")
    router, short = resolver.router(), resolver.router(SHORT)
    done: list[set[str]] = []

    async def one() -> None:
        done.append(await drive(asking(router, *NAMES), router))

    async def main() -> None:
        late = await drive(asking(short, NAMES[0]), short)
        assert in_vain(late)
        async with trio.open_nursery() as nursery:
            for _ in range(1000):
                nursery.start_soon(one)
            with trio.move_on_after(0.01) as scope:
                await drive(asking(router, NAMES[0]), router)
            assert scope.cancelled_caught
            resolver.may_answer.set()

    trio.run(main)
    assert done == [{"10.0.0.1", "fd00::1"}] * 1000
    assert resolver.server.asked(NAMES[1]) == 1


def test_outside_of_loops_it_says_so(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "trio", raising=False)
    router = resolver.router()
    with pytest.raises(RuntimeError, match="neither in an asyncio task nor in trio"):
        drive(asking(router, NAMES[0]), router).send(None)


def test_a_landing_has_one_listener_for_each_owner() -> None:
    landing, told = Landing(), list[str]()
    landing.listen(lambda: told.append("first"), "owner")
    landing.listen(lambda: told.append("second"), "owner")
    landing.listen(lambda: told.append("forgotten"), "other")
    landing.forget("other")
    landing.land()
    landing.announce()
    assert told == ["second"]
    assert landing.listener_of("owner") is None


def test_without_threads_it_waits_for_its_deadline_and_looks_up_nothing_on_the_loop() -> None:
    script = """
import asyncio, threading
from endpoint_router.awaiting import drive
from endpoint_router.policy.load import load
from endpoint_router.router import Router, World
from endpoint_router.routing.answer import Answer, Question
from endpoint_router.steps import FindZone, LookUp

def lookup(name, timeout):
    print("looked up", threading.current_thread() is threading.main_thread())
    return Answer(name, "absent")

zonal = "vpce-0123456789abcdef0-abcdefgh-us-east-1a.kms.us-east-1.vpce.amazonaws.com"
policy = {"vpc_endpoints": [{"type": "interface", "dns_names": [zonal]}], "dns": {"timeout": 0.5}}
router = Router(load(policy, environ={}), World(lookup=lambda _: lookup, zone=print))
question = Question("a.example")

def steps():
    zone = yield FindZone(router.deadline())
    held = yield LookUp((question,), router.deadline())
    return zone.source, held[question].answer.detail

async def main():
    ticks = []
    async def tick():
        while True:
            await asyncio.sleep(0.001)
            ticks.append(1)
    ticker = asyncio.create_task(tick())
    print(*await drive(steps(), router))
    print(len(ticks) > 4)  # a loop that waits itself comes round before, between and after
    ticker.cancel()

before = threading.stack_size(1 << 40)  # more than there is: can't start new thread
asyncio.run(main())
threading.stack_size(before)
print(asyncio.run(drive(steps(), router))[1] == "")
"""
    told = output_of(script).splitlines()
    assert re.fullmatch(r"no answer yet no answer within 0\.[45]\d* s", told[0])
    assert told[1] == "True"
    assert "looked up True" not in told


def test_what_is_synchronous_imports_none_of_it() -> None:
    script = """
import sys
from endpoint_router.policy.load import load
from endpoint_router.router import Router
import endpoint_router.sdk.activation.install
Router(load({}, environ={}))
print({"asyncio", "endpoint_router.awaiting", "endpoint_router.awaiting_trio"} & set(sys.modules))
"""
    assert output_of(script) == "set()\n"
