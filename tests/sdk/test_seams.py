"""Each private name that is touched: it is there, and does what is relied upon.

When one of these fails after an upgrade of botocore or urllib3, ``sdk/seams.py`` must follow before
anything else is trusted.
"""

from __future__ import annotations

import copy
import inspect
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSRequest,
)
from botocore.client import BaseClient
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, SSLError
from botocore.httpsession import ProxyConfiguration, URLLib3Session
from botocore.loaders import JSONFileLoader, Loader
from botocore.regions import EndpointResolverBuiltins as Builtin
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.signers import RequestSigner
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from endpoint_router.lab.network import Lab
from endpoint_router.sdk import seams


@pytest.fixture
def client() -> Any:
    return Session().create_client("kms", "us-east-1")


@pytest.fixture
def resolver(client: Any) -> Any:
    return client._ruleset_resolver


def operation(client: Any, name: str = "ListKeys") -> Any:
    return client.meta.service_model.operation_model(name)


# --- the ruleset resolver


def test_the_resolvers_inputs(resolver: Any) -> None:
    builtins = seams.builtins_of(resolver)
    assert builtins[Builtin.AWS_REGION] == "us-east-1"
    assert builtins[Builtin.AWS_USE_FIPS] is False
    assert builtins[Builtin.AWS_USE_DUALSTACK] is False
    assert builtins[Builtin.SDK_ENDPOINT] is None
    assert builtins is resolver._builtins


def test_the_builtins_that_routing_sets_exist() -> None:
    assert {
        Builtin.AWS_REGION,
        Builtin.AWS_USE_FIPS,
        Builtin.AWS_USE_DUALSTACK,
        Builtin.SDK_ENDPOINT,
        Builtin.AWS_S3_FORCE_PATH_STYLE,
        Builtin.AWS_STS_USE_GLOBAL_ENDPOINT,
        Builtin.AWS_S3_USE_GLOBAL_ENDPOINT,
    } <= set(Builtin)


def test_a_copy_resolves_with_its_own_inputs_and_leaves_the_first_alone(
    client: Any, resolver: Any
) -> None:
    builtins = {**seams.builtins_of(resolver), Builtin.AWS_USE_FIPS: True}
    copy = seams.with_builtins(resolver, builtins)
    assert copy._provider is resolver._provider
    fips = copy.construct_endpoint(operation(client), {}, {}).url
    assert fips == "https://kms-fips.us-east-1.amazonaws.com"
    plain = resolver.construct_endpoint(operation(client), {}, {}).url
    assert plain == "https://kms.us-east-1.amazonaws.com"


def test_a_method_on_the_instance_is_called_by_botocore_and_not_by_a_copy(
    client: Any, resolver: Any
) -> None:
    called: list[str] = []
    original = resolver.construct_endpoint

    def ours(operation_model: Any, *arguments: Any, **options: Any) -> Any:
        called.append(operation_model.name)
        return original(operation_model, *arguments, **options)

    resolver.construct_endpoint = ours
    client.generate_presigned_url("list_keys")
    assert called == ["ListKeys"]
    copy = seams.with_builtins(resolver, seams.builtins_of(resolver))
    copy.construct_endpoint(operation(client), {}, {})
    assert called == ["ListKeys"]


def test_what_handlers_make_of_the_inputs_is_noted(client: Any, resolver: Any) -> None:
    """botocore copies the inputs with ``copy.copy``, and hands that copy to them."""
    heard: list[str] = []

    def flip(builtins: dict[Any, Any], **_: Any) -> None:
        heard.append("resolution")
        builtins[Builtin.AWS_USE_FIPS] = True

    client.meta.events.register("before-endpoint-resolution", flip)
    inputs = seams.NotedBuiltins(seams.builtins_of(resolver))
    found = seams.with_builtins(resolver, inputs).construct_endpoint(operation(client), {}, {})
    assert found.url == "https://kms-fips.us-east-1.amazonaws.com"
    assert heard == ["resolution"]
    assert (inputs.used[Builtin.AWS_USE_FIPS], inputs[Builtin.AWS_USE_FIPS]) == (True, False)


def test_a_silent_copy_asks_no_handler(client: Any, resolver: Any) -> None:
    heard: list[str] = []
    client.meta.events.register("before-endpoint-resolution", lambda **_: heard.append("it"))
    silent = seams.with_builtins(resolver, seams.builtins_of(resolver), silently=True)
    found = silent.construct_endpoint(operation(client), {}, {})
    assert found.url == "https://kms.us-east-1.amazonaws.com"
    assert heard == []


def test_which_parameters_a_ruleset_has(resolver: Any) -> None:
    assert seams.has_parameter(resolver, Builtin.AWS_USE_FIPS)
    assert not seams.has_parameter(resolver, Builtin.AWS_S3_ACCELERATE)


def test_silent_resolution_gives_the_same_and_emits_nothing(client: Any, resolver: Any) -> None:
    heard: list[str] = []
    client.meta.events.register(
        "before-endpoint-resolution", lambda **_: heard.append("resolution")
    )
    silent = seams.resolve_silently(resolver, operation(client))
    assert heard == []
    assert silent == resolver.construct_endpoint(operation(client), {}, {}).url
    assert heard == ["resolution"]


def test_static_parameters_of_an_operation() -> None:
    client = Session().create_client("s3control", "us-east-1")
    model = client.meta.service_model.operation_model("ListRegionalBuckets")
    assert client._ruleset_resolver._get_static_context_params(model)


def test_signing_context_of_auth_schemes(resolver: Any) -> None:
    schemes = [{"name": "sigv4", "signingName": "x", "signingRegion": "y"}]
    _, context = resolver.auth_schemes_to_signing_ctx(schemes)
    assert (context["signing_name"], context["region"]) == ("x", "y")


def test_the_resolver_can_be_copied(resolver: Any) -> None:
    assert isinstance(copy.copy(resolver), EndpointRulesetResolver)
    assert "construct_endpoint" not in vars(resolver)


# --- the client and what it is made of


def test_the_parts_of_a_client_are_its_constructors_arguments(client: Any) -> None:
    seen: dict[str, Any] = {}
    session = Session()

    class Probe:
        def __init__(self, **parts: Any) -> None:
            seen.update(parts)
            super().__init__(**parts)

    def add(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, Probe)

    session.get_component("event_emitter").register("creating-client-class", add)
    made = session.create_client("kms", "us-east-1")
    for name, value in seams.client_parts(made).items():
        assert seen[name] is value or seen[name] == value, name
    assert seams.client_parts(client).keys() <= seen.keys()


def test_the_endpoints_host_becomes_the_shown_url() -> None:
    session = Session()

    class Probe:
        def __init__(self, **parts: Any) -> None:
            parts["endpoint"].host = "https://shown.example"
            super().__init__(**parts)

    session.get_component("event_emitter").register(
        "creating-client-class", lambda base_classes, **_: base_classes.insert(0, Probe)
    )
    made = session.create_client("kms", "us-east-1")
    assert made.meta.endpoint_url == "https://shown.example"
    seams.set_endpoint_url(made, "https://other.example")
    assert made.meta.endpoint_url == "https://other.example"


def test_the_signer(client: Any) -> None:
    signer = client._request_signer
    assert (signer.signing_name, signer.region_name) == ("kms", "us-east-1")
    names = list(inspect.signature(RequestSigner.sign).parameters)
    assert names[:5] == ["self", "operation_name", "request", "region_name", "signing_type"]
    assert inspect.signature(RequestSigner.sign).parameters["signing_type"].default == "standard"


def test_a_method_on_the_signers_instance_sees_calls_and_presigns(client: Any) -> None:
    called: list[Any] = []
    original = client._request_signer.sign

    def ours(operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        called.append((operation_name, bool(request.context)))
        return original(operation_name, request, *arguments, **options)

    client._request_signer.sign = ours
    client.generate_presigned_url("list_keys")
    assert called == [("ListKeys", True)]
    client.meta.events.register("before-sign", _stop)
    with pytest.raises(_Stopped):
        client.list_keys()
    assert len(called) == 2


class _Stopped(BaseException):
    pass


def _stop(**_: Any) -> None:
    raise _Stopped


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
    assert seams.ENDPOINT_SEND is Endpoint._send  # type: ignore[attr-defined]
    endpoint.http_session = Session()
    with pytest.raises(_Stopped):
        client.list_keys()
    assert sent == ["https://kms.us-east-1.amazonaws.com/"]

    def ours(request: Any) -> Any:
        sent.append("ours")
        raise _Stopped

    assert not seams.sends_by(client, ours)
    endpoint._send = ours
    assert seams.sends_by(client, ours)
    with pytest.raises(_Stopped):
        client.list_keys()
    assert sent[1:] == ["ours"]
    assert not seams.sends_by(object(), ours)


def test_an_endpoint_with_another_session(client: Any) -> None:
    other = seams.endpoint_with(client._endpoint, URLLib3Session())
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
    assert (contexts[0] is contexts[1]) == seams.REQUESTS_HAVE_CONTEXT
    assert seams.REQUESTS_HAVE_CONTEXT or contexts[1] is None


def test_the_request_is_marked_that_s3transfer_takes() -> None:
    crt = pytest.importorskip("s3transfer.crt", reason="awscrt is not installed")
    session = Session()
    serializer = crt.BotocoreCRTRequestSerializer(session, {"region_name": "us-east-1"})
    taken: list[bool] = []
    serializer._client.meta.events.register(
        "before-sign", lambda request, **_: taken.append(seams.is_taken(request))
    )
    serializer._client.head_object(Bucket="bucket", Key="key")
    assert taken == [True]
    assert not seams.is_taken(AWSRequest("GET", "https://a.example"))


# --- the HTTP session


def test_what_a_request_and_its_session_are_looked_at_for() -> None:
    session = URLLib3Session()
    verify, proxies = seams.trust_and_proxies_of(session)
    assert verify is True
    assert proxies is seams.proxy_configuration(session)
    request = AWSRequest("GET", "https://a.example/").prepare()
    assert seams.headers_of(request).get(seams.HOST) is None
    request.headers["hOsT"] = b"a.example"
    assert seams.headers_of(request).get(seams.HOST) == b"a.example"


def test_a_direct_session_follows_its_session() -> None:
    session = URLLib3Session()
    direct = seams.direct_session(session, {})
    session._verify = "/another/bundle.pem"
    assert seams.is_followed(session, session, direct)
    assert direct._verify == "/another/bundle.pem"
    assert not seams.is_followed(URLLib3Session(), session, direct)
    session.send = lambda request: None
    assert not seams.is_followed(session, session, direct)


def test_whether_a_proxy_ends_tls() -> None:
    assert not seams.forwards_https(URLLib3Session())
    settings = {"proxy_use_forwarding_for_https": True}
    session = URLLib3Session(proxies_config=settings)
    assert seams.forwards_https(session)
    url, proxy = "https://kms.us-east-1.amazonaws.com/", "https://proxy.example"
    assert session._get_request_target(url, proxy) == url
    assert URLLib3Session()._get_request_target(url, proxy) == "/"
    assert not seams.forwards_https(object())


def test_verification() -> None:
    assert seams.verifies(URLLib3Session())
    assert seams.verifies(URLLib3Session(verify="/some/bundle.pem"))
    assert not seams.verifies(URLLib3Session(verify=False))
    assert hasattr(URLLib3Session(), "_verify")


def test_a_session_asks_its_configuration_for_the_proxy_of_each_request() -> None:
    asked: list[str] = []

    class Configuration(ProxyConfiguration):
        def proxy_url_for(self, url: str) -> None:
            asked.append(url)

    session = URLLib3Session(proxies={"https": "http://proxy.example:3128"})
    native = seams.proxy_configuration(session)
    assert native is session._proxy_config
    assert native.settings == {}
    seams.set_proxy_configuration(session, Configuration())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(EndpointConnectionError):
        session.send(AWSRequest("GET", url).prepare())
    assert asked == [url]


def test_pool_classes_can_be_set_and_taken_back() -> None:
    session = URLLib3Session()
    original = session._manager.pool_classes_by_scheme
    assert original == {"http": AWSHTTPConnectionPool, "https": AWSHTTPSConnectionPool}

    class Pool(AWSHTTPSConnectionPool):
        pass

    seams.set_pool_classes(session, {"http": AWSHTTPConnectionPool, "https": Pool})
    assert type(session._manager.connection_from_url("https://a.example")) is Pool
    seams.reset_pool_classes(session)
    assert session._manager.pool_classes_by_scheme is original
    assert type(session._manager.connection_from_url("https://b.example")) is not Pool


class Loopback:
    """An opener that leads every name to one server, and says whether to use connections again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened: list[tuple[str, int, Any, Any, Any]] = []
        self.again = True
        self.broken_off: list[str] = []

    def open(self, connection: Any, plainly: Any) -> socket.socket:
        self.opened.append(
            (
                connection.host,
                connection.port,
                connection.timeout,
                connection.source_address,
                connection.socket_options,
            )
        )
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def holds(self, connection: Any) -> bool:
        return self.again

    def broke_off(self, connection: Any) -> None:
        self.broken_off.append(connection.host)


@pytest.fixture
def opener() -> Iterator[Loopback]:
    with Lab() as lab:
        lab.host("127.0.0.1", "127.0.0.1")
        yield Loopback(lab.http.port)


def send(session: Any, url: str = "http://name.example/") -> Any:
    return URLLib3Session.send(session, AWSRequest("GET", url).prepare())


def test_a_direct_session_sends_by_connections_that_its_opener_opens(opener: Loopback) -> None:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    session = URLLib3Session(
        timeout=(1.5, 3), proxies={"http": "http://127.0.0.1:9"}, socket_options=options
    )
    direct = seams.direct_session(session, seams.pools_for(opener))
    assert send(direct).status_code
    assert opener.opened == [("name.example", 80, 1.5, None, options)]
    assert send(direct).status_code
    assert len(opener.opened) == 1  # the connection was idle, and is used again
    assert len(session._manager.pools) == 0  # none of it is the session's own
    assert session._proxy_managers == {}
    seams.close_direct_session(direct)
    assert seams.pools_of(direct) == []


def test_tls_goes_to_the_opener_as_well(opener: Loopback) -> None:
    direct = seams.direct_session(URLLib3Session(), seams.pools_for(opener))
    with pytest.raises(SSLError):  # the server speaks plain HTTP there
        send(direct, "https://name.example/")
    assert [one[:2] for one in opener.opened] == [("name.example", 443)]
    assert opener.broken_off == ["name.example"]


def test_a_connection_that_was_not_opened_does_not_break_off(opener: Loopback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        opener.port = closed.getsockname()[1]
    direct = seams.direct_session(URLLib3Session(), seams.pools_for(opener))
    with pytest.raises(ConnectionClosedError):
        send(direct, "https://name.example/")
    assert opener.broken_off == []


def test_a_connection_that_the_opener_does_not_hold_is_opened_anew(opener: Loopback) -> None:
    direct = seams.direct_session(URLLib3Session(), seams.pools_for(opener))
    send(direct)
    opener.again = False
    send(direct)
    assert len(opener.opened) == 2


def test_idle_connections_can_be_closed(opener: Loopback) -> None:
    direct = seams.direct_session(URLLib3Session(max_pool_connections=3), seams.pools_for(opener))
    send(direct)
    (pool,) = seams.pools_of(direct)
    seams.close_idle(pool, unless=lambda _connection: True)
    send(direct)
    assert len(opener.opened) == 1
    seams.close_idle(pool, unless=lambda _connection: False)
    assert pool.pool.qsize() == 3  # as many places as before
    send(direct)
    assert len(opener.opened) == 2


def test_a_connection_of_the_parent_is_not_used_by_the_child(opener: Loopback) -> None:
    direct = seams.direct_session(URLLib3Session(), seams.pools_for(opener))
    send(direct)
    (pool,) = seams.pools_of(direct)
    idle = pool.pool.get(block=False)
    idle.process -= 1  # as a child sees it after fork
    pool.pool.put(idle)
    send(direct)
    assert len(opener.opened) == 2


def test_which_sessions_can_have_a_direct_one() -> None:
    session = URLLib3Session()
    assert seams.can_have_direct_session(session)
    session.send = lambda request: None
    assert not seams.can_have_direct_session(session)
    session.send = URLLib3Session().send  # another's
    assert not seams.can_have_direct_session(session)
    other = URLLib3Session()
    del other._manager
    assert not seams.can_have_direct_session(other)


def test_which_connection_class_a_pool_uses() -> None:
    assert AWSHTTPSConnectionPool.ConnectionCls is AWSHTTPSConnection
    assert AWSHTTPConnectionPool.ConnectionCls is AWSHTTPConnection


@pytest.mark.parametrize("error", [NewConnectionError, ConnectTimeoutError])
def test_errors_of_connecting_take_a_connection_and_a_text(error: type[Exception]) -> None:
    assert "text" in str(error(AWSHTTPConnection("name.example"), "text"))


# --- data


def test_where_botocore_keeps_its_table_of_endpoints() -> None:
    text = Path(Loader.BUILTIN_DATA_PATH, "endpoints.json").read_text("utf-8")
    unshared = Loader(file_loader=JSONFileLoader())
    assert json.loads(text) == unshared.load_data("endpoints")


def test_what_a_loader_has_read_and_will_not_read_again(client: Any) -> None:
    loader = client._loader
    read = seams.data_read(loader)
    assert read is not None
    of_kms = [f"kms/2014-11-01/{kind}" for kind in ("service-2", "endpoint-rule-set-1")]
    for name in ("endpoints", "partitions", *(name.replace("/", os.sep) for name in of_kms)):
        data, path = read["load_data_with_path", name]
        assert path == os.path.join(Loader.BUILTIN_DATA_PATH, name)
        assert loader.load_data(name) is data
    assert seams.data_read(object()) is None


# --- sessions


def test_sessions() -> None:
    session = boto3.Session()
    assert seams.botocore_session(session) is session._session
    assert seams.botocore_session(session._session) is session._session


def test_boto3s_default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert seams.default_boto3_session(boto3) is None
    assert seams.default_boto3_session(None) is None
    boto3.setup_default_session()
    assert isinstance(seams.default_boto3_session(boto3), Session)


def test_which_classes_are_those_of_clients(client: Any) -> None:
    assert seams.is_class_of_client(type(client))
    assert not seams.is_class_of_client(BaseClient)


def test_feature_ids_go_aside() -> None:
    with seams.aside():  # also where botocore tells no features
        pass
    try:
        from botocore.context import ClientContext, get_context, reset_context, set_context
        from botocore.useragent import register_feature_id
    except ImportError:
        pytest.skip("this botocore tells no features")
    token = set_context(ClientContext())
    try:
        with seams.aside():
            register_feature_id("RESOLVED_ACCOUNT_ID")
            assert get_context().features
        assert not get_context().features
    finally:
        reset_context(token)


def test_initializers_see_each_new_session() -> None:
    seen: list[Any] = []
    botocore.register_initializer(seen.append)
    try:
        session = Session()
    finally:
        botocore.unregister_initializer(seen.append)
    assert seen == [session]
