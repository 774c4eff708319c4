"""The other end of a connection is checked before a byte is sent."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import resolves
from tests.support.pinning import (
    ONE,
    PRIVATE_DNS,
    WAYS,
    Through,
    addresses,
    at_servers,
    pinned,
    private_dns,
)
from tests.support.renewing import eventually


class Elsewhere:
    """Leads every connection to a listener of its own, as a SOCKS library would."""

    def __init__(self, listener: socket.socket, peer: str) -> None:
        self._listener, self._peer = listener, peer

    def begin(
        self, _address: str, _port: int, _source: Any, options: Iterable[tuple[int, int, int]]
    ) -> socket.socket:
        client = socket.create_connection(self._listener.getsockname())
        client.setblocking(False)
        return client

    def peer(self, _connection: socket.socket) -> str:
        return self._peer


@pytest.mark.parametrize(("policy", "name"), WAYS[:2])
def test_no_byte_is_sent_to_a_peer_outside_the_trusted_networks(
    lab: Lab, policy: dict[str, Any], name: str
) -> None:
    resolves(lab, name, ONE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = pinned(lab, policy, dialler=Elsewhere(listener, "52.94.0.66"))
        with pytest.raises(EndpointDenied) as refusal:
            client.list_keys()
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(60)
            assert accepted.recv(1) == b""
    assert refusal.value.code == "private.peer"
    assert "52.94.0.66" in refusal.value.reason
    assert ONE in refusal.value.reason


def test_a_refusal_for_the_peer_is_not_retried(lab: Lab) -> None:
    private_dns(lab, ONE)
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    client = pinned(lab, PRIVATE_DNS, dialler=Through(lab, "52.94.0.66"), retries=retries)
    with pytest.raises(EndpointDenied):
        client.list_keys()
    assert addresses(lab) == [ONE]


def test_a_peer_that_is_gone_again_counts_as_not_connected(lab: Lab) -> None:
    private_dns(lab, ONE)
    dialler = Through(lab, OSError("Transport endpoint is not connected"))
    with pytest.raises(Exception, match="Could not connect to the endpoint URL"):
        pinned(lab, PRIVATE_DNS, dialler=dialler).list_keys()
    assert [one.fileno() for one in dialler.sockets] == [-1] * len(dialler.sockets)
    eventually(lambda: at_servers(lab) == 0)
