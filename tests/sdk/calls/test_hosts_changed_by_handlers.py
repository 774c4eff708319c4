"""A handler of the application cannot lead a call past the policy, wherever it changes hosts."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import EndpointDenied, EndpointUnverified
from tests.support.caught_calls import session

FIPS = {"defaults": {"fips": "require"}}
PRIVATE = {"defaults": {"private": "require"}}


@pytest.mark.usefixtures("no_network")
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
