"""Each private name of aiohttp's connectors that is used, and what is made of it."""

from __future__ import annotations

import inspect
from typing import Any

import aiohttp
from aiohttp import connector as aiohttp_connector


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_connect_is_where_each_request_comes_to():
    kind = aiohttp_connector.BaseConnector
    assert inspect.iscoroutinefunction(kind.connect)
    assert parameters(kind.connect)[:2] == ["self", "req"]
    assert "await self._connector.connect(" in inspect.getsource(aiohttp.client)


def test_a_connection_is_made_by_two_methods():
    kind = aiohttp_connector.TCPConnector
    assert parameters(kind._resolve_host)[:3] == ["self", "host", "port"]
    text = inspect.getsource(kind._create_direct_connection)
    assert "await self._resolve_host(" in text
    assert "await self._wrap_create_connection(" in text
    shake = getattr(kind, "_wrap_existing_connection", kind._wrap_create_connection)
    assert {"req", "timeout", "client_error"} <= {*parameters(shake)}
    assert "await self._loop.create_connection(*args, **kwargs)" in inspect.getsource(shake)
