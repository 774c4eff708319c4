"""Each private name of aiobotocore's HTTP sessions that is used, and what is made of it."""

from __future__ import annotations

import inspect
import ssl
from typing import Any

import aiobotocore.endpoint
import aiobotocore.httpsession
import aiobotocore.regions
import aiobotocore.signers
import aiohttp
import pytest
from aiobotocore.httpsession import AIOHTTPSession
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.httpsession import URLLib3Session
from botocore.loaders import create_loader

from endpoint_router.sdk import seams_async, seams_rulesets, seams_sending
from tests.support.async_lab import run


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


# --- what is replaced on a client's objects


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (
            aiobotocore.regions.AioEndpointRulesetResolver.construct_endpoint,
            ["self", "operation_model", "call_args", "request_context"],
        ),
        (
            aiobotocore.signers.AioRequestSigner.sign,
            [
                "self",
                "operation_name",
                "request",
                "region_name",
                "signing_type",
                "expires_in",
                "signing_name",
            ],
        ),
        (
            aiobotocore.endpoint.AioEndpoint.create_request,
            ["self", "params", "operation_model"],
        ),
        (aiobotocore.endpoint.AioEndpoint._send, ["self", "request"]),
        (AIOHTTPSession._get_session, ["self", "proxy_url"]),
        (AIOHTTPSession.send, ["self", "request"]),
        (AIOHTTPSession.__aexit__, ["self", "exc_type", "exc_val", "exc_tb"]),
    ],
)
def test_methods_are_coroutines_with_these_parameters(method: Any, expected: list[str]):
    assert inspect.iscoroutinefunction(method)
    assert parameters(method) == expected


def test_the_connector_is_made_by_a_method_of_one_argument():
    assert parameters(AIOHTTPSession._create_connector) == ["self", "proxy_url"]


def test_a_session_sends_by_what_get_session_gives():
    text = inspect.getsource(AIOHTTPSession.send)
    assert "await self._get_session(proxy_url)" in text
    assert "await session.request(" in text
    assert "allow_redirects" not in text


def test_an_endpoint_hands_its_requests_to_its_session():
    text = inspect.getsource(aiobotocore.endpoint.AioEndpoint._send)
    assert "await self.http_session.send(request)" in text


def test_ruleset_parameters_that_say_nothing_about_hosts():
    """No rule of S3's reads them, so calls that differ in them alone go to the same host."""
    rules = create_loader().load_service_model("s3", "endpoint-rule-set-1")
    assert {*seams_rulesets.OF_NO_HOST} & {*rules["parameters"]}
    text = repr(rules["rules"])
    for name in seams_rulesets.OF_NO_HOST:
        assert f"'ref': '{name}'" not in text
        assert f"{{{name}}}" not in text


# --- sessions


async def entered(**options: Any) -> AIOHTTPSession:
    return await AIOHTTPSession(**options).__aenter__()


def test_a_sessions_parts():
    async def main() -> None:
        session = await entered(verify=False)
        assert session._sessions == {}
        assert session._verify is False
        assert isinstance(session._connector_args, dict)
        assert session._max_pool_connections
        assert session._proxy_config.proxy_url_for("https://a/") is None
        client_session = await session._get_session(None)
        assert session._sessions == {None: client_session}
        assert isinstance(client_session, aiohttp.ClientSession)
        await session.__aexit__(None, None, None)
        assert client_session.closed

    run(main())


def test_which_sessions_send_by_aiohttp():
    assert seams_async.is_aiohttp_session(AIOHTTPSession())
    assert not seams_async.is_aiohttp_session(URLLib3Session())
    replaced = AIOHTTPSession()
    replaced.send = lambda request: None
    assert not seams_async.is_aiohttp_session(replaced)


def lane(session: AIOHTTPSession, name: str) -> Any:
    async def make(http_session: Any) -> Any:
        opened = await seams_async.open_lane(http_session, direct)
        return await seams_async.keep_lane(http_session, name, opened)

    direct = seams_async.lane_session(session, name, make)
    return direct


def test_a_lane_is_closed_with_its_session_and_shares_its_tls():
    async def main() -> None:
        session = await entered()
        kept = []
        for name in "ab":
            kept.append(await lane(session, name)._get_session(None))
            assert seams_async.lane_of(session, name) is kept[-1]
            assert await lane(session, name)._get_session(None) is kept[-1]
        first, second = kept
        assert first.connector is not second.connector
        assert first.connector._ssl is second.connector._ssl
        assert isinstance(first.connector._ssl, ssl.SSLContext)
        await session.close()
        assert first.closed
        assert second.closed

    run(main())


@pytest.mark.parametrize("proxy", [None, "http://127.0.0.1:1"])
def test_host_names_are_checked(proxy: str | None):
    async def main() -> None:
        session = await entered()
        connector = (await session._get_session(proxy)).connector
        await seams_async.check_host_names(session, connector)
        assert connector._ssl.check_hostname
        assert connector._ssl.verify_mode is ssl.CERT_REQUIRED
        await session.close()

    run(main())


def test_who_checks_nothing_is_left_alone():
    async def main() -> None:
        session = await entered(verify=False)
        connector = (await session._get_session(None)).connector
        await seams_async.check_host_names(session, connector)
        context = connector._ssl
        assert context is False or context.verify_mode is ssl.CERT_NONE
        await session.close()

    run(main())


def test_verify_may_be_a_context_that_checks_nothing():
    session = AIOHTTPSession()
    assert seams_sending.verifies(session)
    session._verify = ssl.create_default_context()
    assert seams_sending.verifies(session)
    session._verify.check_hostname = False
    session._verify.verify_mode = ssl.CERT_NONE
    assert not seams_sending.verifies(session)
    request = AWSPreparedRequest("GET", "https://a/", HeadersDict(), b"", stream_output=False)
    assert not seams_async.would_send_as(session, request, session._proxy_config, b"")
    session._verify = True
    assert seams_async.would_send_as(session, request, session._proxy_config, b"")
