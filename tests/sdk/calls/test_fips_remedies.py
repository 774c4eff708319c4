"""Each way out of a ``fips.*`` refusal is followed to the letter: it leads on without a lie."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router import EndpointDenied, explain
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.case import Decision
from endpoint_router.sdk.activation.installation import Installation
from tests.support.caught_calls import sent_to, session

REALTIME = "https://realtime.machinelearning.us-east-1.amazonaws.com"
VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}

_WAIVER = re.compile(r'dd a rule(?: before rules\[(\d+)\])? with services = \["([^"]+)"\], fips')
_BASIS = re.compile(r'Add a rule with fips_basis = "(\w+)" and a reason')
_STANZA = re.compile(r'\[\[custom_endpoints\]\] url = "([^"]+)", services = \["([^"]+)"\], reason')


def without_fips_hosts() -> World:
    """Every name that says FIPS does not exist."""

    def look_up(name: str, _timeout: float) -> Answer:
        if "fips" in name:
            return Answer(name, "absent", detail="NXDOMAIN", ttl=60)
        return Answer(name, "answered", ("52.94.0.10",), ttl=300)

    return World(lookup=lambda _: look_up)


def decided(policy: dict[str, Any], service: str, region: str, **more: Any) -> Decision:
    installation = Installation(policy, world=without_fips_hosts(), environ={})
    return explain(service, region=region, policy=installation, **more)


def follow(policy: dict[str, Any], remedy: str) -> dict[str, Any]:
    """*policy* as *remedy* would have it, every clause of it; no other part is touched."""
    rules, customs = list(policy.get("rules", [])), list(policy.get("custom_endpoints", []))
    stanza, waiver, basis = (each.search(remedy) for each in (_STANZA, _WAIVER, _BASIS))
    if stanza:
        customs.append({"url": stanza[1], "services": [stanza[2]], "reason": "as told"})
    if waiver:
        rule = {"services": [waiver[2]], "fips": "prefer", "reason": "as told"}
        rules.insert(int(waiver[1] or len(rules)), rule)
    elif basis:
        rules.append({"fips_basis": basis[1], "reason": "as told"})
    assert stanza or waiver or basis, remedy
    return {**policy, "rules": rules, "custom_endpoints": customs}


def led_to(policy: dict[str, Any], service: str, region: str, **more: Any) -> Decision:
    """The decision at the end of the remedies, each of which must lead on."""
    for _ in range(3):
        decision = decided(policy, service, region, **more)
        if decision.allowed:
            return decision
        assert "attest" not in decision.remedy.lower()
        assert "fips = true" not in decision.remedy
        policy = follow(policy, decision.remedy)
    raise AssertionError(f"{decision.code}: {decision.remedy}")


#: Where botocore has no FIPS; where it makes a FIPS name up; where it refuses; where both are one.
CALLS = [
    ("agent-registry", "us-east-1", "fips.no_basis"),
    ("agent-registry-control", "cn-north-1", "fips.no_basis"),
    ("pricing-plan-manager", "eu-west-1", "fips.no_basis"),
    ("signin", "us-gov-west-1", "fips.no_basis"),
    ("cloudfront-keyvaluestore", "us-east-1", "fips.no_basis"),
    ("s3", "cn-north-1", "fips.no_basis"),
    ("sqs", "eu-west-1", "fips.absent"),
    ("ses", "eu-west-1", "fips.absent"),
    ("chime", "us-east-1", "fips.absent"),
    ("iam", "cn-north-1", "fips.absent"),
]
#: Without which botocore knows no host at all.
PARAMS = {
    "cloudfront-keyvaluestore": {"KvsARN": "arn:aws:cloudfront::111122223333:key-value-store/a"}
}


@pytest.mark.parametrize(("service", "region", "code"), CALLS)
@pytest.mark.parametrize("by_rule", [False, True], ids=["defaults", "rule"])
def test_it_leads_to_an_allowed_call(service: str, region: str, code: str, by_rule: bool) -> None:
    if service not in Session().get_available_services():
        pytest.skip(f"this botocore has no {service}")
    policy = {"rules": [{"services": [service], "fips": "require"}]} if by_rule else FIPS
    params = PARAMS.get(service)
    assert decided(policy, service, region, params=params).code == code
    decision = led_to(policy, service, region, params=params)
    assert (decision.fips_basis, decision.amber) == ("", ())


@pytest.mark.parametrize(
    ("policy", "url"),
    [
        (FIPS, REALTIME),
        (
            {
                **FIPS,
                "custom_endpoints": [
                    {"url": REALTIME, "services": ["machinelearning"], "reason": "r"}
                ],
            },
            REALTIME,
        ),
        # Attested already, and too weak for fips_basis: no rule that lets it pass as FIPS.
        (
            {
                **FIPS,
                "custom_endpoints": [
                    {"url": REALTIME, "services": ["*"], "fips": True, "reason": "r"}
                ],
            },
            REALTIME,
        ),
    ],
    ids=["undeclared", "declared", "attested"],
)
def test_nor_is_a_host_of_awss_attested_that_the_application_names(
    policy: dict[str, Any], url: str
) -> None:
    assert decided(policy, "machinelearning", "us-east-1", endpoint_url=url).code in (
        "endpoint_url.undeclared",
        "fips.no_basis",
    )
    decision = led_to(policy, "machinelearning", "us-east-1", endpoint_url=url)
    assert f"https://{decision.host}" == url
    says = any(custom.get("fips") for custom in policy.get("custom_endpoints", ()))
    assert decision.amber == (("fips",) if says else ())


@pytest.mark.parametrize("attested", [False, True])
def test_nor_an_endpoint_of_a_plain_service(attested: bool) -> None:
    serves = ["kms-fips.us-east-1.amazonaws.com"]
    endpoint: dict[str, Any] = {"type": "interface", "dns_names": [VPCE], "serves": serves}
    if attested:
        endpoint |= {"fips": True, "reason": "r"}
    policy = {**FIPS, "vpc_endpoints": [endpoint]}
    url = f"https://{VPCE}"
    assert decided(policy, "kms", "us-east-1", endpoint_url=url).code == "fips.no_basis"
    amber = ("fips",) if attested else ()  # what the policy said before
    assert led_to(policy, "kms", "us-east-1", endpoint_url=url).amber == amber


def test_a_basis_that_is_there_may_do() -> None:
    policy = {"defaults": {"fips": "require", "fips_basis": "listed"}}
    installation = Installation(
        policy,
        world=World(lookup=lambda _: lambda name, _t: Answer(name, "answered", ("52.94.0.10",))),
        environ={},
    )
    decision = explain("sqs", region="eu-west-1", policy=installation)
    assert decision.code == "fips.no_basis"
    assert _BASIS.search(decision.remedy)
    loosened = follow(policy, decision.remedy.partition(", or ")[0])
    relaxed = Installation(loosened, world=installation.world, environ={})
    assert explain("sqs", region="eu-west-1", policy=relaxed).fips_basis == "ruleset"


@pytest.mark.usefixtures("no_network")
def test_on_the_wire_it_is_the_host_that_was_waived() -> None:
    call = {"MLModelId": "m", "Record": {}, "PredictEndpoint": REALTIME}
    client = session(FIPS).create_client("machinelearning", "us-east-1")
    with pytest.raises(EndpointDenied) as refused:
        client.predict(**call)
    waived = session(follow(FIPS, refused.value.remedy))
    client = waived.create_client("machinelearning", "us-east-1")
    assert f"https://{sent_to(client, 'predict', **call)}" == REALTIME
