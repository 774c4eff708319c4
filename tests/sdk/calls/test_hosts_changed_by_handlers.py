"""A handler of the application cannot lead a call past the policy, wherever it changes hosts."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.lab.network import Lab
from tests.support.another_host import FIPS, OTHER, another_host
from tests.support.caught_calls import session
from tests.support.lab_client import KMS, KMS_FIPS, catch, client_for, hosts
from tests.support.wire import Caught, on_the_wire

__all__ = ["another_host"]

PRIVATE = {"defaults": {"private": "require"}}


@pytest.mark.usefixtures("no_network")
def test_a_handler_that_answers_for_the_ruleset_in_govcloud() -> None:
    """There plain hosts may be FIPS, but only where the ruleset was asked for FIPS."""
    client = session(FIPS).create_client("kms", "us-gov-west-1")

    def reset(builtins: dict[str, Any], **_: Any) -> None:
        builtins["AWS::UseFIPS"] = False

    client.meta.events.register("before-endpoint-resolution", reset)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "fips.no_basis"


@pytest.mark.usefixtures("no_network")
def test_a_call_without_proof_has_no_host_for_those_who_take_it_before_the_guard() -> None:
    """s3transfer's CRT client takes the request in ``before-send`` and sends it by itself."""
    client = session(PRIVATE, lambda _: None).create_client("kms", "us-east-1")
    urls: list[str] = []
    client.meta.events.register("before-send", lambda request, **_: urls.append(request.url))
    with pytest.raises(EndpointUnverified):
        client.list_keys()
    assert set(urls) == {"https://unverified.invalid/"}


@pytest.mark.usefixtures("no_network")
def test_a_presigned_url_is_not_changed_after_it_was_decided_on() -> None:
    client = session(FIPS).create_client("kms", "us-east-1")

    def plain(request: Any, **_: Any) -> None:
        request.url = request.url.replace("kms-fips", "kms")

    client.meta.events.register("before-sign", plain)
    with pytest.raises(EndpointDenied) as refusal:
        client.generate_presigned_url("list_keys")
    assert refusal.value.code == "guard.changed"


# --- against servers


@pytest.mark.parametrize("target", [KMS, OTHER])
@pytest.mark.parametrize("position", ["register_first", "register", "register_last"])
@pytest.mark.parametrize("where", ["", ".kms", ".kms.ListKeys"])
@pytest.mark.parametrize("event", ["request-created", "before-sign", "before-send"])
def test_a_handler_cannot_lead_the_call_away(
    lab: Lab, event: str, where: str, position: str, target: str
) -> None:
    client = client_for(lab, FIPS)
    ran: list[str] = []

    def lead_away(request: Any, **_: Any) -> None:
        ran.append(request.url)
        request.url = request.url.replace(KMS_FIPS, target)

    getattr(client.meta.events, position)(f"{event}{where}", lead_away)
    with contextlib.suppress(EndpointDenied):  # led back to FIPS, or refused
        client.list_keys()
    assert ran
    assert set(hosts(lab)) <= {KMS_FIPS}


@pytest.mark.parametrize("event", ["before-sign.kms", "before-send.kms"])
def test_such_a_handler_leads_plain_botocore_away(event: str) -> None:
    """Otherwise the test above could not fail."""

    def lead_away(request: Any, **_: Any) -> None:
        request.url = request.url.replace(KMS, OTHER)

    client = Session().create_client("kms", "us-east-1")
    client.meta.events.register_first(event, lead_away)
    client.meta.events.register_last("before-send", catch)
    with pytest.raises(Caught) as caught:
        client.list_keys()
    assert on_the_wire(caught.value.request).host == OTHER


def test_a_handler_cannot_change_the_variant(lab: Lab) -> None:
    """``before-endpoint-resolution`` hands out botocore's own inputs, to be changed."""

    def plain(builtins: dict[str, Any], **_: Any) -> None:
        builtins["AWS::UseFIPS"] = False
        builtins["SDK::Endpoint"] = None

    client = client_for(lab, FIPS)
    client.meta.events.register_last("before-endpoint-resolution", plain)
    with pytest.raises(EndpointDenied):
        client.list_keys()
    assert lab.seen == []
