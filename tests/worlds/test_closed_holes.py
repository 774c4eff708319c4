"""Worlds in which something once went wrong, at their smallest: chance finds some too rarely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .edges import replaced
from .generator import vpce
from .search import explore
from .world import Handler, World

FIPS, PRIVATE, DENY = {"fips": "require"}, {"private": "require"}, {"endpoint_url": "deny"}
FORWARDING = {
    "proxies": {"https": "https://proxy.example"},
    "proxies_config": {"proxy_use_forwarding_for_https": True},
}


def world(call: str, region: str, defaults: dict[str, Any] | None = None, **rest: Any) -> World:
    policy = {**({"defaults": defaults} if defaults else {}), **rest.pop("policy", {})}
    return World(**{"seed": 0, "call": call, "region": region, "policy": policy, **rest})


def only(*regions: str) -> dict[str, Any]:
    return {"allowed_regions": list(regions)}


def resolving(sets: str, value: Any) -> dict[str, Any]:
    return {"handlers": (Handler("before-endpoint-resolution", sets, value),)}


def handling(event: str, sets: str, value: str) -> dict[str, Any]:
    return {"handlers": (Handler(event, sets, value),)}


def named(url: str) -> dict[str, Any]:
    return {"environ": {"AWS_ENDPOINT_URL": url}}


#: An answer of DNS that is private when it is checked, and public when it is dialled.
TURNING = {"dns": {"kms.us-east-1.amazonaws.com": ("private", "public")}}

WORLDS: dict[str, World] = {
    # What a handler answers.
    "a handler sets another partition's region": world(
        "kms",
        "us-gov-west-1",
        {**FIPS, **DENY, **only("us-gov-*")},
        **resolving("region", "us-east-1"),
    ),
    "a handler sets another region": world(
        "sqs", "us-east-1", only("us-east-1"), **resolving("region", "eu-west-1")
    ),
    "a handler sets an endpoint, and URLs are denied": world(
        "kms", "us-east-1", DENY, **resolving("url", "https://evil.example")
    ),
    "a handler sets a global host": world(
        "sts",
        "us-west-2",
        {"regional": "require"},
        **resolving("url", "https://sts.amazonaws.com"),
    ),
    "a handler sets a stranger that is private": world(
        "kms",
        "us-east-1",
        PRIVATE,
        dns={"evil.example": ("private",)},
        **resolving("url", "https://evil.example"),
    ),
    "a handler repeats what is required": world(
        "sqs", "eu-west-1", FIPS, **resolving("fips", True)
    ),
    # The region of the host.
    "a service without regions, in another partition": world("iam", "us-east-1", only("us-gov-*")),
    "a service without regions whose FIPS host has one": world(
        "savingsplans", "eu-west-1", {**FIPS, **only("us-gov-*")}
    ),
    "a global host that stands in a region": world(
        "sts", "eu-west-1", only("eu-west-1"), **named("https://sts.amazonaws.com")
    ),
    "another region's host, signed for an allowed one": world(
        "health", "eu-west-1", only("us-east-1")
    ),
    "another service's host": world(
        "iam", "us-east-1", only("us-*"), **named("https://sqs.eu-west-1.amazonaws.com")
    ),
    "a stranger, where only regions are restricted": world(
        "kms", "us-east-1", only("us-*"), **named("https://evil.example")
    ),
    "discovery names a stranger": world(
        "timestream", "us-east-1", only("us-*"), discovered="evil.example"
    ),
    "a multi-region access point": world("multi-region", "us-east-1", only("us-*")),
    "a global endpoint of EventBridge": world("global events", "us-east-1", only("us-*")),
    "acceleration": world(
        "bucket", "us-east-1", only("us-*"), config={"s3": {"use_accelerate_endpoint": True}}
    ),
    "a pseudo-region of GovCloud": world("sts", "aws-us-gov-global", only("us-gov-*")),
    "a pseudo-region": world("sts", "aws-global", only("us-east-1")),
    "a declared endpoint in a region that is none": world(
        "kms",
        "useast1",
        {"fips": "prefer", **only("eu-*")},
        policy={
            "vpc_endpoints": [{"type": "interface", "dns_names": [vpce("kms-fips", "useast1")]}]
        },
    ),
    # TLS.
    "TLS ends at the proxy": world("kms", "us-gov-west-1", FIPS, config=FORWARDING),
    # Addresses.
    **{
        f"an address that is translated: {how}": world(
            "kms", "us-east-1", PRIVATE, dns={"kms.us-east-1.amazonaws.com": (how,)}
        )
        for how in ("6to4", "Teredo", "NAT64")
    },
    # Replaced parts.
    "the HTTP session is replaced": world("kms", "us-east-1", tampering="http_session"),
    "the HTTP session is replaced, and the host is private": world(
        "kms",
        "us-east-1",
        PRIVATE,
        tampering="http_session",
        dns={"kms.us-east-1.amazonaws.com": ("private",)},
    ),
    "the HTTP session is replaced, and FIPS required": world(
        "kms", "us-east-1", FIPS, tampering="http_session"
    ),
    "the HTTP session is replaced after a call, and DNS turns": world(
        "kms", "us-east-1", PRIVATE, tampering="http_session", calls=2, **TURNING
    ),
    "certificates are no longer verified": world("kms", "us-east-1", FIPS, tampering="verify"),
    "certificates are no longer verified after a call": world(
        "kms", "us-east-1", FIPS, tampering="verify", calls=2
    ),
    "the HTTP session is replaced after a call, and the URL changed": world(
        "kms",
        "us-east-1",
        FIPS,
        tampering="http_session",
        calls=2,
        **handling("before-send", "url", "https://evil.example"),
    ),
    "the endpoint's host is replaced": world("kms", "us-east-1", FIPS, tampering="host"),
    # botocore's data.
    **{
        f"{file} is from elsewhere, under {setting}": world(
            "kms", "us-east-1", defaults, overridden=file
        )
        for file in ("endpoint-rule-set-1", "service-2")
        for setting, defaults in (("fips", FIPS), ("deny", DENY), ("regions", only("us-*")))
    },
    "a ruleset from elsewhere names a private host": world(
        "kms",
        "us-east-1",
        PRIVATE,
        overridden="endpoint-rule-set-1",
        dns={".evil.example": ("private",)},
    ),
    # Smaller.
    "a Host header": world(
        "kms", "us-east-1", FIPS, **handling("before-sign", "Host", "evil.example")
    ),
    "another port, after the call began": world(
        "kms",
        "us-east-1",
        FIPS,
        **handling("before-call", "url", "https://kms-fips.us-east-1.amazonaws.com:8443"),
    ),
    "an account id": world("streams", "us-east-1", account=True),
    "a FIPS host for a URL, path style, and no policy": world(
        "bucket", "us-east-1", **named("https://s3-fips.us-east-1.amazonaws.com")
    ),
    "host prefixes are switched off": world(
        "sync states", "us-east-1", config={"inject_host_prefix": False}
    ),
    "plain HTTP to AWS, and no policy": world(
        "health", "us-east-1", **named("http://health.us-east-1.amazonaws.com")
    ),
    "a FIPS host for a URL, unverified, and no policy": world(
        "kms",
        "us-east-1",
        client={"verify": False},
        **named("https://kms-fips.us-east-1.amazonaws.com"),
    ),
    "the application names a declared endpoint": world(
        "metrics",
        "us-east-1",
        PRIVATE,
        policy={
            "vpc_endpoints": [
                {"type": "interface", "dns_names": [vpce("monitoring-fips", "us-east-1")]}
            ]
        },
        **named(f"https://{vpce('monitoring-fips', 'us-east-1')}"),
    ),
}


@pytest.fixture
def edges() -> Iterator[None]:
    with replaced():
        yield


@pytest.mark.usefixtures("edges")
@pytest.mark.parametrize("name", WORLDS)
def test_it_stays_closed(name: str) -> None:
    assert not explore(WORLDS[name]).findings
