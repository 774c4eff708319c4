"""What a comparison of two policies says is what calls under them come to."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router.lab import Addresses
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.policy.load import load
from endpoint_router.policy.loaded import LoadedPolicy
from endpoint_router.review.assumed import assuming
from endpoint_router.review.comparing import compare
from endpoint_router.review.regions import regions_meant
from endpoint_router.review.values import Comparison
from endpoint_router.sdk import seams
from endpoint_router.sdk.activation.hooks import Clients
from endpoint_router.survey.clients import arguments_for
from endpoint_router.survey.every_call import EveryCall

TODAY = datetime.date(2026, 6, 1)
REGION = "us-gov-west-1"
ID = "vpce-0123456789abcdef0-abcdefgh"
#: All of botocore's would take seconds each time.
SERVICES = ("kms", "ses", "sns", "sqs")
ENDPOINT = {"dns_names": [f"{ID}.kms-fips.{REGION}.vpce.amazonaws.com"]}
PLAIN_ENDPOINT = {"dns_names": [f"{ID}.kms.{REGION}.vpce.amazonaws.com"]}


def loaded(policy: dict[str, Any]) -> LoadedPolicy:
    return load(policy, environ={}, system_policy="", today=TODAY)


def rule(*services: str, **says: Any) -> dict[str, Any]:
    return {"services": list(services), "reason": "r", **says}


def compared(old: dict[str, Any], new: dict[str, Any], *regions: str, **more: Any) -> Comparison:
    more.setdefault("services", SERVICES)
    return compare(loaded(old), loaded(new), regions or (REGION,), TODAY, **more)


def directions(comparison: Comparison) -> dict[str, set[str]]:
    """Of what there is: by direction, the services, settings and paths."""
    told: dict[str, set[str]] = {}
    for change in comparison.changes:
        told.setdefault(change.direction, set()).add(change.service)
    for demand in comparison.demands:
        told.setdefault(demand.direction, set()).add(demand.setting)
    for beyond in comparison.beyond:
        told.setdefault(beyond.direction, set()).add(beyond.path)
    return told


def test_what_was_refused_and_is_allowed() -> None:
    old = {"rules": [rule("kms", private="require"), rule("sqs", fips="require")]}
    new = {"rules": [rule("kms", private="off"), rule("sqs", fips="require")]}
    comparison = compared(old, new)
    assert directions(comparison) == {"loosened": {"kms", "private"}}
    (change,) = comparison.changes
    assert change.all
    assert "Encrypt" in change.operations
    assert (change.before.allowed, change.before.code) == (False, "private.public_address")
    assert (change.after.host, change.after.what) == (
        f"kms.{REGION}.amazonaws.com",
        "AWS's own host",
    )
    assert comparison.compared == 1
    assert directions(compared(new, old)) == {"tightened": {"kms", "private"}}


def test_private_dns_may_be_assumed() -> None:
    old = {"rules": [rule("kms", private="require")]}
    new = {"rules": [rule("kms", private="require", fips="require")]}
    assert not compared(old, new).changes
    (change,) = compared(old, new, private_dns=True).changes
    assert change.direction == "tightened"
    assert change.after.host == f"kms-fips.{REGION}.amazonaws.com"
    assert change.after.private == "private-address"


def test_single_operations() -> None:
    old = {"rules": [rule("kms", private="require")]}
    new = {"rules": [rule("kms", operations=["List*"], private="off"), *old["rules"]]}
    comparison = compared(old, new)
    (change,) = comparison.changes
    assert not change.all
    assert all(name.startswith("List") for name in change.operations)
    assert comparison.operations > len(change.operations)


def test_an_endpoint_that_is_declared_and_one_that_is_gone() -> None:
    """Who leaves a private host, or a FIPS one, demands nothing less and is less protected."""
    both = {"rules": [rule("kms", fips="require")]}
    (gained,) = compared(both, {**both, "vpc_endpoints": [ENDPOINT]}).changes
    assert (gained.direction, gained.after.what) == ("tightened", "a declared VPC endpoint")
    (lost,) = compared({**both, "vpc_endpoints": [ENDPOINT]}, both).changes
    assert (lost.direction, lost.before.host) == ("loosened", ENDPOINT["dns_names"][0])
    by_address = {**ENDPOINT, "connect": "address", "serves": [f"kms-fips.{REGION}.amazonaws.com"]}
    (moved,) = compared(
        {**both, "vpc_endpoints": [ENDPOINT]}, {**both, "vpc_endpoints": [by_address]}
    ).changes
    assert moved.direction == "moved"
    assert moved.after.via == ENDPOINT["dns_names"][0]


def test_a_proxy_of_whoever_compares_is_not_the_applications(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    new = {"rules": [rule("kms", private="require")], "vpc_endpoints": [PLAIN_ENDPOINT]}
    (change,) = (each for each in compared({}, new).changes if each.service == "kms")
    assert change.after.allowed


LOGGED: dict[str, Any] = {"log": {"decisions": "stderr"}}


def waived(**says: Any) -> dict[str, Any]:
    return {"defaults": {"fips": "require"}, "rules": [rule("ses", fips="off", **says)]}


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (LOGGED, {**LOGGED, "mode": "report"}, "mode"),
        ({"locked": True}, {}, "locked"),
        ({}, {"dns": {"servers": ["10.0.0.2"]}}, "dns.servers"),
        (LOGGED, {}, "log.decisions"),
        ({"log": {"user_agent": True}}, {}, "log.user_agent"),
        (waived(expires="2026-07-01"), waived(expires="2026-08-01"), "rules[0].expires"),
        (waived(expires="2026-07-01"), waived(), "rules[0].expires"),
    ],
)  # fmt: skip
def test_what_no_call_shows(old: dict[str, Any], new: dict[str, Any], path: str) -> None:
    comparison = compared(old, new)
    assert comparison.compared == 0
    assert directions(comparison)["loosened"] == {path}
    assert comparison.loosens
    assert "loosened" not in directions(compared(new, old)) or path == "dns.servers"


@pytest.mark.parametrize(
    ("key", "old", "new", "paths"),
    [
        ("network", {"private": ["10.20.0.0/16"]}, {"private": ["10.0.0.0/8"]},
         {"network.private"}),
        ("custom_endpoints", [], [{"url": "https://minio.example", "services": ["s3"],
                                   "private": True, "reason": "r"}],
         {"custom_endpoints", "custom_endpoints[0].private"}),
        ("vpc_endpoints", [PLAIN_ENDPOINT], [{**PLAIN_ENDPOINT, "fips": True, "reason": "r"}],
         {"vpc_endpoints[0].fips"}),
    ],
)  # fmt: skip
def test_what_is_trusted(key: str, old: Any, new: Any, paths: set[str]) -> None:
    from endpoint_router.review.beyond_calls import beyond_calls

    before, after = loaded({key: old}), loaded({key: new})
    told = {(each.direction, each.path) for each in beyond_calls(before, after)}
    assert told == {("loosened", path) for path in paths}
    assert {each.direction for each in beyond_calls(after, before)} == {"tightened"}


def test_regions_are_those_of_the_policies() -> None:
    old = loaded({"defaults": {"allowed_regions": ["us-gov-*"]}, "vpc_endpoints": [ENDPOINT]})
    new = loaded({"defaults": {"allowed_regions": ["us-gov-*", "eu-west-?"]}})
    assert regions_meant((old, new))[:4] == (REGION, "eu-west-1", "eu-west-2", "eu-west-3")
    assert "us-gov-east-1" in regions_meant((old, new))
    assert regions_meant((loaded({}),)) == ()


#: Rulesets that tell operations apart, hosts with prefixes, parameters in the host.
UNLIKE_OTHERS = ("s3", "s3control", "dynamodb", "kinesis", "sts", "kms", "iam", "stepfunctions")


@pytest.mark.parametrize("service", UNLIKE_OTHERS)
def test_operations_of_a_kind_go_to_one_host(service: str) -> None:
    """Each operation by itself comes to what the first of its kind comes to."""
    policy = loaded({"defaults": {"fips": "require"}})
    calls = EveryCall()
    router = assuming(policy, (policy,), private_dns=False)
    client = calls.client(service, "us-west-2")
    wrapper = Clients(router).make(seams.client_parts(client))
    model = Session().get_service_model(service)
    kinds = calls.kinds(service, lambda name: None)
    assert sorted(name for kind in kinds for name in kind.operations) == sorted(
        model.operation_names
    )
    for kind in kinds:
        first = wrapper.explain(kind.model, kind.arguments)
        for name in kind.operations:
            operation = model.operation_model(name)
            decision = wrapper.explain(operation, arguments_for(operation))
            assert (decision.code, decision.host) == (first.code, first.host), name


def test_the_assumption_held_in_real_dns_gives_the_same_answers() -> None:
    """``explain`` asks a DNS server that says what was assumed."""
    old = {"rules": [rule("kms", "sqs", private="require"), rule("sns", fips="require")]}
    new = {
        "rules": [rule("sqs", "sns", private="require"), rule("kms", fips="require")],
        "vpc_endpoints": [ENDPOINT, {"dns_names": [f"{ID}.sqs.{REGION}.vpce.amazonaws.com"]}],
    }
    told = {
        (each.service, side): (each.before, each.after)[side]
        for each in compared(old, new).changes
        for side in (0, 1)
    }
    assert {service for service, _ in told} == {"kms", "sqs", "sns"}
    names = {side.host for side in told.values()} | {ENDPOINT["dns_names"][0]}
    zone = HostedZone(
        {name: Addresses(("10.0.0.1" if "vpce" in name else "52.94.0.10",), 60) for name in names}
    )
    with DnsServer(zone) as server:
        for (service, side), expected in told.items():
            policy = {**(old, new)[side], "dns": {"servers": [server.address]}}
            decision = endpoint_router.explain(service, region=REGION, policy=policy)
            assert (decision.code, decision.host) == (expected.code, expected.host), service


def test_all_services_by_default() -> None:
    """Where they are said the same of, nothing is asked."""
    comparison = compared({}, {"rules": [rule("kms", fips="require")]}, services=None)
    assert comparison.services > 300
    assert (comparison.compared, directions(comparison)) == (
        1,
        {"tightened": {"kms", "fips"}},
    )
