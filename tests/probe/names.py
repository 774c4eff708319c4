"""A look-up and a clock for tests of the evidence, which needs neither a network nor time."""

from __future__ import annotations

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable

from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.ttl_and_staleness import Lifetimes
from endpoint_router.routing.answer import Answer, Question

NAME = "kms.us-east-1.amazonaws.com"
Q = Question(NAME)
#: Waited for only when something is wrong.
PLENTY = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Names:
    """A look-up without a network: answers from ``zone``, counts, and holds back on demand."""

    def __init__(self) -> None:
        self.zone: dict[str, Answer | BaseException] = {}
        self.asked: Counter[str] = Counter()
        self.open = threading.Event()
        self.open.set()

    def __call__(self, name: str, timeout: float) -> Answer:
        self.asked[name] += 1
        assert self.open.wait(PLENTY)
        answer = self.zone.get(name, good(name))
        if isinstance(answer, BaseException):
            raise answer
        return answer


def good(name: str = NAME, address: str = "10.0.0.1", ttl: float = 100.0) -> Answer:
    return Answer(name, "answered", (address,), ttl=ttl)


def failed(name: str = NAME) -> Answer:
    return Answer(name, "failed", detail="SERVFAIL")


def evidence(
    lookup: Callable[[str, float], Answer],
    *,
    timeout: float = PLENTY,
    failure_ttl: float = 0.5,
    clock: Callable[[], float] = time.monotonic,
    reach: Callable[[str, int, float], bool] | None = None,
    network: Callable[[], object] = lambda: None,
    capacity: int = 4096,
    workers: int = 16,
) -> Evidence:
    return Evidence(
        lookup,
        Lifetimes(5, 300, 60, failure_ttl, 3600),
        timeout=timeout,
        clock=clock,
        wall=lambda: 1234.5,
        reach=reach,
        network=network,
        capacity=capacity,
        workers=workers,
    )


def eventually(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + PLENTY
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.002)


#: Threads that were there before the test: another one has left them behind.
_others: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def begin() -> None:
    """A test begins: what is under way by now is not its."""
    _others.update(threading.enumerate())


def under_way() -> list[threading.Thread]:
    """Threads of the test's look-ups."""
    ours = [thread for thread in threading.enumerate() if thread not in _others]
    return [thread for thread in ours if thread.name == "endpoint_router-probe"]


def settle() -> None:
    """Wait until no look-up is under way: workers leave when there is nothing to do."""
    eventually(lambda: not under_way())
