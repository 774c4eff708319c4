"""A policy in force for a block: whom it speaks for, and that nothing of it remains."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

import endpoint_router
from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError
from endpoint_router.testing import (
    FakeDns,
    NothingAnswered,
    PolicyInForce,
    RoutedCall,
    assert_routed,
    policy_in_force,
)
from tests.support.sessions import new_session

KMS, KMS_FIPS = "kms.us-east-1.amazonaws.com", "kms-fips.us-east-1.amazonaws.com"
VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
FIPS = {"defaults": {"fips": "require"}}
PRIVATE = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [VPCE]}],
}

pytestmark = pytest.mark.usefixtures("uninstalled_at_the_end")


def client_of(session: Any = None, service: str = "kms", **config: Any) -> Any:
    session = session or new_session()
    client = session.create_client(service, "us-east-1", config=Config(**config))
    client.meta.events.register("before-send", lambda request, **_: answered(request.url))
    return client


def answered(url: str) -> AWSResponse:
    response = AWSResponse(url, 200, {}, None)  # type: ignore[arg-type]
    response._content = b"{}"
    return response


def host_of(client: Any) -> str:
    """Where a call of *client* goes."""
    seen: list[str] = []
    client.meta.events.register_first("before-send", lambda request, **_: seen.append(request.url))
    client.list_keys()
    (url,) = seen
    return url.split("/")[2]


def placed(client: Any) -> dict[str, set[str]]:
    """What stands on the instances of the client's parts."""
    parts = (client._endpoint, client._request_signer, client._ruleset_resolver)
    names = {"_send", "create_request", "sign", "construct_endpoint"}
    return {type(part).__name__: names & vars(part).keys() for part in parts}


# --- whom it speaks for


def test_for_clients_of_every_age() -> None:
    before, session = client_of(), new_session()
    with policy_in_force(PRIVATE) as block:
        hosts = [host_of(client) for client in (before, client_of(session), client_of())]
    assert hosts == [VPCE] * 3
    assert [call.host for call in block.calls] == hosts
    assert host_of(before) == host_of(client_of(session)) == host_of(client_of()) == KMS


def test_a_client_made_inside_is_as_botocore_made_it_afterwards() -> None:
    with policy_in_force(FIPS):
        inside = client_of()
        assert host_of(inside) == KMS_FIPS
    assert host_of(inside) == KMS
    assert inside.meta.endpoint_url == f"https://{KMS}"
    assert not any(placed(inside).values())


def test_a_client_that_is_not_used_asks_nothing_and_is_left_as_it_was() -> None:
    unused, used = client_of(), client_of()
    with policy_in_force(PRIVATE, dns=FakeDns()) as block:
        assert block.dns
        assert block.dns.questions == ()
        host_of(used)
        assert set(block.dns.questions) == {KMS, VPCE}
        assert unused.meta.endpoint_url == f"https://{KMS}"
    assert not any(placed(unused).values())
    assert not any(placed(used).values())


def test_a_url_is_presigned_by_a_client_from_before() -> None:
    before = client_of()
    with policy_in_force(FIPS) as block:
        assert before.generate_presigned_url("list_keys").startswith(f"https://{KMS_FIPS}/")
    (call,) = block.calls
    assert call.decision.presigned
    assert before.generate_presigned_url("list_keys").startswith(f"https://{KMS}/")


def test_for_explain_and_resolve() -> None:
    with policy_in_force(PRIVATE, dns=FakeDns({VPCE: "NXDOMAIN"})):
        assert endpoint_router.explain("kms", region="us-east-1").code != "allowed"
        with pytest.raises(EndpointDenied):
            endpoint_router.resolve(f"https://{KMS}/", service="kms")
    assert endpoint_router.explain("kms", region="us-east-1", policy={}).host == KMS


def test_for_all_threads() -> None:
    client = client_of()
    with policy_in_force(FIPS) as block:
        threads = [threading.Thread(target=client.list_keys) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert_routed(block.calls, {"kms.ListKeys": KMS_FIPS})
    assert len(block.calls) == 8


def test_inside_of_coroutines() -> None:
    """No fixture and no block here waits, so each of pytest's plugins for coroutines will do."""

    async def test() -> None:
        with policy_in_force(FIPS) as block:
            await anyio.to_thread.run_sync(client_of().list_keys)
            assert_routed(block.calls, {"kms": KMS_FIPS})

    anyio.run(test)


# --- over what is installed


def test_over_what_is_installed_and_only_for_the_block() -> None:
    endpoint_router.install(FIPS)
    session = new_session()
    client = client_of(session)
    with policy_in_force(PRIVATE) as block:
        inside = client_of()
        assert [host_of(each) for each in (client, client_of(session), inside)] == [VPCE] * 3
    # What was made inside obeys what is installed, as it would have without the block.
    assert [host_of(each) for each in (client, inside, client_of())] == [KMS_FIPS] * 3
    assert len(block.calls) == 3
    endpoint_router.uninstall()
    assert host_of(client) == host_of(inside) == KMS


def test_over_what_was_attached() -> None:
    session, client = new_session(), client_of()
    endpoint_router.attach(session, FIPS)
    endpoint_router.attach(client, FIPS)
    with policy_in_force(PRIVATE):
        inside = client_of(session)
        assert host_of(client) == host_of(inside) == VPCE
    assert [host_of(each) for each in (client, inside, client_of(session))] == [KMS_FIPS] * 3
    assert host_of(client_of()) == KMS


def test_a_client_that_was_made_before_install_stays_unrouted_afterwards(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = client_of()
    endpoint_router.install(FIPS)
    with policy_in_force(PRIVATE):
        assert host_of(client) == VPCE
    assert host_of(client) == KMS
    assert "not routed" in caplog.text


def test_a_policy_that_is_off_routes_nothing_whatever_is_installed() -> None:
    endpoint_router.install(FIPS)
    client = client_of()
    with policy_in_force({"mode": "off"}) as block:
        assert host_of(client) == host_of(client_of()) == KMS
    assert block.calls == ()
    assert host_of(client) == KMS_FIPS


def test_blocks_inside_of_blocks() -> None:
    client = client_of()
    with policy_in_force(FIPS) as outer:
        between = client_of()
        with policy_in_force(PRIVATE) as inner:
            inside = client_of()
            assert [host_of(each) for each in (client, between, inside)] == [VPCE] * 3
        assert [host_of(each) for each in (client, between, inside)] == [KMS_FIPS] * 3
    assert [host_of(each) for each in (client, between, inside)] == [KMS] * 3
    assert (len(outer.calls), len(inner.calls)) == (3, 3)
    assert not any(placed(client).values())


def test_the_application_may_install_inside_and_nothing_changes() -> None:
    with policy_in_force(PRIVATE) as block:
        endpoint_router.install(FIPS)
        endpoint_router.install({"defaults": {"fips": "prefer"}})
        session = new_session()
        endpoint_router.attach(session, FIPS)
        assert host_of(client_of(session)) == VPCE
        endpoint_router.uninstall()
        assert host_of(client_of(session)) == VPCE
        with pytest.raises(PolicyError):
            endpoint_router.install({"defaults": {"fips": "perhaps"}})
        with pytest.raises(PolicyError):
            endpoint_router.attach(session, "/no/such/policy.toml")
    assert len(block.calls) == 2
    assert host_of(client_of(session)) == KMS


def test_an_application_may_uninstall_inside_what_it_installed_before() -> None:
    endpoint_router.install(FIPS)
    with policy_in_force(PRIVATE):
        endpoint_router.uninstall()
    assert host_of(client_of()) == KMS_FIPS


def test_all_is_undone_after_an_exception() -> None:
    client = client_of()

    def fail() -> None:
        with policy_in_force(FIPS):
            assert host_of(client) == KMS_FIPS
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert host_of(client) == KMS


def test_blocks_that_end_in_another_order() -> None:
    first, second = policy_in_force(FIPS), policy_in_force(PRIVATE)
    client = client_of()
    first.__enter__()
    second.__enter__()
    assert host_of(client) == VPCE
    first.__exit__(None, None, None)
    assert host_of(client) == VPCE
    second.__exit__(None, None, None)
    assert host_of(client) == host_of(client_of()) == KMS


# --- which policy


def test_variables_have_no_say_in_a_policy_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "require")
    with policy_in_force({}):
        assert host_of(client_of()) == KMS
    with policy_in_force():
        assert host_of(client_of()) == KMS_FIPS


def test_a_policy_that_cannot_be_used_is_said_at_once() -> None:
    with pytest.raises(PolicyError), policy_in_force({"defaults": {"fips": "perhaps"}}):
        raise AssertionError("the block was entered")


def test_the_decision_log_of_production_is_not_written(tmp_path: Any) -> None:
    log = tmp_path / "decisions.jsonl"
    with policy_in_force({**FIPS, "log": {"decisions": str(log)}}) as block:
        host_of(client_of())
    assert block.calls
    assert not log.exists()


def test_unnamed_endpoints_are_in_the_networks_of_the_policy() -> None:
    with policy_in_force({**PRIVATE, "network": {"private": ["10.20.0.0/16"]}}) as block:
        host_of(client_of())
    (call,) = block.calls
    assert call.decision.addresses == ("10.20.0.10",)


def test_a_zone_of_its_own() -> None:
    zonal = VPCE.replace("abcdefgh.", "abcdefgh-us-east-1b.")
    names = {"type": "interface", "dns_names": [VPCE, zonal]}
    with policy_in_force({**PRIVATE, "vpc_endpoints": [names]}, zone="us-east-1b"):
        assert host_of(client_of()) == zonal
    with policy_in_force({**PRIVATE, "vpc_endpoints": [names]}):
        assert host_of(client_of()) == VPCE
    with pytest.raises(ValueError, match="availability zone"), policy_in_force(zone="us-east-1"):
        raise AssertionError("the block was entered")


# --- what its calls came to


def calls_of(block: PolicyInForce) -> list[tuple[str, str]]:
    return [(call.host, call.code) for call in block.calls]


def test_a_refusal_is_told_once_however_often_it_is_tried() -> None:
    dns = FakeDns({KMS: "timeout"})
    with policy_in_force({"defaults": {"private": "require"}}, dns=dns) as block:
        config = Config(retries={"max_attempts": 1, "mode": "legacy"})
        client = new_session().create_client("kms", "us-east-1", config=config)
        with pytest.raises(EndpointUnverified):
            client.list_keys()
        assert len(dns.questions) > 1
        dns.set(KMS, "10.0.0.1")
        client.generate_presigned_url("list_keys")
    assert calls_of(block)[0] == (KMS, "private.unverified")
    assert len(block.calls) == 2
    refused = block.calls[0]
    assert refused.refusal
    assert not refused.allowed


def test_a_request_that_is_changed_on_its_way_is_told_as_refused() -> None:
    def change(request: Any, **_: Any) -> None:
        request.url = "https://elsewhere.example/"

    with policy_in_force(FIPS) as block:
        client = new_session().create_client("kms", "us-east-1")
        client.meta.events.register("before-send", change)
        with pytest.raises(EndpointDenied):
            client.list_keys()
    (call,) = block.calls
    assert (call.code, call.host) == ("guard.changed", "elsewhere.example")
    assert "about to go" in call.reason


def test_what_is_signed_by_itself_is_told() -> None:
    with policy_in_force(FIPS) as block:
        client = client_of()
        request = AWSRequest("POST", f"https://{KMS}/", data=b"{}")
        client._request_signer.sign("ListKeys", request)
    (call,) = block.calls
    assert isinstance(call, RoutedCall)
    assert call.service == "kms"


# --- nothing leaves


@pytest.mark.parametrize("policy", [{}, FIPS, PRIVATE], ids=["nothing", "FIPS", "private"])
def test_what_nobody_answers_is_said_and_not_tried_again(policy: dict[str, Any]) -> None:
    with policy_in_force(policy) as block:
        client = new_session().create_client("kms", "us-east-1")
        with pytest.raises(NothingAnswered, match=r"^kms\.ListKeys would have been sent to https:"):
            client.list_keys()
    assert len(block.calls) == 1


def test_not_even_to_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with policy_in_force(FIPS):
        client = new_session().create_client("kms", "us-east-1")
        with pytest.raises(NothingAnswered):
            client.list_keys()


def test_unless_the_block_has_a_network() -> None:
    custom = {"url": "http://127.0.0.1:9", "services": ["kms"], "reason": "of the test"}
    with policy_in_force({"custom_endpoints": [custom]}, offline=False) as block:
        config = Config(retries={"max_attempts": 0})
        client = new_session().create_client(
            "kms", "us-east-1", endpoint_url="http://127.0.0.1:9", config=config
        )
        with pytest.raises(EndpointConnectionError):
            client.list_keys()
    assert (block.dns, block.clock) == (None, None)
