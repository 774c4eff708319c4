"""The word for the path of a call, and what DNS had to do with it, of real decisions."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import explain, testing
from endpoint_router.routing.call_paths import path_of, support_of

VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
STORE = "https://minio.internal.example:9000"
INTERFACE = {"vpc_endpoints": [{"type": "interface", "dns_names": [VPCE]}]}
GATEWAY = {"vpc_endpoints": [{"type": "gateway", "service": "s3", "region": "us-east-1"}]}
CUSTOM = {
    "custom_endpoints": [
        {"url": STORE, "services": ["s3"], "fips": False, "private": True, "reason": "ours"}
    ]
}
PRIVATE = {"defaults": {"private": "require"}}
TO_STORE = {"endpoint_url": STORE}
PRIVATE_DNS = {"kms.us-east-1.amazonaws.com": "10.20.0.12", VPCE: "10.20.0.10"}


@pytest.mark.parametrize(
    ("policy", "service", "arguments", "path", "support"),
    [
        ({}, "kms", {}, "public", "none"),
        (INTERFACE, "kms", {}, "interface", "fresh"),
        ({**INTERFACE, **PRIVATE}, "kms", {}, "interface", "fresh"),
        (PRIVATE, "kms", {}, "private", "fresh"),
        (GATEWAY, "s3", {}, "gateway", "none"),
        (CUSTOM, "s3", TO_STORE, "custom", "none"),
        ({}, "s3", TO_STORE, "undeclared", "none"),
        (PRIVATE, "sqs", {}, "none", "fresh"),
    ],
)
def test_the_path_of_a_call(
    policy: Any, service: str, arguments: dict[str, Any], path: str, support: str
) -> None:
    names = {**PRIVATE_DNS, "*": "52.94.0.10"}
    with testing.policy_in_force(policy, dns=testing.FakeDns(names)):
        decision = explain(service, region="us-east-1", **arguments)
    assert (path_of(decision), support_of(decision)) == (path, support)


def test_a_proxy_carries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    with testing.policy_in_force(GATEWAY):
        assert path_of(explain("kms", region="us-east-1")) == "proxy"
        # Through the proxy, it does not come to the gateway.
        assert path_of(explain("s3", region="us-east-1")) == "proxy"


def test_dns_that_fails_is_told() -> None:
    with testing.policy_in_force(INTERFACE, dns=testing.FakeDns({"*": "SERVFAIL"})):
        decision = explain("kms", region="us-east-1")
    assert (path_of(decision), support_of(decision)) == ("public", "failed")
