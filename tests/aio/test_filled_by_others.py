"""Connectors of aiohttp that somebody else fills with connections, as mocks do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler
from botocore.exceptions import EndpointConnectionError, HTTPClientError

from endpoint_router.lab.network import Lab
from tests.support.async_lab import calls
from tests.support.pinning import ONE, PRIVATE_DNS, private_dns


def test_a_connection_that_somebody_else_makes_is_not_used(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    """Nobody knows where it leads, and asking for another one ends."""
    private_dns(lab, ONE)
    made: list[ResponseHandler] = []

    async def create_connection(*_: Any, **__: Any) -> ResponseHandler:
        made.append(ResponseHandler(asyncio.get_running_loop()))
        return made[-1]

    monkeypatch.setattr(TCPConnector, "_create_connection", create_connection)
    with pytest.raises((EndpointConnectionError, HTTPClientError)):
        calls(lab, PRIVATE_DNS, lambda client: client.list_keys())
    assert 0 < len(made) < 100
    assert not lab.seen
