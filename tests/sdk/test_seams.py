"""Each private name that is touched: it is there, and does what is relied upon.

When one of these fails after an upgrade of botocore or urllib3, ``sdk/seams.py`` must follow before
anything else is trusted.
"""

from __future__ import annotations

import copy
import inspect
import json
import os
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.awsrequest import (
    AWSRequest,
)
from botocore.client import BaseClient
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import BotoCoreError, EndpointConnectionError
from botocore.httpsession import URLLib3Session
from botocore.loaders import JSONFileLoader, Loader
from botocore.regions import EndpointResolverBuiltins as Builtin
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.signers import RequestSigner

from endpoint_router.sdk import seams


@pytest.fixture
def client() -> Any:
    return Session().create_client("kms", "us-east-1")


@pytest.fixture
def resolver(client: Any) -> Any:
    return client._ruleset_resolver


def operation(client: Any, name: str = "ListKeys") -> Any:
    return client.meta.service_model.operation_model(name)


# --- the loader


class _Counting(JSONFileLoader):
    """Counts what is read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def load_file(self, file_path: str) -> Any:
        if Path(file_path).name == "service-2":
            self.read.append(Path(file_path).parent.parent.name)
        return super().load_file(file_path)


def test_a_service_that_is_forgotten_is_read_again() -> None:
    loader = Loader(file_loader=_Counting())
    for _ in range(2):
        loader.load_service_model("kms", "service-2")
        loader.load_service_model("sts", "service-2")
    assert loader.file_loader.read == ["kms", "sts"]
    seams.forget_service(loader, "kms")
    loader.load_service_model("kms", "service-2")
    loader.load_service_model("sts", "service-2")
    assert loader.file_loader.read == ["kms", "sts", "kms"]


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


def test_rulesets_that_ask_calls(resolver: Any) -> None:
    assert not seams.asks_calls(resolver)  # all is told by the client's settings
    assert seams.asks_calls(Session().create_client("s3", "us-east-1")._ruleset_resolver)
    assert not seams.asks_calls(None)


def test_a_ruleset_that_wants_more_refuses(resolver: Any) -> None:
    """Releases before 1.36 trip over their own message where they want to say which."""
    with pytest.raises(BotoCoreError):
        seams.url_of_ruleset(resolver._provider, {"Region": None})

    class OfOldReleases:
        def resolve_endpoint(self, **_: Any) -> Any:
            raise TypeError("unhashable type")

    with pytest.raises(BotoCoreError):
        seams.url_of_ruleset(OfOldReleases(), {})


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
    assert seams.session_behind(client, ours) is None
    endpoint._send = ours
    assert seams.sends_by(client, ours)
    assert seams.session_behind(client, ours) is endpoint.http_session
    with pytest.raises(_Stopped):
        client.list_keys()
    assert sent[1:] == ["ours"]
    assert not seams.sends_by(object(), ours)
    with pytest.raises(AttributeError):
        seams.session_behind(None, ours)


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


def test_the_user_agent_of_a_client_ends_with_a_label(client: Any) -> None:
    session = Session()
    labelled = session.create_client("kms", "us-east-1", config=Config(user_agent_extra="mine/1"))
    other = session.create_client("kms", "us-east-1")
    plain, others = seams.user_agent(client), seams.user_agent(other)
    seams.append_to_user_agent(client, "md/a#1")
    assert seams.user_agent(client) == f"{plain} md/a#1"
    seams.append_to_user_agent(labelled, "md/a#1")
    assert seams.user_agent(labelled).endswith(" md/a#1 mine/1")
    assert seams.user_agent(other) == others  # each client has its own
    seams.cut_from_user_agent(client, "md/a#1")
    assert seams.user_agent(client) == plain
    seams.cut_from_user_agent(client, "md/a#1")
    assert seams.user_agent(client) == plain
