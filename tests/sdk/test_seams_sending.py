"""Each private name on the way from a request to the wire: it does what is relied upon."""

from __future__ import annotations

import inspect
import os
import socket
import ssl
import weakref
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import ProxyConfiguration, URLLib3Session
from botocore.session import Session

from endpoint_router.sdk import seams_sending, seams_urllib3


@pytest.fixture
def client() -> Any:
    return Session().create_client("kms", "us-east-1")


class _Stopped(BaseException):
    pass


def test_requests_are_created_and_sent_through_the_instances(client: Any) -> None:
    assert list(inspect.signature(Endpoint.create_request).parameters)[:2] == ["self", "params"]
    order: list[str] = []
    create = client._endpoint.create_request

    def creating(params: Any, operation_model: Any = None) -> Any:
        order.append("create")
        assert isinstance(params["context"], dict)
        return create(params, operation_model)

    def sending(request: Any) -> Any:
        order.append("send")
        raise _Stopped

    client._endpoint.create_request = creating
    client._endpoint.http_session.send = sending
    with pytest.raises(_Stopped):
        client.list_keys()
    assert order == ["create", "send"]


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_the_context_of_a_retry_tells_which_attempt_it_is(mode: str) -> None:
    """A retry asks DNS again: ``context["retries"]["attempt"]``, which is there from 1.31 on."""
    config = Config(retries={"mode": mode, "total_max_attempts": 2})
    client = Session().create_client("kms", "us-east-1", config=config)
    attempts: list[Any] = []

    def look(request: Any, **_: Any) -> None:
        attempts.append(request.context.get("retries", {}).get("attempt"))

    client.meta.events.register("before-sign", look)
    client._endpoint.http_session.send = _unreachable
    with pytest.raises(Exception, match="Could not connect"):
        client.list_keys()
    assert attempts[:2] == [1, 2]


def _unreachable(request: Any) -> Any:
    raise EndpointConnectionError(endpoint_url=request.url, error=None)


def test_an_endpoint_hands_each_request_to_the_session_that_it_has_by_then(client: Any) -> None:
    sent: list[str] = []

    class Session:
        def send(self, request: Any) -> Any:
            sent.append(request.url)
            raise _Stopped

    endpoint = client._endpoint
    assert seams_sending.ENDPOINT_SEND is Endpoint._send  # type: ignore[attr-defined]
    endpoint.http_session = Session()
    with pytest.raises(_Stopped):
        client.list_keys()
    assert sent == ["https://kms.us-east-1.amazonaws.com/"]

    def ours(request: Any) -> Any:
        sent.append("ours")
        raise _Stopped

    assert not seams_sending.sends_by(client, ours)
    assert seams_sending.session_behind(client, ours) is None
    endpoint._send = ours
    assert seams_sending.sends_by(client, ours)
    assert seams_sending.session_behind(client, ours) is endpoint.http_session
    with pytest.raises(_Stopped):
        client.list_keys()
    assert sent[1:] == ["ours"]
    assert not seams_sending.sends_by(object(), ours)
    with pytest.raises(AttributeError):
        seams_sending.session_behind(None, ours)


def test_an_endpoint_with_another_session(client: Any) -> None:
    other = seams_sending.endpoint_with(client._endpoint, URLLib3Session())
    assert type(other) is Endpoint
    assert other.http_session is not client._endpoint.http_session
    assert other.host == client._endpoint.host


def test_a_prepared_request_has_the_context_of_its_call(client: Any) -> None:
    """On those versions that say so; elsewhere it is given to it."""
    contexts: list[Any] = []

    def look(params: dict[str, Any], **_: Any) -> None:
        contexts.append(params["context"])

    def stop(request: Any, **_: Any) -> None:
        contexts.append(getattr(request, "context", None))
        raise _Stopped

    client.meta.events.register("before-call", look)
    client.meta.events.register("before-send", stop)
    with pytest.raises(_Stopped):
        client.list_keys()
    assert (contexts[0] is contexts[1]) == seams_sending.REQUESTS_HAVE_CONTEXT
    assert seams_sending.REQUESTS_HAVE_CONTEXT or contexts[1] is None


def test_the_request_is_marked_that_s3transfer_takes() -> None:
    crt = pytest.importorskip("s3transfer.crt", reason="awscrt is not installed")
    session = Session()
    serializer = crt.BotocoreCRTRequestSerializer(session, {"region_name": "us-east-1"})
    taken: list[bool] = []
    serializer._client.meta.events.register(
        "before-sign", lambda request, **_: taken.append(seams_sending.is_taken(request))
    )
    serializer._client.head_object(Bucket="bucket", Key="key")
    assert taken == [True]
    assert not seams_sending.is_taken(AWSRequest("GET", "https://a.example"))


def test_what_a_request_and_its_session_are_looked_at_for() -> None:
    session = URLLib3Session()
    proxies = seams_sending.proxy_configuration(session)
    request = AWSRequest("GET", "https://a.example/").prepare()

    def is_as(host: bytes, asked: Any = proxies) -> bool:
        return bool(seams_sending.would_send_as(session, request, asked, host))

    assert is_as(b"a.example")
    assert not is_as(b"a.example", asked=ProxyConfiguration())
    request.headers["hOsT"] = b"a.example"
    assert is_as(b"a.example")
    assert not is_as(b"b.example")
    for nothing in (False, "", None):
        session._verify = nothing
        assert not is_as(b"a.example")
    with pytest.raises(AttributeError):
        seams_sending.would_send_as(object(), request, proxies, b"a.example")


def test_variables_are_read_as_they_are_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("SOME_PROXY", "some_proxy")
    for environ in (os.environ, own := {}):
        read = seams_sending.reader_of(environ, names)
        before = read()
        assert read() == before
        if environ is own:
            own["SOME_PROXY"] = "a"
        else:
            monkeypatch.setenv("SOME_PROXY", "a")
        assert read() != before


def test_os_environ_is_read_without_an_error_for_each_name() -> None:
    assert os.environ._data.get(os.environ.encodekey("PATH"))


def test_a_direct_session_follows_its_session() -> None:
    session = URLLib3Session()
    direct = seams_urllib3.direct_session(session, {})
    session._verify = "/another/bundle.pem"
    is_followed = seams_sending.follower(weakref.ref(session), direct)
    assert is_followed(session)
    assert direct._verify == "/another/bundle.pem"
    assert not is_followed(URLLib3Session())
    session.send = lambda request: None
    assert not is_followed(session)


def test_whether_a_proxy_ends_tls() -> None:
    assert not seams_sending.forwards_https(URLLib3Session())
    settings = {"proxy_use_forwarding_for_https": True}
    session = URLLib3Session(proxies_config=settings)
    assert seams_sending.forwards_https(session)
    url, proxy = "https://kms.us-east-1.amazonaws.com/", "https://proxy.example"
    assert session._get_request_target(url, proxy) == url
    assert URLLib3Session()._get_request_target(url, proxy) == "/"
    assert not seams_sending.forwards_https(object())


def test_verification() -> None:
    assert seams_sending.verifies(URLLib3Session())
    assert seams_sending.verifies(URLLib3Session(verify="/some/bundle.pem"))
    assert not seams_sending.verifies(URLLib3Session(verify=False))


def test_whom_a_session_trusts(tmp_path: Path) -> None:
    authority = trustme.CA(organization_name="A company")
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    client = Session().create_client("kms", "us-east-1", verify=str(bundle))
    session = seams_sending.http_session_of(client)
    assert session is client._endpoint.http_session
    context = seams_sending.tls_context(session)
    assert len(context.get_ca_certs()) == 1
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    # Whoever does not verify is looked at as if he did.
    context = seams_sending.tls_context(URLLib3Session(verify=False))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) > 50
    assert hasattr(URLLib3Session(), "_verify")


def test_a_session_asks_its_configuration_for_the_proxy_of_each_request() -> None:
    asked: list[str] = []

    class Configuration(ProxyConfiguration):
        def proxy_url_for(self, url: str) -> None:
            asked.append(url)

    session = URLLib3Session(proxies={"https": "http://proxy.example:3128"})
    native = seams_sending.proxy_configuration(session)
    assert native is session._proxy_config
    assert native.settings == {}
    seams_sending.set_proxy_configuration(session, Configuration())
    with socket.socket() as closed:  # nobody else gets its port, and nobody listens there
        closed.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(EndpointConnectionError):
            session.send(AWSRequest("GET", url).prepare())
    assert asked == [url]
