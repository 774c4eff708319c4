from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.policy.model import Dns
from endpoint_router.probe.answer import Answer, Question
from endpoint_router.probe.evidence import Evidence, Held
from endpoint_router.probe.resolver import Resolver

from . import dns_server as behave
from .dns_server import DnsServer

NAME = "kms.us-east-1.amazonaws.com"
Q = Question(NAME)
#: Waited for only when something is wrong.
PLENTY = 10.0


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
    capacity: int = 4096,
    workers: int = 16,
) -> Evidence:
    return Evidence(
        lookup,
        timeout=timeout,
        min_ttl=5,
        max_ttl=300,
        negative_ttl=60,
        failure_ttl=failure_ttl,
        max_stale=3600,
        clock=clock,
        wall=lambda: 1234.5,
        reach=reach,
        capacity=capacity,
        workers=workers,
    )


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def eventually(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + PLENTY
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.002)


def settle() -> None:
    """Wait until no look-up is under way: workers leave when there is nothing to do."""
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "endpoint_router-probe"])


# Lifetimes, seen from outside


def test_nothing_is_held_at_first_and_peek_asks_nobody(names: Names) -> None:
    subject = evidence(names)
    assert subject.peek(Q) is None
    assert names.asked == {}


def test_gather_asks_once_and_holds(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    held = subject.gather([Q])[Q]
    assert (held.answer, held.expires_at, held.refresh_at) == (good(), 1100.0, 1075.0)
    assert subject.gather([Q, Q]) == {Q: held}
    assert subject.peek(Q) is held
    assert names.asked == {NAME: 1}


def test_gather_of_nothing(names: Names) -> None:
    assert evidence(names).gather([]) == {}


def test_renewal_on_use_in_the_background(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    before = subject.gather([Q])[Q]
    clock.now += 74.9
    assert subject.peek(Q) is before
    assert names.asked[NAME] == 1
    names.open.clear()
    names.zone[NAME] = good(address="10.0.0.2")
    clock.now += 0.1
    assert subject.peek(Q) is before  # at once, although the look-up hangs
    assert subject.gather([Q])[Q] is before
    eventually(lambda: names.asked[NAME] == 2)
    names.open.set()
    eventually(lambda: subject.peek(Q) is not before)
    after = subject.peek(Q)
    assert after is not None
    assert (after.answer.addresses, after.expires_at) == (("10.0.0.2",), 1175.0)
    assert names.asked[NAME] == 2


def test_past_its_ttl_gather_waits_for_the_renewal(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    names.zone[NAME] = good(address="10.0.0.2")
    clock.now += 100
    assert subject.peek(Q) is None
    assert subject.gather([Q])[Q].answer.addresses == ("10.0.0.2",)


def test_a_clock_that_jumps_only_expires(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    clock.now += 1e6  # a Lambda thawed after days
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer == failed()


def test_a_failed_renewal_falls_back_and_the_next_look_is_an_attempt(
    names: Names, clock: Clock
) -> None:
    subject = evidence(names, clock=clock)
    subject.gather([Q])
    names.zone[NAME] = failed()
    clock.now += 100
    for attempt in (2, 3):
        held = subject.gather([Q])[Q]
        assert (held.answer.addresses, held.answer.stale) == (("10.0.0.1",), True)
        assert subject.gather([Q])[Q] is held  # for failure_ttl
        assert names.asked[NAME] == attempt
        clock.now += 0.5
    names.zone[NAME] = Answer(NAME, "absent", ttl=30.0)
    assert subject.gather([Q])[Q].answer.status == "absent"
    names.zone[NAME] = failed()
    clock.now += 30
    assert subject.gather([Q])[Q].answer == failed()


def test_a_failure_is_held_for_failure_ttl(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer == failed()
    names.zone[NAME] = good()
    assert subject.gather([Q])[Q].answer == failed()
    held = subject.peek(Q)
    assert held is not None
    assert held.answer == failed()
    clock.now += 0.5
    assert subject.gather([Q])[Q].answer == good()


def test_failure_ttl_of_zero_holds_no_failure(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock, failure_ttl=0)
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer == failed()
    assert subject.peek(Q) is None
    assert subject.gather([Q])[Q].answer == failed()
    assert names.asked[NAME] == 2
    names.zone[NAME] = good()
    subject.gather([Q])
    names.zone[NAME] = failed()
    clock.now += 100
    for _ in range(2):
        assert subject.gather([Q])[Q].answer.stale


@pytest.mark.parametrize("port", [None, 443])
def test_retry_asks_again_after_a_failure_only(
    names: Names, clock: Clock, port: int | None
) -> None:
    question = Question(NAME, port)
    subject = evidence(names, clock=clock)
    names.zone[NAME] = failed()
    subject.gather([question])
    assert subject.gather([question], retry=True)[question].answer == failed()
    assert names.asked[NAME] == 2
    names.zone[NAME] = good()
    assert subject.gather([question], retry=True)[question].answer == good()
    assert subject.gather([question], retry=True)[question].answer == good()
    assert names.asked[NAME] == 3


def test_retry_asks_again_about_stale_and_half_answers(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock)
    names.zone[NAME] = Answer(NAME, "answered", ("10.0.0.1",), ttl=100.0, unanswered=("AAAA",))
    subject.gather([Q])
    names.zone[NAME] = good()
    assert subject.gather([Q])[Q].answer.unanswered == ("AAAA",)
    assert subject.gather([Q], retry=True)[Q].answer == good()
    clock.now += 100
    names.zone[NAME] = failed()
    assert subject.gather([Q])[Q].answer.stale
    names.zone[NAME] = good(address="10.0.0.2")
    assert subject.gather([Q], retry=True)[Q].answer == good(address="10.0.0.2")


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(0, 400), st.sampled_from(["good", "absent", "failed"])), max_size=12
    )
)
def test_gather_never_returns_what_has_expired(steps: list[tuple[float, str]]) -> None:
    names, clock = Names(), Clock()
    subject = evidence(names, clock=clock)
    good_at = float("-inf")
    for pause, status in steps:
        clock.now += pause
        names.zone[NAME] = {
            "good": good(address=f"10.0.{len(steps)}.1"),
            "absent": Answer(NAME, "absent", ttl=30.0),
            "failed": failed(),
        }[status]
        asked = names.asked[NAME]
        held = subject.gather([Q])[Q]
        settle()
        assert held.expires_at > clock.now
        if names.asked[NAME] > asked and status == "good":
            good_at = clock.now
        if held.answer.status == "answered":
            assert clock.now <= good_at + 100 + 3600
            assert held.answer.stale or clock.now < good_at + 100 + 1e-6


# Deadlines


def test_one_deadline_for_all(names: Names) -> None:
    names.open.clear()
    subject = evidence(names, timeout=0.2)
    questions = [Question(f"n{i}.example") for i in range(50)]
    began = time.monotonic()
    found = subject.gather(questions)
    assert time.monotonic() - began < 1.5
    assert set(found) == set(questions)
    for question, held in found.items():
        assert held.answer == Answer(
            question.name, "failed", detail="no answer within 0.2 s", at=1234.5
        )
    names.open.set()
    eventually(lambda: all(subject.peek(question) for question in questions))
    assert max(names.asked.values()) == 1


def test_an_expired_deadline_does_not_wait_but_the_look_up_goes_on(names: Names) -> None:
    names.open.clear()
    subject = evidence(names)
    began = time.monotonic()
    held = subject.gather([Q], deadline=began - 1)[Q]
    assert time.monotonic() - began < 1
    assert (held.answer.status, held.answer.detail) == ("failed", "no answer within 0.0 s")
    assert subject.peek(Q) is None
    names.open.set()
    eventually(lambda: subject.peek(Q) is not None)


def test_at_the_deadline_the_earlier_answer_stands(names: Names, clock: Clock) -> None:
    subject = evidence(names, clock=clock, timeout=0.05)
    subject.gather([Q], deadline=clock.now + PLENTY)
    clock.now += 150
    names.open.clear()
    held = subject.gather([Q])[Q]
    assert (held.answer.addresses, held.answer.stale) == (("10.0.0.1",), True)
    names.open.set()


def test_start_never_waits(names: Names) -> None:
    names.open.clear()
    subject = evidence(names)
    began = time.monotonic()
    for client in range(50):
        subject.start([Question(f"n{client}.example"), Question("sts.example")])
    assert time.monotonic() - began < 2
    eventually(lambda: sum(names.asked.values()) == 16)
    names.open.set()
    found = subject.gather(Question(f"n{client}.example") for client in range(50))
    assert {held.answer.status for held in found.values()} == {"answered"}
    assert max(names.asked.values()) == 1
    assert sum(names.asked.values()) == 51


def test_no_more_look_ups_at_once_than_workers(names: Names) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def lookup(name: str, timeout: float) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.002)
        with lock:
            running -= 1
        return good(name)

    subject = evidence(lookup, workers=3)
    found = subject.gather(Question(f"n{i}.example") for i in range(40))
    assert {held.answer.status for held in found.values()} == {"answered"}
    assert most == 3


def test_workers_leave_when_there_is_nothing_to_do(names: Names) -> None:
    evidence(names).gather([Q])
    settle()


# Single flight


def test_sixty_four_threads_ask_once(names: Names) -> None:
    subject = evidence(names)
    questions = [Question(f"n{i}.example") for i in range(5)]
    barrier = threading.Barrier(64)
    wrong: list[object] = []

    def ask() -> None:
        barrier.wait(PLENTY)
        for question in questions:
            held = subject.gather([question])[question]
            if held.answer != good(question.name) or subject.peek(question) is None:
                wrong.append(held)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert not wrong
    assert names.asked == {question.name: 1 for question in questions}


def test_an_exception_becomes_a_failure_with_its_text(names: Names) -> None:
    subject = evidence(names, failure_ttl=0)
    for error in (OSError("no socket"), ValueError("a bug")):
        names.zone[NAME] = error
        answer = subject.gather([Q])[Q].answer
        assert (answer.status, answer.detail) == ("failed", f"{type(error).__name__}: {error}")
    names.zone[NAME] = good()
    assert subject.gather([Q])[Q].answer == good()


# Ports


def test_a_port_is_tried_after_the_look_up(names: Names, clock: Clock) -> None:
    tried: list[tuple[str, int]] = []

    def reach(address: str, port: int, timeout: float) -> bool:
        assert 0 < timeout <= PLENTY
        tried.append((address, port))
        return port == 443

    subject = evidence(names, reach=reach, clock=clock)
    with_443, with_80 = Question(NAME, 443), Question(NAME, 80)
    found = subject.gather([Q, with_443, with_80])
    assert [found[q].answer.reachable for q in (Q, with_443, with_80)] == [None, True, False]
    assert found[with_443].expires_at == found[Q].expires_at == 1100.0
    assert sorted(tried) == [("10.0.0.1", 80), ("10.0.0.1", 443)]
    assert names.asked == {NAME: 1}
    subject.gather([with_443])
    assert len(tried) == 2


def test_ports_of_one_name_are_tried_side_by_side(names: Names) -> None:
    both = threading.Barrier(2)

    def reach(address: str, port: int, timeout: float) -> bool:
        return both.wait(PLENTY / 2) in (0, 1)

    questions = [Question(NAME, 443), Question(NAME, 8443)]
    found = evidence(names, reach=reach).gather(questions)
    assert [held.answer.reachable for held in found.values()] == [True, True]


@pytest.mark.parametrize("questions", [(Q, Question(NAME, 443)), (Question(NAME, 443), Q)])
def test_with_and_without_port_share_one_question(
    names: Names, questions: tuple[Question, ...]
) -> None:
    subject = evidence(names, reach=lambda *_: True)
    for question in questions:  # one after the other: a held answer
        subject.gather([question])
    assert names.asked == {NAME: 1}
    names.open.clear()
    other = [question._replace(name="other.example") for question in questions]
    for question in other:  # in the air together
        subject.start([question])
    names.open.set()
    assert len(subject.gather(other)) == 2
    assert names.asked["other.example"] == 1


@pytest.mark.parametrize("answer", [failed(), Answer(NAME, "absent", ttl=10.0)])
def test_nothing_is_connected_without_addresses(names: Names, answer: Answer) -> None:
    def reach(address: str, port: int, timeout: float) -> bool:
        raise AssertionError("must not connect")

    names.zone[NAME] = answer
    question = Question(NAME, 443)
    assert evidence(names, reach=reach).gather([question])[question].answer == answer


def test_reach_that_raises_is_not_reachable_and_says_why(names: Names) -> None:
    def reach(address: str, port: int, timeout: float) -> bool:
        raise TypeError("a bug")

    question = Question(NAME, 443)
    answer = evidence(names, reach=reach).gather([question])[question].answer
    assert (answer.reachable, answer.detail) == (False, "TypeError: a bug")


def test_a_connect_that_hangs_is_not_reachable_at_the_deadline(names: Names) -> None:
    released = threading.Event()

    def reach(address: str, port: int, timeout: float) -> bool:
        return released.wait(PLENTY)

    subject = evidence(names, reach=reach, timeout=0.1)
    question = Question(NAME, 443)
    subject.gather([Q])
    held = subject.gather([question])[question]
    assert (held.answer.status, held.answer.reachable) == ("answered", False)
    assert held.expires_at < time.monotonic() + 1  # not for the whole TTL: nothing was proved
    assert subject.peek(question) is None
    released.set()
    eventually(lambda: subject.peek(question) is not None)
    proved = subject.peek(question)
    assert proved is not None
    assert proved.answer.reachable is True


# Bounds


def test_memory_does_not_grow_with_names(clock: Clock) -> None:
    asked: list[str] = []

    def lookup(name: str, timeout: float) -> Answer:
        asked.append(name)
        return good(name)

    subject = evidence(lookup, clock=clock, capacity=100, workers=1)
    for first in range(0, 20_000, 500):
        subject.gather(Question(f"n{i}.example") for i in range(first, first + 500))
    settle()
    assert len(asked) == 20_000
    gc.collect()
    assert 100 <= sum(isinstance(one, Held) for one in gc.get_objects()) <= 300
    assert sum(isinstance(one, Question) for one in gc.get_objects()) <= 1000
    assert sum(subject.peek(Question(f"n{i}.example")) is not None for i in range(20_000)) >= 100


def test_the_least_recently_used_goes_first(names: Names) -> None:
    subject = evidence(names, capacity=10)
    subject.gather([Q])
    for i in range(30):
        subject.gather([Question(f"n{i}.example")])
        # Every other name pushes Q's predecessor out, never Q itself.
        assert subject.gather([Q])[Q].answer == good()
    assert names.asked[NAME] <= 3


def test_start_does_not_queue_without_bound(names: Names) -> None:
    names.open.clear()
    subject = evidence(names, capacity=50, workers=2)
    subject.start(Question(f"n{i}.example") for i in range(1000))
    names.open.set()
    settle()
    assert sum(names.asked.values()) == 50
    assert subject.gather([Question("n999.example")])


def test_evidence_is_collected(names: Names) -> None:
    subject = evidence(names)
    subject.gather([Q])
    settle()
    gone = weakref.ref(subject)
    del subject
    gc.collect()
    assert gone() is None


# Fork, exit, and no threads


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def in_child(work: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        signal.alarm(int(PLENTY))  # its default action ends a child that hangs
        code = 2
        try:
            code = 0 if work() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_inherits_answers_but_no_flights(names: Names) -> None:
    parent = os.getpid()
    held_back = threading.Event()

    def lookup(name: str, timeout: float) -> Answer:
        names.asked[name] += 1
        if name != NAME and os.getpid() == parent:
            assert held_back.wait(PLENTY)
        return good(name)

    subject = evidence(lookup, workers=2)
    before = subject.gather([Q])[Q]
    flying = [Question("a.example"), Question("b.example")]
    subject.start([*flying, Question("c.example")])  # two under way, one in the queue
    eventually(lambda: names.asked["a.example"] == names.asked["b.example"] == 1)

    def child() -> bool:
        if subject.peek(Q) is not before:
            return False
        began = time.monotonic()
        found = subject.gather([*flying, Question("c.example"), Question("d.example")])
        return time.monotonic() - began < PLENTY / 2 and all(
            held.answer == good(question.name) for question, held in found.items()
        )

    assert in_child(child)
    held_back.set()
    assert len(subject.gather(flying)) == 2
    assert names.asked["a.example"] == 1


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_inherit_a_held_lock(names: Names) -> None:
    taken, release = threading.Event(), threading.Event()
    clock = Clock()

    class Holding(Clock):
        """Evidence reads the clock under its lock: stop there, in another thread."""

        def __call__(self) -> float:
            if threading.current_thread().name == "holder":
                taken.set()
                assert release.wait(PLENTY)
            return clock()

    subject = evidence(names, clock=Holding())
    subject.gather([Q])
    clock.now += 80  # peek takes the lock from here on
    other = Question("other.example")
    holder = threading.Thread(target=subject.start, args=([other],), name="holder", daemon=True)
    holder.start()
    assert taken.wait(PLENTY)
    assert in_child(lambda: other in subject.gather([other]))
    release.set()
    holder.join(PLENTY)


def test_a_look_up_under_way_does_not_delay_exit() -> None:
    script = """
import time
from endpoint_router.probe.answer import Question
from endpoint_router.probe.evidence import Evidence
subject = Evidence(lambda name, timeout: time.sleep(60), timeout=60, min_ttl=5, max_ttl=300,
                   negative_ttl=60, failure_ttl=0.5, max_stale=3600)
subject.start(Question(f"n{i}.example") for i in range(40))
print("started")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.stdout, done.stderr) == ("started\n", "")


def test_at_interpreter_shutdown_gather_looks_up_by_itself() -> None:
    script = """
from endpoint_router.probe.answer import Answer, Question
from endpoint_router.probe.evidence import Evidence
question = Question("a.example")
class Late:
    def __init__(self):
        self.subject = Evidence(
            lambda name, timeout: Answer(name, "answered", ("10.0.0.1",)), timeout=5, min_ttl=5,
            max_ttl=300, negative_ttl=60, failure_ttl=0.5, max_stale=3600)
        self.question = question
    def __del__(self, print=print):
        print(self.subject.gather([self.question])[self.question].answer.addresses)
late = Late()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.stdout, done.stderr) == ("('10.0.0.1',)\n", "")


def test_without_threads_gather_looks_up_by_itself_and_start_leaves_it() -> None:
    script = """
import threading
from endpoint_router.probe.answer import Answer, Question
from endpoint_router.probe.evidence import Evidence
threading.stack_size(1 << 40)  # more than there is: can't start new thread
subject = Evidence(
    lambda name, timeout: Answer(name, "answered", ("10.0.0.1",), detail=str(timeout <= 5)),
    timeout=5, min_ttl=5, max_ttl=300, negative_ttl=60, failure_ttl=0.5, max_stale=3600,
    reach=lambda *_: threading.current_thread() is threading.main_thread())
names = [Question(f"n{i}.example", port) for i in range(3) for port in (None, 443)]
subject.start(names[:1])
print(subject.peek(names[0]))
found = subject.gather(names)
print({(q.port, h.answer.status, h.answer.reachable, h.answer.detail) for q, h in found.items()}
      == {(None, "answered", None, "True"), (443, "answered", True, "True")})
try:
    threading.Thread(target=print).start()
except RuntimeError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.splitlines() == ["None", "True", "can't start new thread"], done.stderr


# With the real resolver


def test_against_a_real_server(server: DnsServer) -> None:
    server.zone[NAME] = behave.answer("127.0.0.1", "fd00::1", ttl=60)
    resolver = Resolver(Dns(servers=(server.address,)))
    subject = evidence(resolver.lookup, reach=lambda address, port, timeout: address == "127.0.0.1")
    question = Question(NAME, 443)
    threads = [threading.Thread(target=subject.gather, args=([question],)) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    held = subject.peek(question)
    assert held is not None
    assert (held.answer.addresses, held.answer.reachable) == (("127.0.0.1", "fd00::1"), True)
    assert server.asked(NAME, "A") == server.asked(NAME, "AAAA") == 1


def test_a_silent_server_costs_one_deadline(server: DnsServer) -> None:
    server.zone[NAME] = behave.silence
    resolver = Resolver(Dns(servers=(server.address,)))
    subject = evidence(resolver.lookup, timeout=0.2)
    began = time.monotonic()
    held = subject.gather([Q, Question(NAME, 443)])
    assert time.monotonic() - began < 1
    assert {h.answer.detail for h in held.values()} == {"no answer within 0.2 s"}
