"""What a signal handler raises amid a look-up costs that call, and nothing else for good."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from endpoint_router.routing.answer import Question

from .dns_server import DnsServer, answer
from .names import NAME, PLENTY, Clock, Names, Q, evidence, good

needs_timers = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="no timers by signal on this system"
)

#: Signals come as those of celery's time limits do, at any moment; the second of two amid what the
#: first one led to, but for CPython 3.10, which then may leave a ``with`` and keep its lock.
STORM = """
import random, signal, sys, threading, time

class Interruption(BaseException):
    pass

shots = 0

def interrupt(_signal, _frame):
    global shots
    if shots:
        shots -= 1
        raise Interruption

def storm(work, wanted):
    "Have *work* done, again and again, until it was interrupted so often."
    global shots
    most = 2 if sys.version_info >= (3, 11) else 1
    interrupted = number = 0
    dice = random.Random(1)
    while interrupted < wanted:
        number += 1
        try:
            try:
                shots = most
                signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.00002, 0.003), 0.0001)
                work(number)
            except Interruption:
                interrupted += 1
            shots = 0
        except Interruption:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)

signal.signal(signal.SIGALRM, interrupt)
"""


def told_by(script: str) -> str:
    """What *script* prints. On stderr Python itself may tell of exceptions that it passed over."""
    done = subprocess.run(
        [sys.executable, "-c", STORM + script],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


EVIDENCE = """
from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.pacing import Pace, paced
from endpoint_router.probe.resolver import Resolver
from endpoint_router.probe.ttl_and_staleness import Lifetimes
from endpoint_router.routing.answer import Question

look_up = paced(Resolver([parse_dns_server(SERVER)]), Pace(1e6, 1e6))
subject = Evidence(look_up, Lifetimes(0.1, 0.1, 60, 0.1, 3600), timeout=2.0, workers=4,
                   reach=lambda *_: True)
names = [Question(f"n{number}.example", port) for number in range(20) for port in (None, 443)]

def gather(number):
    asked = [names[(number + offset) % len(names)] for offset in range(3)]
    subject.gather(asked, renew=number % 3 == 0, retry=number % 5 == 0)

storm(gather, 300)
time.sleep(6)  # as long as a flight may take that somebody flies, and as a hand on his way counts
held = subject.gather(names, retry=True, deadline=time.monotonic() + 60)
print({held[question].answer.addresses for question in names})
held = subject.gather(names, renew=True, deadline=time.monotonic() + 60)
print({held[question].answer.stale for question in names})
limit = time.monotonic() + 60
while len(subject._flights) and time.monotonic() < limit:
    time.sleep(0.01)
print(len(subject._flights), subject._lock.here._is_owned())
"""


@needs_timers
def test_after_hundreds_of_signals_names_are_looked_up(server: DnsServer) -> None:
    for number in range(20):
        server.zone[f"n{number}.example"] = answer("10.0.0.1")
    told = told_by(EVIDENCE.replace("SERVER", repr(server.address)))
    assert told.splitlines() == ["{('10.0.0.1',)}", "{False}", "0 False"]


OWN_ZONE = """
from endpoint_router.aws.zone import Zone
from endpoint_router.probe.own_zone import OwnZone

zones = []

def look_up(number):
    subject = OwnZone(lambda _timeout: Zone("us-east-1a"), 0.01)
    zones.append(subject)
    for _ in range(100):
        subject.wait(time.monotonic() + 0.001)

storm(look_up, 300)
time.sleep(1.1)
print({subject.wait(time.monotonic() + 60).name for subject in zones})
"""


@needs_timers
def test_after_hundreds_of_signals_own_zones_are_found() -> None:
    assert told_by(OWN_ZONE) == "{'us-east-1a'}\n"


WITHOUT_THREADS = """
from endpoint_router.aws.zone import Zone
from endpoint_router.probe.own_zone import OwnZone
threading.stack_size(1 << 40)  # more than there is: can't start new thread

zones = []

def find(_timeout):
    time.sleep(0.001)
    return Zone("us-east-1a")

def look_up(number):
    subject = OwnZone(find, 10)
    zones.append(subject)
    subject.wait(time.monotonic() + 60)

storm(look_up, 100)
time.sleep(1.1)
print({subject.wait(time.monotonic() + 60).name for subject in zones})
"""


@needs_timers
def test_who_is_interrupted_in_a_look_up_of_his_own_may_begin_anew() -> None:
    assert told_by(WITHOUT_THREADS) == "{'us-east-1a'}\n"


def test_a_flight_that_nobody_flies_is_begun_anew(names: Names, clock: Clock) -> None:
    """As an interruption between two steps leaves it, wherever that was."""
    subject = evidence(names, clock=clock, timeout=1.0, reach=lambda *_: True)
    for question in (Q, Question(NAME, 443)):
        with subject._lock.here:
            subject._flights.begin(question)
            subject._flights._queue.clear()
    late = clock() - 1
    assert subject.gather([Q], deadline=late)[Q].answer.status == "failed"
    clock.now += 5
    assert subject.gather([Q], deadline=clock() + PLENTY)[Q].answer == good()
    question = Question(NAME, 443)
    assert subject.gather([question], deadline=clock() + PLENTY)[question].answer.reachable
    assert names.asked == {NAME: 1}
