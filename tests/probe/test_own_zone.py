"""Which zone this is: what a zone is, and asking once only."""

from __future__ import annotations

import os
import threading
import time

import pytest

from endpoint_router.aws.zone import Zone, stated
from endpoint_router.probe.metadata import from_metadata
from endpoint_router.probe.own_zone import OwnZone
from tests.support.children import in_child, needs_fork, output_of

from .metadata_server import HERE, Metadata, server
from .names import PLENTY, eventually

__all__ = ["server"]

# --- zones ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "ident"),
    [
        ("us-gov-west-1a", "us-gov-west-1a", ""),
        ("usgw1-az3", "", "usgw1-az3"),
        ("usw2-lax1-az1", "", "usw2-lax1-az1"),
        ("none", "", ""),
        ("", "", ""),
    ],
)
def test_a_stated_zone(text: str, name: str, ident: str) -> None:
    zone = stated(text)
    assert (zone.name, zone.id, bool(zone)) == (name, ident, bool(name or ident))
    assert "network.zone" in zone.source


def test_a_zone_matches_its_name_and_its_id() -> None:
    assert HERE.matches("us-east-1a")
    assert HERE.matches("use1-az4")
    for zone in ("us-east-1b", "use1-az1", "", "us-east-1"):
        assert not HERE.matches(zone)
    assert not Zone().matches("")
    assert not Zone(name="us-east-1a").matches("")
    assert not Zone()
    assert str(HERE) == "us-east-1a = use1-az4"
    assert str(Zone(source="x")) == "unknown"


# --- once -----------------------------------------------------------------------------------------


class Finder:
    """A look-up that counts, and holds back on demand."""

    def __init__(self, zone: Zone = HERE) -> None:
        self.zone, self.asked = zone, 0
        self.open = threading.Event()
        self.open.set()

    def __call__(self, timeout: float) -> Zone:
        self.asked += 1
        self.timeout = timeout
        assert self.open.wait(PLENTY)
        return self.zone


def soon() -> float:
    return time.monotonic() + PLENTY


def test_nothing_is_asked_before_it_is_wanted() -> None:
    finder = Finder()
    subject = OwnZone(finder, 3.0)
    assert not subject.at_once()
    assert (finder.asked, subject.at_once().source) == (0, "no answer yet")
    assert subject.wait(soon()) is HERE
    assert (finder.asked, finder.timeout) == (1, 3.0)
    assert subject.at_once() is subject.wait(0.0) is HERE
    subject.start()
    assert finder.asked == 1


def test_start_does_not_wait_and_the_look_up_goes_on_after_a_deadline() -> None:
    finder = Finder()
    finder.open.clear()
    subject = OwnZone(finder, PLENTY)
    subject.start()
    subject.start()
    assert not subject.wait(time.monotonic() + 0.01)
    assert not subject.wait(time.monotonic() - 1)
    assert subject.at_once().source == "no answer yet"
    finder.open.set()
    assert subject.wait(soon()) is HERE
    assert finder.asked == 1


def test_an_unknown_zone_is_an_answer_too() -> None:
    finder = Finder(Zone(source="nobody knows"))
    subject = OwnZone(finder, PLENTY)
    for _ in range(3):
        assert subject.wait(soon()).source == "nobody knows"
    assert subject.at_once().source == "nobody knows"
    assert finder.asked == 1


def test_what_the_look_up_raises_is_an_unknown_zone() -> None:
    def broken(timeout: float) -> Zone:
        raise LookupError("secret")

    zone = OwnZone(broken, PLENTY).wait(soon())
    assert zone == Zone(source="the look-up failed: LookupError")


def test_one_that_is_settled_asks_nobody() -> None:
    before = set(threading.enumerate())
    subject = OwnZone.of(stated("usgw1-az3"))
    subject.start()
    assert subject.wait(0.0) == subject.at_once() == stated("usgw1-az3")
    hired = [thread.name for thread in threading.enumerate() if thread not in before]
    assert "endpoint_router-zone" not in hired


def test_once_however_many_ask(server: Metadata) -> None:
    environ = server.imds()
    subject = OwnZone(lambda timeout: from_metadata(timeout, environ=environ), PLENTY)
    together = threading.Barrier(16)
    found: list[Zone] = []

    def ask() -> None:
        together.wait(PLENTY)
        found.append(subject.wait(soon()))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    assert found == [HERE] * 16
    assert len({id(zone) for zone in found}) == 1
    assert len(server.asked) == 3


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_inherits_the_zone_but_no_look_up() -> None:
    parent = os.getpid()
    finder = Finder()
    finder.open.clear()

    def find(timeout: float) -> Zone:
        return finder(timeout) if os.getpid() == parent else Zone(name="us-east-1c")

    settled, flying = OwnZone(Finder(), PLENTY), OwnZone(find, PLENTY)
    settled.wait(soon())
    flying.start()
    eventually(lambda: finder.asked == 1)
    assert in_child(lambda: settled.wait(0.0) is HERE)
    assert in_child(lambda: flying.wait(soon()).name == "us-east-1c")
    finder.open.set()
    assert flying.wait(soon()) is HERE


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_does_not_inherit_a_held_lock() -> None:
    subject = OwnZone(Finder(), PLENTY)
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with subject._lock.here:
            taken.set()
            assert release.wait(PLENTY)

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    assert taken.wait(PLENTY)
    assert in_child(lambda: subject.wait(soon()) == HERE)
    release.set()
    holder.join(PLENTY)


def test_without_threads_wait_looks_up_by_itself_and_start_leaves_it() -> None:
    script = """
import threading, time
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.aws.zone import Zone
print(threading.active_count())
threading.stack_size(1 << 40)  # more than there is: can't start new thread
asked = []
def find(timeout):
    asked.append(timeout)
    return Zone(threading.current_thread().name)
subject = OwnZone(find, 60.0)
subject.start()
subject.wait(time.monotonic() - 1)  # too late to ask
print(asked, subject.at_once())
print(subject.wait(time.monotonic() + 5), asked[0] <= 5, subject.at_once())
"""
    assert output_of(script) == "1\n[] unknown\nMainThread True MainThread\n"


def test_a_look_up_under_way_does_not_delay_exit() -> None:
    script = """
import time
from endpoint_router.probe.own_zone import OwnZone
subject = OwnZone(lambda timeout: time.sleep(60), 60.0)
subject.start()
print("started")
"""
    assert output_of(script) == "started\n"


def test_at_interpreter_shutdown_wait_looks_up_by_itself() -> None:
    script = """
import time
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.aws.zone import Zone
class Late:
    def __init__(self):
        self.subject, self.now = OwnZone(lambda timeout: Zone("late"), 5.0), time.monotonic
    def __del__(self, print=print):
        print(self.subject.wait(self.now() + 5))
late = Late()
"""
    assert output_of(script) == "late\n"
