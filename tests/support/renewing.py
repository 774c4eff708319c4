"""Clients for tests of what happens over time, and in other processes.

Time is the real one, put forward by the test. Other processes reach the lab's servers on loopback:
the lab's own dialling, which gives hosts addresses of their choice, does not cross processes.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.lab import Addresses
from endpoint_router.lab.network import Lab
from endpoint_router.probe.clock import freeze_aware
from endpoint_router.probe.dialling import SystemDialler
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from tests.support.lab_client import KMS, ONE_ATTEMPT, REGION, installed

#: Waited for only when something is wrong. Seconds.
PLENTY = 60.0


class Time:
    """A clock for ``World.clock`` that runs, can be put forward, and notices a freeze."""

    def __init__(self) -> None:
        self._skipped = self._frozen = 0.0
        self._clock = freeze_aware(
            lambda: time.monotonic() + self._skipped,
            lambda: time.time() + self._skipped + self._frozen,
        )

    def __call__(self) -> float:
        return self._clock()

    def passes(self, seconds: float) -> None:
        self._skipped += seconds

    def frozen(self, seconds: float) -> None:
        """The machine stands still: only the wall clock tells."""
        self._frozen += seconds


def timed_client(
    lab: Lab,
    policy: Mapping[str, Any],
    clock: Callable[[], float],
    service: str = "kms",
    region: str = REGION,
    retries: Any = ONE_ATTEMPT,
    lookup: Any = None,
) -> Any:
    """A client that is routed to *lab* by *policy*, and lives by *clock*.

    :param lookup: for ``World.lookup``; that of the real world if there is none.
    """
    installation = installed(lab, policy)
    world = replace(installation.world, clock=clock)
    installation.world = replace(world, lookup=lookup) if lookup else world
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installation(session)
    config = Config(retries=retries, connect_timeout=30, read_timeout=60, max_pool_connections=64)
    return session.create_client(service, region, config=config)


@dataclass(frozen=True)
class Loopback(SystemDialler):
    """Dials *port* instead of 443."""

    port: int

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[tuple[int, int, int]],
    ) -> socket.socket:
        return super().begin(address, self.port, source_address, socket_options)


@dataclass(frozen=True)
class Reach:
    """What another process needs in order to call the lab's KMS. Can be pickled."""

    dns: str
    ca_bundle: str
    port: int

    @classmethod
    def of(cls, lab: Lab, ttl: int = 100) -> Reach:
        """Private DNS, in effect: KMS is at 127.0.0.1, which the policy trusts."""
        lab.host(KMS, "127.0.0.1", ttl=ttl)
        return cls(lab.dns_server, lab.ca_bundle, lab.https.port)

    def client(self, clock: Callable[[], float] | None = None) -> Any:
        """A client that is made and used where *private* is required."""
        return self.clients(1, clock)[0]

    def clients(self, count: int, clock: Callable[[], float] | None = None) -> list[Any]:
        """Clients that share their evidence."""
        policy = {
            "defaults": {"private": "require"},
            "network": {"private": ["127.0.0.0/8"]},
            "dns": {"servers": [self.dns], "timeout": 30.0},
        }
        world = World(dialler=Loopback(self.port))
        if clock is not None:
            world = replace(world, clock=clock)
        session = Session()
        session.set_credentials("AKIDEXAMPLE", "secret-of-nobody")
        session.set_config_variable("ca_bundle", self.ca_bundle)
        Installation(policy, world=world, environ={})(session)
        # Not one attempt: after a fork botocore's pooled connections have two owners, and whoever
        # uses one second gets an SSLError, which botocore retries.
        retries: Any = {"mode": "standard", "max_attempts": 5}
        config = Config(retries=retries, connect_timeout=30, read_timeout=60)
        return [session.create_client("kms", REGION, config=config) for _ in range(count)]


def call_in_spawned_process(reach: Reach) -> None:
    """What ``multiprocessing`` runs in an interpreter of its own."""
    reach.client().list_keys()


def at(lab: Lab, name: str, *addresses: str, ttl: int = 100) -> None:
    """From now on *name* is served at *addresses* only, in the DNS and by the servers."""
    for address in lab.zone.addresses(name):
        lab.unreachable(address)
    lab.host(name, *addresses, ttl=ttl)


def answers(lab: Lab, name: str, *addresses: str, ttl: int = 100) -> None:
    """The DNS server knows *name* again, at *addresses*."""
    lab.zone.set(name, Addresses(addresses, ttl))


class LookUps:
    """Threads that look something up, but for those that another test has left behind."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())

    def under_way(self) -> list[str]:
        """Their names."""
        names = [one.name for one in threading.enumerate() if one not in self._before]
        return [name for name in names if name.startswith("endpoint_router-probe")]

    def settle(self) -> None:
        """Wait until there are none."""
        eventually(lambda: not self.under_way())


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for *condition*, which something in the background brings about."""
    limit = time.monotonic() + PLENTY
    while not condition():
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.002)
