"""Asynchronous clients that are routed to the lab: as :mod:`.lab_client`, with aiobotocore.

Needs aiobotocore; each test runs a loop of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, TypeVar, cast

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from msgspec.structs import replace

from endpoint_router.lab.network import Lab
from endpoint_router.probe.dialling import Dialler
from endpoint_router.probe.listening import Lookup
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.connections.async_dialling import dial
from endpoint_router.sdk.seams_aiohttp import Equipped
from endpoint_router.sdk.seams_async import Opened
from tests.support.lab_client import ONE_ATTEMPT, REGION, installed
from tests.support.plain_wire import normalised

T = TypeVar("T")
#: Waited for where somebody says no goodbye. Seconds.
_GOODBYE = 5.0

#: Options of every client's ``AioConfig``: which HTTP session it is to have.
SENDING: ContextVar[Mapping[str, Any]] = ContextVar("sending", default=MappingProxyType({}))


def session_for(
    lab: Lab,
    policy: Mapping[str, Any],
    *,
    dialler: Dialler | None = None,
    clock: Callable[[], float] | None = None,
    lookup: Lookup | None = None,
    profile: str | None = None,
) -> AioSession:
    """A fresh session whose clients are routed to the lab by *policy*.

    :param lookup: in the place of the lab's DNS.
    """
    session = plain_session(lab, profile)
    installation = installed(lab, policy)
    if dialler is not None:
        installation.world = replace(installation.world, dialler=dialler)
    if clock is not None:
        installation.world = replace(installation.world, clock=clock)
    if lookup is not None:
        installation.world = replace(installation.world, lookup=lambda _servers: lookup)
    installation(session)
    return session


def plain_session(lab: Lab, profile: str | None = None) -> AioSession:
    """One that nobody routes."""
    session = AioSession(profile=profile)
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    return session


def client_of(
    session: AioSession, service: str = "kms", region: str = REGION, **options: Any
) -> Any:
    """A client to enter, which tries once unless ``retries`` say otherwise."""
    arguments = options.pop("arguments", {})
    options = {**SENDING.get(), **options}
    config = {"retries": ONE_ATTEMPT, "connect_timeout": 30, "read_timeout": 60, **options}
    return session.create_client(service, region, config=AioConfig(**config), **arguments)


def calls(
    lab: Lab,
    policy: Mapping[str, Any],
    call: Callable[[Any], Awaitable[Any]],
    *,
    dialler: Dialler | None = None,
    clock: Callable[[], float] | None = None,
    **options: Any,
) -> Any:
    """What *call* comes to, made with a routed client that is entered and closed."""

    async def main() -> Any:
        session = session_for(lab, policy, dialler=dialler, clock=clock)
        async with client_of(session, **options) as client:
            return await call(client)

    return run(main())


def run(main: Coroutine[Any, Any, T]) -> T:
    """What *main* comes to, in a loop of its own."""

    async def whole() -> T:
        try:
            return await main
        finally:
            await goodbyes()

    return asyncio.run(whole())


class Gate:
    """What *lab*'s DNS says, when it is let: for ``lookup``.

    :ivar asked: names, each as often as it was asked for.
    """

    def __init__(self, lab: Lab) -> None:
        self.open = threading.Event()
        self.asked: list[str] = []
        self._lab = lab

    def __call__(self, name: str, timeout: float) -> Answer:
        self.asked.append(name)
        self.open.wait(timeout)
        return Answer(name, "answered", self._lab.zone.addresses(name), ttl=300.0)


async def goodbyes() -> None:
    """Wait until no connection of this loop is open.

    What aiohttp before 3.12 closes says goodbye (TLS) after it is closed.
    """
    loop = asyncio.get_running_loop()
    # Beside its connections it looks after a pipe of its own.
    watched = cast("Any", loop)._selector.get_map()
    limit = loop.time() + _GOODBYE
    while len(watched) > 1 and loop.time() < limit:
        await asyncio.sleep(0.002)


class Wire(list[bytes]):
    """Everything that the clients put into :meth:`lead` sent, in order, less what always varies."""

    def lead(self, client: Any, lab: Lab) -> Any:
        """Let a *client* whose connections are not ours connect to *lab*, as it is otherwise."""
        http_session = client._endpoint.http_session
        original = type(http_session)._get_session

        async def get_session(proxy_url: Any) -> Any:
            session = await original(http_session, proxy_url)
            connector = session.connector
            if "connect" not in vars(connector):
                Equipped(connector, _ToLab(lab), elsewhere=RuntimeError)
                connector._wrap_create_connection = self._recorded(
                    connector._wrap_create_connection
                )
            return session

        http_session._get_session = get_session
        return client

    def _recorded(self, connect: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def connect_and_record(*arguments: Any, **options: Any) -> Any:
            transport, protocol = await connect(*arguments, **options)
            write, writelines = transport.write, transport.writelines

            def record(data: Any) -> None:
                self.append(normalised(bytes(data)))
                write(data)

            def record_lines(lines: Any) -> None:
                lines = list(lines)
                self.append(normalised(b"".join(lines)))
                writelines(lines)

            transport.write, transport.writelines = record, record_lines
            return transport, protocol

        return connect_and_record


class _ToLab:
    """Dials what the lab's zone says."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def open(self, host: str, port: int, timeout: float | None) -> Opened:
        addresses = self._lab.zone.addresses(host)
        if not addresses:
            raise OSError(f"no address for {host}")
        raced = await dial(self._lab, addresses, port, timeout)
        return Opened(raced.connection, None, 1)

    def holds(self, connection: Opened) -> bool:
        return True

    def broke_off(self, connection: Opened) -> None:
        pass
