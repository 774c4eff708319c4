"""Clients whose connections are pinned, and what their servers and diallers saw of connections."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.lab.network import Lab
from endpoint_router.probe.dialling import Dialler
from endpoint_router.sdk.activation.installation import Installation
from tests.support.lab_client import KMS, KMS_VPCE, ONE_ATTEMPT, REGION, installed

PRIVATE_DNS: dict[str, Any] = {"defaults": {"private": "require"}}
VPCE: dict[str, Any] = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
}
VPCE_PREFERRED: dict[str, Any] = {**VPCE, "defaults": {"private": "prefer"}}
#: Policies by which calls of KMS are private, and the name that is dialled then.
WAYS = [
    pytest.param(PRIVATE_DNS, KMS, id="private DNS"),
    pytest.param(VPCE, KMS_VPCE, id="endpoint required"),
    pytest.param(VPCE_PREFERRED, KMS_VPCE, id="endpoint preferred"),
]

#: Private addresses of KMS where private DNS is on.
ONE, TWO, THREE = "10.20.0.31", "10.20.0.32", "10.20.0.33"
PUBLIC = "52.94.0.10"
#: For so long connects hang, and each of three that take turns for a third of it: more than any
#: machine takes for a call because it is busy. Seconds.
HANGING = 60.0
BUSY = HANGING / 3


def session_of(
    lab: Lab,
    policy: Mapping[str, Any],
    clock: Callable[[], float] | None = None,
    dialler: Dialler | None = None,
) -> tuple[Session, Installation]:
    """A session that *policy* routes to *lab*, and what routes it."""
    installation = installed(lab, policy)
    world = installation.world
    if clock is not None:
        world = replace(world, clock=clock)
    if dialler is not None:
        world = replace(world, dialler=dialler)
    installation.world = world
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installation(session)
    return session, installation


def pinned(
    lab: Lab,
    policy: Mapping[str, Any],
    clock: Callable[[], float] | None = None,
    service: str = "kms",
    region: str = REGION,
    dialler: Dialler | None = None,
    use_ssl: bool = True,
    **config: Any,
) -> Any:
    """A client of a fresh session; one attempt only, unless *config* says otherwise."""
    session, _ = session_of(lab, policy, clock, dialler)
    settings: Any = {"retries": ONE_ATTEMPT, "connect_timeout": 30, "read_timeout": 60, **config}
    return session.create_client(service, region, use_ssl=use_ssl, config=Config(**settings))


def attempts(count: int, mode: str = "standard") -> Any:
    """``Config(retries=...)`` for so many attempts in all."""
    return {"mode": mode, "total_max_attempts": count}


def addresses(lab: Lab) -> list[str]:
    """Everything that was dialled, in order: probes as well, and in vain as well."""
    return [address for address, _ in lab.dialled]


def arrived(lab: Lab) -> list[tuple[str, str]]:
    """Host and dialled address of each request that a server saw, in order."""
    return [(seen.host, seen.address) for seen in lab.seen]


def at_servers(lab: Lab) -> int:
    """How many connections are open, as the servers see it."""
    return len(lab.https._connections)


def between_decision_and_connect(client: Any, act: Callable[[], object]) -> None:
    """Do *act* once, after the next request was decided on and before it is sent."""
    pending = [act]

    def handler(**_: Any) -> None:
        while pending:
            pending.pop()()

    client.meta.events.register("before-send.kms", handler)


def elapsed(call: Callable[[], object]) -> float:
    """How long *call* takes, seconds."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


class Through:
    """A dialler that goes through *lab*'s, remembers its sockets, and may lie about the peer."""

    def __init__(self, lab: Lab, peer: str | OSError | None = None) -> None:
        self.sockets: list[socket.socket] = []
        self._lab, self._peer = lab, peer

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[tuple[int, int, int]],
    ) -> socket.socket:
        self.sockets.append(self._lab.begin(address, port, source_address, socket_options))
        return self.sockets[-1]

    def peer(self, connection: socket.socket) -> str:
        if isinstance(self._peer, OSError):
            raise self._peer
        return self._peer or self._lab.peer(connection)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore sleeps between attempts as long as a look-up under way takes to land, no longer."""
    clock = SimpleNamespace(time=time.time, sleep=lambda _seconds: time.sleep(0.1))
    monkeypatch.setattr("botocore.endpoint.time", clock)


def private_dns(lab: Lab, *where: str, ttl: int = 100) -> None:
    """KMS's own name leads to these, and servers listen there."""
    lab.host(KMS, *where, ttl=ttl)
