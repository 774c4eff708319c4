"""Each private name that is touched: it is there, and does what is relied upon.

When one of these fails after an upgrade of botocore or urllib3, ``sdk/seams.py`` must follow before
anything else is trusted; the same holds for its siblings. Here are clients and sessions.
"""

from __future__ import annotations

import inspect
from typing import Any

import boto3
import botocore
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.session import Session
from botocore.signers import RequestSigner

from endpoint_router.sdk import seams


@pytest.fixture
def client() -> Any:
    return Session().create_client("kms", "us-east-1")


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
