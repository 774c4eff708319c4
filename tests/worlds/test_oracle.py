"""The oracle of the worlds can fail: doctored records, at least one for each of its rules."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from .generator import vpce
from .oracle import applications_fips, binds, demands, judge, trusted
from .world import Sent, World

KMS = Sent(
    service="kms",
    operation="ListKeys",
    host="kms.us-east-1.amazonaws.com",
    port=443,
    sni="kms.us-east-1.amazonaws.com",
    verified=True,
    address="52.94.0.10",
    answered=("52.94.0.10",),
    signing_name="kms",
    signing_region="us-east-1",
)
NAME = vpce("kms", "us-east-1")
STORE = {"url": "https://store.example:9000", "services": ["*"], "reason": "SEC-1"}


def at(host: str, **rest: Any) -> Sent:
    """A record of kms that went to *host*."""
    return replace(KMS, **{"host": host, "sni": host, **rest})


def world(defaults: dict[str, Any] | None = None, **rest: Any) -> World:
    policy = {"defaults": defaults or {}, **rest.pop("policy", {})}
    return World(**{"seed": 0, "call": "kms", "region": "us-east-1", "policy": policy, **rest})


def declared(name: str) -> dict[str, Any]:
    """A policy with this VPC endpoint, as an argument of :func:`world`."""
    return {"policy": {"vpc_endpoints": [{"type": "interface", "dns_names": [name]}]}}


def objections(where: World, sent: Sent) -> set[str]:
    return {objection.code for objection in judge(where, sent) if objection.sure}


FIPS, PRIVATE, DENY = {"fips": "require"}, {"private": "require"}, {"endpoint_url": "deny"}
REGIONAL = {"regional": "require"}
HERE, GOV = {"allowed_regions": ["us-east-1"]}, {"allowed_regions": ["us-gov-*"]}
PINNED = {"address": "10.20.0.10", "answered": ("10.20.0.10",)}
#: What a doctored record must be told of: its world, the record, the code.
WRONG: dict[str, tuple[World, Sent, str]] = {
    "a plain host": (world(FIPS), KMS, "fips.no_basis"),
    "a plain VPC endpoint": (world(FIPS, **declared(NAME)), at(NAME), "fips.no_basis"),
    "a FIPS host that is not listed": (
        world({**FIPS, "fips_basis": "listed"}, call="sqs", region="eu-west-1"),
        at("sqs-fips.eu-west-1.amazonaws.com", service="sqs", signing_region="eu-west-1"),
        "fips.no_basis",
    ),
    "an attested endpoint where that is too weak": (
        world(FIPS, policy={"custom_endpoints": [{**STORE, "fips": True}]}),
        at("store.example", port=9000),
        "fips.no_basis",
    ),
    "FIPS that the application wants": (
        world(config={"use_fips_endpoint": True}),
        KMS,
        "fips.no_basis",
    ),
    "a public address": (world(PRIVATE), KMS, "private.public_address"),
    "a translated address": (
        world(PRIVATE),
        replace(KMS, address="2002:a14:a::10", answered=None),
        "private.public_address",
    ),
    "one address of two": (
        world(PRIVATE),
        replace(KMS, address="10.20.0.10", answered=("10.20.0.10", "52.94.0.10")),
        "private.mixed",
    ),
    "a proxy": (world(PRIVATE), replace(KMS, **PINNED, proxy="10.20.0.10"), "private.proxy"),
    "a gateway of another region": (
        world(
            PRIVATE,
            call="tables",
            policy={
                "vpc_endpoints": [{"type": "gateway", "service": "dynamodb", "region": "us-west-2"}]
            },
        ),
        at("dynamodb.us-east-1.amazonaws.com", service="dynamodb"),
        "private.public_address",
    ),
    "an address outside of the prefix list": (
        world(
            PRIVATE,
            call="tables",
            policy={
                "vpc_endpoints": [
                    {
                        "type": "gateway",
                        "service": "dynamodb",
                        "region": "us-east-1",
                        "prefix_list": ["52.92.0.0/17"],
                    }
                ]
            },
        ),
        at("dynamodb.us-east-1.amazonaws.com", service="dynamodb"),
        "private.public_address",
    ),
    "a host of another region": (
        world(HERE),
        at("kms.eu-west-1.amazonaws.com", signing_region="eu-west-1"),
        "region.not_allowed",
    ),
    "a signature for another region": (
        world(HERE),
        replace(KMS, signing_region="eu-west-1"),
        "region.not_allowed",
    ),
    "a client of another region": (world(HERE, region="eu-west-1"), KMS, "region.not_allowed"),
    "another partition": (
        world(GOV, region="us-gov-west-1"),
        at("kms.us-east-1.amazonaws.com"),
        "region.not_allowed",
    ),
    "a global service of another partition": (
        world(GOV, call="iam", region="us-gov-west-1"),
        at("iam.amazonaws.com", service="iam"),
        "region.not_allowed",
    ),
    "a global service of a partition of which nothing is allowed": (
        world(GOV, call="iam"),
        at("iam.amazonaws.com", service="iam"),
        "region.not_allowed",
    ),
    "a name without a region that stands in one": (
        world({"allowed_regions": ["eu-west-1"]}, call="sts", region="eu-west-1"),
        at("sts.amazonaws.com", service="sts", signing_region="eu-west-1"),
        "region.not_allowed",
    ),
    "a host in no region": (
        world({"allowed_regions": ["us-*"]}, call="multi-region"),
        at("mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com", service="s3"),
        "region.not_allowed",
    ),
    "a VPC endpoint of another region": (
        world(
            HERE,
            policy={
                "vpc_endpoints": [{"type": "interface", "dns_names": [vpce("kms", "eu-west-1")]}]
            },
        ),
        at(vpce("kms", "eu-west-1")),
        "region.not_allowed",
    ),
    "a stranger": (world(DENY), at("evil.example"), "endpoint_url.undeclared"),
    "a stranger, where only regions are restricted": (
        world(HERE),
        at("evil.example"),
        "endpoint_url.undeclared",
    ),
    "a name that looks like AWS's": (
        world(HERE),
        at("kms.us-east-1.amazonaws.com.evil.example"),
        "endpoint_url.undeclared",
    ),
    "another service's host": (
        world(DENY),
        at("sqs.us-east-1.amazonaws.com"),
        "endpoint_url.undeclared",
    ),
    "another port": (world(DENY), replace(KMS, port=8443), "endpoint_url.undeclared"),
    "another port of a declared host": (
        world(DENY, policy={"custom_endpoints": [STORE]}),
        at("store.example", port=9001),
        "endpoint_url.undeclared",
    ),
    "an undeclared VPC endpoint": (world(PRIVATE), at(NAME, **PINNED), "endpoint_url.undeclared"),
    "plain HTTP": (
        world(REGIONAL),
        replace(KMS, scheme="http", port=80, sni=None),
        "tls.plaintext",
    ),
    "certificates that nobody verifies": (
        world(REGIONAL),
        replace(KMS, verified=False),
        "tls.unverified",
    ),
    "TLS that ends at the proxy": (
        world(REGIONAL),
        replace(KMS, sni=None, verified=False, proxy="10.20.0.10"),
        "tls.unverified",
    ),
    "another Host than the server name": (
        world(HERE),
        replace(KMS, sni="kms-fips.us-east-1.amazonaws.com"),
        "guard.changed",
    ),
    "a global twin": (
        world(REGIONAL, call="sts"),
        at("sts.amazonaws.com", service="sts"),
        "regional.global_host",
    ),
    "one stack": (world({"dual_stack": "require"}), KMS, "dual_stack.none"),
    "a presigned URL without FIPS": (
        world(FIPS),
        replace(KMS, presigned=True, sni=None, verified=False, address=""),
        "fips.no_basis",
    ),
}
#: What nothing may be said about.
RIGHT: dict[str, tuple[World, Sent]] = {
    "no policy": (World(0, "kms", "us-east-1"), at("evil.example", sni=None, verified=False)),
    "report mode": (world(FIPS, policy={"mode": "report"}), KMS),
    "off": (world(FIPS, policy={"mode": "off"}), KMS),
    "a listed FIPS host": (
        world({**FIPS, "fips_basis": "listed"}),
        at("kms-fips.us-east-1.amazonaws.com"),
    ),
    "a FIPS VPC endpoint": (
        world(
            {**FIPS, **PRIVATE, **HERE},
            policy={
                "vpc_endpoints": [
                    {"type": "interface", "dns_names": [vpce("kms-fips", "us-east-1")]}
                ]
            },
        ),
        at(vpce("kms-fips", "us-east-1"), **PINNED),
    ),
    "an attested endpoint": (
        world(
            {**FIPS, **PRIVATE, "fips_basis": "attested"},
            policy={"custom_endpoints": [{**STORE, "fips": True, "private": True}]},
        ),
        at("store.example", port=9000),
    ),
    "a private host": (world({**PRIVATE, **HERE}), replace(KMS, **PINNED)),
    "a global service": (
        world({"allowed_regions": ["eu-west-1"]}, call="iam", region="eu-west-1"),
        at("iam.amazonaws.com", service="iam"),
    ),
    "a pseudo-region": (
        world(GOV, call="iam", region="aws-us-gov-global"),
        at("iam.us-gov.amazonaws.com", service="iam", signing_region="us-gov-west-1"),
    ),
    "a rule that waives": (
        world(FIPS, policy={"rules": [{"services": ["kms"], "fips": "off", "reason": "SEC-1"}]}),
        KMS,
    ),
    "a presigned URL": (
        world(PRIVATE),
        replace(KMS, presigned=True, sni=None, verified=False, address=""),
    ),
    "a bucket's host": (
        world({**FIPS, **HERE}, call="bucket"),
        at("zzbucket.s3-fips.us-east-1.amazonaws.com", service="s3"),
    ),
    "a host with a prefix": (
        world({**FIPS, **HERE}, call="sync states"),
        at("sync-states-fips.us-east-1.amazonaws.com", service="stepfunctions"),
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_doctored_record_is_told_of(what: str) -> None:
    where, sent, code = WRONG[what]
    assert code in objections(where, sent)


@pytest.mark.parametrize("what", RIGHT)
def test_nothing_is_said_about_what_is_allowed(what: str) -> None:
    assert not list(judge(*RIGHT[what]))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.20.0.10", True),
        ("::ffff:10.20.0.10", True),
        ("fd00::10", True),
        ("100.64.0.1", True),
        ("52.94.0.10", False),
        ("::ffff:52.94.0.10", False),
        ("2002:a14:a::10", False),
        ("2001:0:a14:a::f5eb:fff5", False),
        ("64:ff9b::a14:a", False),
        ("127.0.0.1", False),
        ("169.254.0.1", False),
    ],
)
def test_trusted_addresses(address: str, expected: bool) -> None:
    assert trusted(world(), address) is expected


def test_a_translated_address_is_trusted_by_both() -> None:
    policy = {"network": {"private": ["2002::/16", "10.0.0.0/8"]}}
    assert trusted(world(policy=policy), "2002:a14:a::10")
    assert not trusted(world(policy=policy), "2002:345e:a::10")


def test_the_first_rule_that_matches_speaks_alone() -> None:
    rules = [
        {"services": ["s3"], "fips": "off"},
        {"operations": ["list*"], "regions": ["us-*"], "private": "require"},
        {"fips": "off"},
    ]
    settings = demands(world(FIPS, policy={"rules": rules}), KMS)
    assert (settings["fips"], settings["private"]) == ("require", "require")
    assert binds(settings)


def test_code_wins_over_what_surrounds_it() -> None:
    surroundings = {"environ": {"AWS_USE_FIPS_ENDPOINT": "true"}}
    assert applications_fips(world(**surroundings))
    assert not applications_fips(world(**surroundings, config={"use_fips_endpoint": False}))
