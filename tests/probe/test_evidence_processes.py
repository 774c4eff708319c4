"""Fork, exit, no threads to be had."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from endpoint_router.routing.answer import Answer, Question
from tests.support.children import in_child, needs_fork, output_of

from .names import NAME, PLENTY, Clock, Names, Q, eventually, evidence, good


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
    flying = [Question("a.example"), Question("b.example"), Question("c.example")]
    subject.start(flying)  # two under way, one in the queue
    eventually(lambda: sum(names.asked.values()) == 3)

    def child() -> bool:
        if subject.peek(Q) is not before:
            return False
        began = time.monotonic()
        found = subject.gather([*flying, Question("d.example")])
        return time.monotonic() - began < PLENTY / 2 and all(
            held.answer == good(question.name) for question, held in found.items()
        )

    assert in_child(child)
    held_back.set()
    assert {held.answer.status for held in subject.gather(flying).values()} == {"answered"}
    assert max(names.asked.values()) == 1


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
from endpoint_router.routing.answer import Question
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.ttl_and_staleness import Lifetimes
subject = Evidence(lambda name, timeout: time.sleep(60), Lifetimes(5, 300, 60, 0.5, 3600),
                   timeout=60)
subject.start(Question(f"n{i}.example") for i in range(40))
print("started")
"""
    assert output_of(script) == "started\n"


def test_at_interpreter_shutdown_gather_looks_up_by_itself() -> None:
    script = """
from endpoint_router.routing.answer import Answer, Question
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.ttl_and_staleness import Lifetimes
question = Question("a.example")
class Late:
    def __init__(self):
        self.subject = Evidence(
            lambda name, timeout: Answer(name, "answered", ("10.0.0.1",)),
            Lifetimes(5, 300, 60, 0.5, 3600), timeout=5)
        self.question = question
    def __del__(self, print=print):
        print(self.subject.gather([self.question])[self.question].answer.addresses)
late = Late()
"""
    assert output_of(script) == "('10.0.0.1',)\n"


def test_without_threads_gather_looks_up_by_itself_and_start_leaves_it() -> None:
    script = """
import threading
from endpoint_router.routing.answer import Answer, Question
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.ttl_and_staleness import Lifetimes
threading.stack_size(1 << 40)  # more than there is: can't start new thread
subject = Evidence(
    lambda name, timeout: Answer(name, "answered", ("10.0.0.1",), detail=str(timeout <= 5)),
    Lifetimes(5, 300, 60, 0.5, 3600), timeout=5,
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
        timeout=PLENTY,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.splitlines() == ["None", "True", "can't start new thread"], done.stderr
