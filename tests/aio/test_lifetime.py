"""An asynchronous client goes when aiobotocore's own would, and may be taken over at any time."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from collections.abc import Iterable
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.async_lab import (
    calls,
    client_of,
    goodbyes,
    installed,
    plain_session,
    run,
    session_for,
)
from tests.support.lab_client import KMS, hosts
from tests.support.pinning import ONE, PRIVATE_DNS, TWO, Through, private_dns
from tests.support.renewing import PLENTY
from tests.support.report_mode import log

__all__ = ["log"]

FIPS = {"defaults": {"fips": "require"}}


@pytest.mark.parametrize("policy", [FIPS, PRIVATE_DNS, {}], ids=["fips", "private", "empty"])
def test_a_client_is_freed_with_its_connections(lab: Lab, policy: Any):
    private_dns(lab, ONE)

    async def main() -> None:
        session = session_for(lab, policy)
        async with client_of(session) as client:
            await client.list_keys()
        await goodbyes()
        gc.collect()
        gc.disable()
        try:
            parts = [client, client._endpoint, client._endpoint.http_session]
            references = [weakref.ref(part) for part in (*parts, client._ruleset_resolver)]
            del client, parts
            assert [reference() for reference in references] == [None] * 4
        finally:
            gc.enable()

    run(main())


def test_a_client_that_has_connections_already_is_attached(lab: Lab):
    """Those of before lead where aiohttp has dialled: they are not used again."""
    private_dns(lab, ONE)
    installation = installed(lab, PRIVATE_DNS)
    other = installed(lab, {})

    async def main() -> None:
        session = plain_session(lab)
        other(session)
        async with client_of(session) as client:
            await client.list_keys()
            other.release(client)
            installation.adopt(client)
            await client.list_keys()
            await client.list_keys()

    run(main())
    assert hosts(lab) == [KMS] * 3
    assert lab.dialled == [(ONE, 443)] * 2  # one for each installation


# --- TLS that does not come about


class SilentTls(Through):
    """At some addresses there is somebody who takes connections, and says nothing."""

    def __init__(self, lab: Lab, *silent: str) -> None:
        super().__init__(lab)
        self._silent = silent
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=20)

    def begin(
        self,
        address: str,
        port: int,
        source_address: tuple[str, int] | None,
        socket_options: Iterable[tuple[int, int, int]],
    ) -> socket.socket:
        if address not in self._silent:
            return super().begin(address, port, source_address, socket_options)
        connection = socket.create_connection(self._listener.getsockname())
        connection.setblocking(False)
        return connection

    def peer(self, connection: socket.socket) -> str:
        if connection.getpeername() == self._listener.getsockname():
            return self._silent[0]
        return super().peer(connection)

    def close(self) -> None:
        self._listener.close()


def test_an_address_that_is_silent_in_tls_costs_its_share_of_the_time(lab: Lab):
    private_dns(lab, ONE, TWO)
    dialler = SilentTls(lab, ONE)

    async def call(client: Any) -> None:
        for _ in range(2):
            await asyncio.wait_for(client.list_keys(), PLENTY)

    try:
        calls(lab, PRIVATE_DNS, call, dialler=dialler, connect_timeout=6)
    finally:
        dialler.close()
    assert {seen.address for seen in lab.seen} == {TWO}
    assert len(lab.seen) == 2


# --- whoever connects as he likes


def test_what_cannot_be_pinned_is_refused(lab: Lab):
    private_dns(lab, ONE)

    async def main() -> None:
        async with client_of(session_for(lab, PRIVATE_DNS)) as client:
            own = client._endpoint.http_session
            sent = []

            async def send(request: Any) -> Any:
                sent.append(request)

            own.send = send
            with pytest.raises(EndpointDenied) as refusal:
                await client.list_keys()
            assert refusal.value.code == "private.unpinned"
            assert not sent

    run(main())
    assert not lab.seen
