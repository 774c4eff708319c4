"""Ways past the policy that a review found, one test each. What is judged is what would leave."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session

import endpoint_router
from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.install import Installation, current
from tests.support.wire import Caught, nothing_leaves, on_the_wire

FIPS = {"defaults": {"fips": "require"}}
PRIVATE = {"defaults": {"private": "require"}}
PUBLIC = "52.94.0.10"


def session(policy: dict[str, Any], dns: Callable[[str], str | None] = lambda _: PUBLIC) -> Session:
    """A session under *policy*; *dns* tells a name's address, or ``None`` where it fails."""

    def look_up(name: str, _timeout: float) -> Answer:
        address = dns(name)
        if address is None:
            return Answer(name, "failed", detail="SERVFAIL")
        return Answer(name, "answered", (address,), ttl=300)

    made = Session()
    Installation(policy, world=World(lookup=lambda _: look_up), environ={})(made)
    return made


def sent_to(client: Any, operation: str, **arguments: Any) -> str:
    """The host that a call would reach."""
    with pytest.raises(Caught) as caught:
        getattr(client, operation)(**arguments)
    return on_the_wire(caught.value.request).host


@pytest.fixture(autouse=True)
def no_network() -> Any:
    with nothing_leaves():
        yield


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("s3", "get_object", {"Bucket": "data", "Key": "k"}),
        ("s3control", "get_access_point", {"AccountId": "123456789012", "Name": "apx"}),
    ],
)
def test_a_private_zone_with_the_apex_alone(
    service: str, operation: str, arguments: dict[str, str]
) -> None:
    """Without a wildcard record, the bucket's own name resolves publicly."""
    apex = ("s3.us-west-2.amazonaws.com", "s3-control.us-west-2.amazonaws.com")
    routed = session(PRIVATE, lambda name: "10.1.2.3" if name in apex else PUBLIC)
    with pytest.raises(EndpointDenied) as refusal:
        getattr(routed.create_client(service, "us-west-2"), operation)(**arguments)
    assert refusal.value.code == "private.public_address"


MINIO = "https://minio.internal.example:9000"
ATTESTED = {
    "defaults": {"fips": "require", "fips_basis": "attested", "private": "require"},
    "custom_endpoints": [
        {"url": MINIO, "services": ["s3"], "fips": True, "private": True, "reason": "SEC-1"}
    ],
}
OUTPOSTS_ALIAS = "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3"


def test_a_declared_endpoint_vouches_for_its_own_host_only() -> None:
    client = session(ATTESTED).create_client("s3", "us-east-1", endpoint_url=MINIO)
    assert sent_to(client, "list_buckets") == "minio.internal.example:9000"
    with pytest.raises(EndpointDenied) as refusal:
        client.get_object(Bucket=OUTPOSTS_ALIAS, Key="k")  # S3's ruleset ignores the URL
    assert refusal.value.code == "endpoint_url.undeclared"
    assert "s3-outposts" in refusal.value.host


def test_an_url_that_two_parsers_read_differently_is_nobodys() -> None:
    url = "https://evil.example\\@minio.internal.example:9000"
    client = session(ATTESTED).create_client("s3", "us-east-1", endpoint_url=url)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_buckets()
    assert refusal.value.code == "endpoint_url.undeclared"


def test_sessions_that_share_an_emitter_stay_routed() -> None:
    emitter = HierarchicalEmitter()
    endpoint_router.install({**FIPS, "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2}})
    try:
        first, second = Session(event_hooks=emitter), Session(event_hooks=emitter)
        del first
        gc.collect()
        client = second.create_client("kms", "us-east-1")
        assert sent_to(client, "list_keys") == "kms-fips.us-east-1.amazonaws.com"
    finally:
        endpoint_router.uninstall()
    assert sent_to(second.create_client("kms", "us-east-1"), "list_keys") == (
        "kms.us-east-1.amazonaws.com"
    )


@pytest.mark.parametrize("endpoint", [None, "https://kms.elsewhere.example"])
def test_a_handler_that_answers_for_the_ruleset_in_govcloud(endpoint: str | None) -> None:
    """There plain hosts may be FIPS, but only where the ruleset was asked for FIPS."""
    client = session(FIPS).create_client("kms", "us-gov-west-1")

    def reset(builtins: dict[str, Any], **_: Any) -> None:
        builtins.update({"AWS::UseFIPS": False, "SDK::Endpoint": endpoint})

    client.meta.events.register("before-endpoint-resolution", reset)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "fips.no_basis"


def test_a_call_without_proof_has_no_host_for_those_who_take_it_before_the_guard() -> None:
    """s3transfer's CRT client takes the request in ``before-send`` and sends it by itself."""
    client = session(PRIVATE, lambda _: None).create_client("kms", "us-east-1")
    urls: list[str] = []
    client.meta.events.register("before-send", lambda request, **_: urls.append(request.url))
    with pytest.raises(EndpointUnverified):
        client.list_keys()
    assert set(urls) == {"https://unverified.invalid/"}


def test_a_presigned_url_is_not_changed_after_it_was_decided_on() -> None:
    client = session(FIPS).create_client("kms", "us-east-1")

    def plain(request: Any, **_: Any) -> None:
        request.url = request.url.replace("kms-fips", "kms")

    client.meta.events.register("before-sign", plain)
    with pytest.raises(EndpointDenied) as refusal:
        client.generate_presigned_url("list_keys")
    assert refusal.value.code == "guard.changed"


def test_a_host_without_region_does_not_make_its_service_exempt() -> None:
    """``allowed_regions`` exempts services like IAM, not a KMS call led to a host of one's own."""
    routed = session({"defaults": {"allowed_regions": ["eu-*"]}})
    client = routed.create_client("kms", "us-east-1")

    def lead_away(params: dict[str, Any], **_: Any) -> None:
        params["url"] = "https://kms.elsewhere.example/"

    client.meta.events.register("before-call", lead_away)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "region.not_allowed"
    assert sent_to(routed.create_client("iam", "us-east-1"), "list_users") == "iam.amazonaws.com"


def test_the_remedies_lead_on() -> None:
    """Follow what the errors say, step by step, until the call passes."""
    url = "https://kms.gateway.example"
    policy: dict[str, Any] = {"defaults": {"fips": "require"}}

    def refused() -> EndpointDenied:
        with pytest.raises(EndpointDenied) as refusal:
            session(policy).create_client("kms", "us-east-1", endpoint_url=url).list_keys()
        return refusal.value

    assert "fips = true" in refused().remedy
    declared = {"url": url, "services": ["kms"], "fips": True, "reason": "SEC-1"}
    policy["custom_endpoints"] = [declared]
    assert 'fips_basis = "attested"' in refused().remedy
    policy["rules"] = [{"services": ["kms"], "fips_basis": "attested", "reason": "SEC-1"}]
    client = session(policy).create_client("kms", "us-east-1", endpoint_url=url)
    assert sent_to(client, "list_keys") == "kms.gateway.example"


def test_a_client_has_one_router() -> None:
    """Attached over what is installed: the last policy speaks, alone."""
    target = "vpce-0a-1b.kms-fips.us-east-1.vpce.amazonaws.com"
    endpoint_router.install(FIPS)
    try:
        client = Session().create_client("kms", "us-east-1")
        attached = {
            **FIPS,
            "vpc_endpoints": [{"type": "interface", "dns_names": [target]}],
            "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2},
        }
        endpoint_router.attach(client, {**attached, "defaults": {"private": "off", "fips": "off"}})
        assert sent_to(client, "list_keys") == "kms.us-east-1.amazonaws.com"
        endpoint_router.attach(client, attached)
        assert sent_to(client, "list_keys") == "kms-fips.us-east-1.amazonaws.com"
    finally:
        endpoint_router.uninstall()


@pytest.mark.parametrize("kind", [EndpointDenied, EndpointUnverified])
def test_refusals_are_copied_and_pickled(kind: Any) -> None:
    fields = dict.fromkeys(
        ("code", "service", "operation", "region", "host", "rule", "reason", "remedy"), "x"
    )
    error = kind(**fields)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(twin), str(twin), twin.code) == (kind, str(error), "x")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_lock_held_at_the_fork_does_not_stop_the_child() -> None:
    endpoint_router.install({**FIPS, "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2}})
    try:
        installation = current()
        assert installation is not None
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with installation._lock.here:
                held.set()
                done.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(30)
        child = os.fork()
        if child == 0:
            threading.Timer(10, lambda: os._exit(1)).start()  # a deadlock, told by the exit status
            Session().create_client("kms", "us-east-1")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        done.set()
        holder.join()
        assert os.waitstatus_to_exitcode(status) == 0
    finally:
        endpoint_router.uninstall()
