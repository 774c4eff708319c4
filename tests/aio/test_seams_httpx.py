"""The private names of httpx and of aiobotocore's sessions for it are what they are taken for."""

from __future__ import annotations

from importlib import import_module

from endpoint_router.lab.network import Lab
from endpoint_router.sdk import seams_httpx
from tests.support.async_lab import client_of, plain_session, run
from tests.support.by_httpx import BY_HTTPX, HttpxSession, needs_httpx

pytestmark = needs_httpx


def test_the_session(lab: Lab):
    async def main() -> None:
        async with client_of(plain_session(lab), **BY_HTTPX) as client:
            http_session = client._endpoint.http_session
            assert type(http_session) is HttpxSession
            assert seams_httpx.is_httpx_session(http_session)
            assert http_session._proxy_urls == {}
            assert seams_httpx.entered(http_session) is http_session._exit_stack
            made = await http_session._get_session("https://kms.us-east-1.amazonaws.com/")
            assert made is http_session._session
            pool = made._transport._pool
            backend = pool._network_backend
            core = import_module(type(pool).__module__.partition(".")[0])
            assert isinstance(pool, core.AsyncConnectionPool)
            assert isinstance(backend, core.AsyncNetworkBackend)
            assert issubclass(
                import_module(f"{core.__name__}._backends.anyio").AnyIOStream,
                core.AsyncNetworkStream,
            )
        assert seams_httpx.entered(http_session) is None

    run(main())
