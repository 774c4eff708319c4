"""A fork amid anything leaves a child that works, and ends."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router import process
from endpoint_router.aws.zone import Zone
from endpoint_router.decision_log import DecisionLog
from endpoint_router.probe import clock as clock_module
from endpoint_router.probe import pacing
from endpoint_router.probe.evidence import Evidence
from endpoint_router.probe.flights import Flights
from endpoint_router.probe.landing import Landing
from endpoint_router.probe.own_zone import OwnZone
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation import install as install_module
from endpoint_router.sdk.activation.install import current
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.endpoints.botocore_data import BotocoreData
from endpoint_router.sdk.endpoints.endpoints_json import endpoints_table
from endpoint_router.sdk.endpoints.rulesets import Rulesets
from tests.support.children import forks, in_child
from tests.support.renewing import PLENTY, Time
from tests.support.wire import Caught, nothing_leaves


class Application:
    """A client that was routed before the fork, and all whose locks a call of it may take."""

    def __init__(self, path: Path) -> None:
        self.clock, self._log = Time(), path

        def lookup(name: str, timeout: float) -> Answer:
            return Answer(name, "answered", ("52.94.0.10",), ttl=60.0)

        world = World(clock=self.clock, lookup=lambda _dns: pacing.paced(lookup))
        # Dual-stack is what DNS is asked about: a listed FIPS host would be used in any case.
        demands = {"fips": "require", "dual_stack": "prefer"}
        policy = {"defaults": demands, "log": {"decisions": str(path)}}
        self.installation = Installation(policy, world=world, environ={})
        self.zone = OwnZone(lambda timeout: Zone("us-east-1a"), PLENTY)
        self.client = self.new_client()
        self.call()

    def new_client(self, service: str = "kms") -> Any:
        session = Session()
        session.set_credentials("AKIDEXAMPLE", "secret-of-nobody")
        self.installation(session)
        return session.create_client(service, "us-east-1")

    def call(self, client: Any = None) -> None:
        with nothing_leaves(), pytest.raises(Caught):
            (client or self.client).list_keys()

    def rulesets(self) -> Rulesets:
        routed: Any = self.client._request_signer.sign
        rulesets: Rulesets = routed.__self__.rulesets
        return rulesets

    def works(self) -> bool:
        """Do all that takes a lock: a call with evidence that has run out, and a new client's."""
        self.clock.frozen(3600)
        self.call()
        self.call(self.new_client())
        with nothing_leaves(), pytest.raises(Caught):
            self.new_client("sqs").list_queues()
        endpoint_router.attach(Session(), {})
        told = [json.loads(line)["process"] for line in self._log.read_text().splitlines()]
        return (
            self.zone.wait(time.monotonic() + PLENTY).name == "us-east-1a"
            and self.rulesets().region == "us-east-1"
            and bool(self.rulesets().data.listed("kms"))
            and told[-1] == os.getpid()
        )


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    yield Application(tmp_path / "decisions.jsonl")
    endpoint_router.uninstall()


LOCKS: dict[str, Callable[[Application], process.Lock]] = {
    "clock": lambda _: clock_module._lock,
    "pacing": lambda _: pacing._lock,
    "install": lambda _: install_module._lock,
    "installation": lambda it: it.installation._lock,
    "evidence": lambda it: it.installation.router_for().evidence._lock,
    "decision log": lambda it: log_of(it)._lock,
    "own zone": lambda it: it.zone._lock,
}


def log_of(application: Application) -> DecisionLog:
    log = application.installation.router_for().log
    assert log is not None
    return log


@contextmanager
def held(*locks: process.Lock) -> Iterator[None]:
    """Another thread holds *locks*."""
    taken, release = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock.here)
            taken.set()
            assert release.wait(2 * PLENTY)

    with standing(hold, taken, release):
        yield


@contextmanager
def inside(function: Any, work: Callable[[], None]) -> Iterator[None]:
    """Another thread does *work*, and it or one that it hired stands still in *function*."""
    reached, go_on = threading.Event(), threading.Event()

    def trace(frame: Any, event: str, argument: object) -> None:
        if frame.f_code is function.__code__:
            reached.set()
            assert go_on.wait(2 * PLENTY)

    before = threading.gettrace()
    threading.settrace(trace)
    try:
        with standing(work, reached, go_on, lambda: threading.settrace(before)):  # type: ignore[arg-type]
            yield
    finally:
        threading.settrace(before)  # type: ignore[arg-type]


@contextmanager
def standing(
    work: Callable[[], None],
    reached: threading.Event,
    go_on: threading.Event,
    then: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        assert reached.wait(PLENTY)
        then()
        yield
    finally:
        go_on.set()
        thread.join(PLENTY)
    assert not thread.is_alive()


@forks
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_that_another_thread_holds(application: Application, name: str) -> None:
    with held(LOCKS[name](application)):
        assert in_child(application.works)
    assert application.works()


@forks
def test_all_locks_at_once(application: Application) -> None:
    application.clock.frozen(10)  # renewing the evidence reads the clock, which takes its lock
    with held(*(lock(application) for lock in LOCKS.values())):
        assert in_child(application.works)


@forks
@pytest.mark.parametrize(
    "function",
    [
        process.renew_in_children,
        process.hire,
        Evidence.depart,
        Flights.begin,
        Flights.land,
        OwnZone.start,
        Landing.land,
        DecisionLog.record,
        DecisionLog._put,
        pacing.Pace.take,
        Installation.load,
        BotocoreData.__init__,
        endpoints_table,
    ],
    ids=lambda function: function.__qualname__,
)
def test_amid_a_first_call(application: Application, tmp_path: Path, function: Any) -> None:
    def work() -> None:
        BotocoreData()
        other = Application(tmp_path / "other.jsonl")
        other.zone.wait(time.monotonic() + PLENTY)

    with inside(function, work):
        assert in_child(application.works)


@forks
def test_amid_reading_botocores_data(application: Application) -> None:
    data = application.rulesets().data
    data._listed.clear()
    with inside(BotocoreData.listed, lambda: setattr(data, "seen", data.lists("a.example"))):
        assert in_child(application.works)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_lock_held_at_the_fork_does_not_stop_the_child() -> None:
    endpoint_router.install(
        {"defaults": {"fips": "require"}, "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2}}
    )
    try:
        installation = current()
        assert installation is not None
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with installation._lock.here:
                held.set()
                done.wait(120)

        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(60)
        child = os.fork()
        if child == 0:
            threading.Timer(60, lambda: os._exit(1)).start()  # a deadlock, told by the exit status
            Session().create_client("kms", "us-east-1")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        done.set()
        holder.join()
        assert os.waitstatus_to_exitcode(status) == 0
    finally:
        endpoint_router.uninstall()
