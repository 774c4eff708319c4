"""Who does what a refusal says gets through: remedies are followed to the end."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import EndpointDenied
from tests.kinds.table import interface, policy
from tests.support.asked import OWN, STORE, lists, refusal
from tests.support.caught_calls import sent_to, session


@pytest.mark.usefixtures("no_network")
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


def test_the_stanza_of_the_refusal_makes_the_call_pass() -> None:
    url, virtual = "https://store.example:9000", {"s3": {"addressing_style": "virtual"}}
    error = refusal(lists(policy(regional="require"), url, config=virtual))
    assert f'url = "{url}"' in error.remedy
    stanza = {"url": url, "services": ["s3"], "reason": "as the remedy says"}
    declared = {**policy(regional="require"), "custom_endpoints": [stanza]}
    came = lists(declared, url, config=virtual)
    assert came.url.startswith("https://reports.store.example:9000/")


def test_what_a_bucket_has_no_place_in() -> None:
    """Refused with the way out that works."""
    virtual = {"s3": {"addressing_style": "virtual"}}
    url = "https://store.example:9000"
    error = refusal(
        lists(policy(interface(OWN, serves=STORE), private="require"), url, config=virtual)
    )
    assert 'connect = "address" on vpc_endpoints[0]' in error.remedy
    declared = policy(interface(OWN, serves=STORE, connect="address"), private="require")
    assert lists(declared, url, config=virtual).url.startswith("https://reports.store.example")


def test_what_nobody_attests() -> None:
    """Of a store there is no FIPS endpoint to declare."""
    demands = {"private": "require", "fips": "require"}
    url, given = "https://store.example:9000", {"serves": STORE, "connect": "address"}
    remedy = refusal(lists(policy(interface(OWN, **given), **demands), url)).remedy
    assert "fips = true and a reason" in remedy
    assert 'fips_basis = "attested"' in remedy
    attested = interface(OWN, **given, fips=True, reason="as the remedy says")
    came = lists(policy(attested, **demands, fips_basis="attested"), url)
    assert came.url.startswith(url)


def test_what_is_in_several_regions() -> None:
    pytest.importorskip("awscrt")  # sigv4a
    parameters = {"Bucket": "arn:aws:s3::111122223333:accesspoint:mfzwi23gnjvgw.mrap"}
    error = refusal(lists(policy(regional="require"), parameters=parameters))
    assert 'regional = "off"' in error.remedy
    rule = {"services": ["s3"], "regional": "off", "reason": "as the remedy says"}
    came = lists({**policy(regional="require"), "rules": [rule]}, parameters=parameters)
    assert came.url.startswith("https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/")
