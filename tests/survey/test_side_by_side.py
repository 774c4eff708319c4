"""Many look-ups at once: none waits for another, and no more are under way than may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from endpoint_router.policy.load import load
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import Router, World
from endpoint_router.routing.answer import Question
from endpoint_router.steps import Invoke, LookUp, Steps
from endpoint_router.survey.side_by_side import Timed, open_files_allow, side_by_side
from tests.probe import dns_server
from tests.probe.dns_server import DnsServer, answer, late, rcode, silence, when

NAMES = [f"service{number}.example" for number in range(400)]


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with dns_server.serving() as server:
        yield server


def router(server: DnsServer, at_once: int, timeout: float = 30.0) -> tuple[Router, Timed]:
    policy = {"version": 1, "dns": {"servers": [server.address], "timeout": timeout}}
    timed = Timed(Resolver, at_once)
    return Router(load(policy, environ={}), World(lookup=timed), workers=at_once), timed


def asks(name: str, *more: str) -> Steps[tuple[str, ...]]:
    """Wants one name, then the others together."""
    said = ""
    for names in (name,), more:
        if names:
            held = yield LookUp(tuple(map(Question, names)), 0.0)
            said += "".join(held[Question(each)].answer.status[0] for each in names)
    return (name, said)


class Crowd:
    """Answers nobody until so many wait, then each after a moment; knows how many did at most."""

    def __init__(self, wanted: int) -> None:
        self.lock, self.now, self.most = threading.Lock(), 0, 0
        self.wanted, self.is_there = wanted, threading.Event()

    def __call__(self, query: Any, transport: str) -> list[bytes]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        if self.most >= self.wanted:
            self.is_there.set()
        self.is_there.wait(60)
        time.sleep(0.5)
        with self.lock:
            self.now -= 1
        return answer("10.20.0.10")(query, transport)


def test_400_names_take_little_longer_than_one(server: DnsServer) -> None:
    """One after the other, they would never be answered."""
    crowd = server.otherwise = Crowd(150)
    asking, timed = router(server, 200)
    came = list(side_by_side(asking, map(asks, NAMES), 200))
    assert sorted(came) == sorted((name, "a") for name in NAMES)
    # A and AAAA of each, and never more than may be under way.
    assert 150 <= crowd.most <= 400
    assert len(timed.seconds) == 400
    assert min(timed.seconds.values()) >= 0.5


def test_no_more_than_may_be(server: DnsServer) -> None:
    crowd = server.otherwise = Crowd(8)
    asking, _ = router(server, 4)
    assert len(list(side_by_side(asking, map(asks, NAMES[:8]), 4))) == 8
    assert crowd.most == 8


def test_one_that_is_silent_holds_up_no_other(server: DnsServer) -> None:
    over = threading.Event()
    server.otherwise = answer("10.20.0.10")
    server.zone["slow.example"] = when(over.is_set, answer("10.20.0.10"))
    server.zone["broken.example"] = rcode(5)
    asking, timed = router(server, 50)
    tasks = map(asks, ["slow.example", "broken.example", *NAMES[:20]])
    came = []
    for each in side_by_side(asking, tasks, 50):
        came.append(each)
        if len(came) == 21:  # all others
            over.set()
    assert came[-1] == ("slow.example", "a")
    assert ("broken.example", "f") in came
    assert len(timed.seconds) == 22


def test_one_that_is_silent_fails_in_the_end(server: DnsServer) -> None:
    server.otherwise = silence
    asking, timed = router(server, 50, timeout=0.2)
    assert list(side_by_side(asking, [asks("silent.example")], 50)) == [("silent.example", "f")]
    assert timed.seconds["silent.example"] >= 0.2


def test_a_name_that_many_want_is_asked_for_once(server: DnsServer) -> None:
    server.otherwise = late(0.2, answer("10.20.0.10"))
    asking, _ = router(server, 50)
    tasks = (asks(name, "common.example", name) for name in NAMES[:10])
    assert {said for _, said in side_by_side(asking, tasks, 50)} == {"aaa"}
    assert server.asked("common.example") == 1
    assert server.asked(NAMES[0]) == 1


def test_what_a_step_raises_is_for_the_steps_to_judge(server: DnsServer) -> None:
    def trips(catches: bool) -> Steps[str]:
        try:
            yield Invoke(int, ("no number",))
        except ValueError:
            if not catches:
                raise
        return "went on"

    asking, _ = router(server, 5)
    assert list(side_by_side(asking, [trips(True)], 5)) == ["went on"]
    with pytest.raises(ValueError, match="no number"):
        list(side_by_side(asking, [trips(False)], 5))


def test_look_ups_have_a_pace(server: DnsServer) -> None:
    """Else a resolver that is quick would get more packets than it bears."""
    server.otherwise = answer("10.20.0.10")
    slept: list[float] = []
    timed = Timed(Resolver, 10, clock=lambda: 0.0, sleep=slept.append)
    lookup = timed(load({"version": 1, "dns": {"servers": [server.address]}}).parsed.dns_servers)
    for name in NAMES[:15]:
        assert lookup(name, 5.0).status == "answered"
    assert slept == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_a_process_with_few_files_asks_less_at_once() -> None:
    resource = pytest.importorskip("resource", reason="no limits of this kind here")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert open_files_allow(200) == 64
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert open_files_allow(5) == 5
