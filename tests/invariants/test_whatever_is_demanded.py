"""Whatever policy, service, region, DNS and override: what reaches the wire satisfies the policy.

The judge is independent: FIPS hosts are those that the same botocore names with
``use_fips_endpoint=True``, and a host is private when the test's own DNS table says so.
"""

from __future__ import annotations

import datetime
import socket
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from endpoint_router.probe.dialling import SystemDialler
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.explain import explain
from tests.support.examples import examples
from tests.support.wire import OnTheWire, call

LOADER = Loader()
#: It is enough that there is one: nobody looks for the simplest. The first ends the search.
FINDING = settings(
    max_examples=5000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
SERVICES = ["kms", "sqs", "sts", "s3", "iam", "dynamodb", "ses", "logs", "health", "stepfunctions"]
REGIONS = ["us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "us-iso-east-1"]
PUBLIC, PRIVATE = "52.94.0.10", "10.20.0.10"

#: What DNS may say of a name.
SAYINGS: dict[str, dict[str, Any]] = {
    "private": {"status": "answered", "addresses": (PRIVATE,)},
    "public": {"status": "answered", "addresses": (PUBLIC,)},
    "mixed": {"status": "answered", "addresses": (PRIVATE, PUBLIC)},
    "half": {"status": "answered", "addresses": (PRIVATE,), "unanswered": ("AAAA",)},
    "absent": {"status": "absent", "detail": "NXDOMAIN"},
    "failed": {"status": "failed", "detail": "SERVFAIL"},
}


def session(installation: Installation | None = None) -> Session:
    made = Session()
    made.register_component("data_loader", LOADER)
    if installation:
        installation(made)
    return made


@cache
def hosts(service: str, region: str, fips: bool) -> frozenset[str]:
    """Hosts that botocore itself names, IPv4 and dual-stack; under either STS and S3 mode."""
    found = set()
    for dual_stack in (False, True):
        config = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual_stack}
        try:
            found.add(call(session(), service, region, config=config).host)
        except BotoCoreError:
            continue
    return frozenset(found)


def name_of(host: str, label: str) -> str:
    """A VPC endpoint's name whose PrivateLink label is *label*."""
    return f"vpce-0123456789abcdef0-abcdefgh.{label}.us-east-1.vpce.amazonaws.com"


DEMANDS = st.sampled_from(["require", "prefer", "off"])


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """A policy, a call, what DNS says, and what the application does to get around it."""
    service, region = draw(st.sampled_from(SERVICES)), draw(st.sampled_from(REGIONS))
    plain, fips = hosts(service, region, False), hosts(service, region, True)
    endpoints = []
    for served in draw(st.lists(st.sampled_from(sorted(plain | fips) or ["none"]), max_size=2)):
        label = draw(st.sampled_from(["thing", "thing-fips"]))
        endpoints.append(
            {"type": "interface", "dns_names": [name_of(served, label)], "serves": [served]}
        )
    rules = []
    if draw(st.booleans()):
        rules.append(
            {
                "services": [draw(st.sampled_from([service, "*", "ec2"]))],
                "fips": draw(DEMANDS),
                "private": draw(DEMANDS),
                "reason": "SEC-1",
            }
        )
    everything = sorted(plain | fips) + [one["dns_names"][0] for one in endpoints]
    url = draw(
        st.sampled_from([None, "https://elsewhere.example", "http://elsewhere.example"])
        | st.sampled_from(
            [f"{scheme}://{one}" for one in everything for scheme in ("https", "http")]
        )
    )
    return {
        "service": service,
        "region": region,
        "policy": {
            "defaults": {
                "fips": draw(DEMANDS),
                "private": draw(DEMANDS),
                "dual_stack": draw(DEMANDS),
                "fips_basis": draw(st.sampled_from(["listed", "named", "ruleset"])),
            },
            "rules": rules,
            "vpc_endpoints": endpoints,
        },
        "dns": draw(st.dictionaries(st.sampled_from(everything), st.sampled_from(sorted(SAYINGS)))),
        "otherwise": draw(st.sampled_from(sorted(SAYINGS))),
        "arguments": {
            **({"endpoint_url": url} if url else {}),
            **draw(st.sampled_from([{}, {"verify": False}, {"use_ssl": False}])),
            "config": draw(
                st.sampled_from(
                    [
                        {},
                        {"use_fips_endpoint": False},
                        {"use_dualstack_endpoint": True},
                        {"inject_host_prefix": False},
                    ]
                )
            ),
        },
    }


def answer(situation: dict[str, Any], name: str) -> Answer:
    saying = situation["dns"].get(name, situation["otherwise"])
    return Answer(name, **SAYINGS[saying], ttl=60)


def demanded(situation: dict[str, Any]) -> dict[str, str]:
    """The settings that hold for the call, worked out anew."""
    found = dict(situation["policy"]["defaults"])
    for rule in situation["policy"]["rules"]:
        if rule["services"][0] in ("*", situation["service"]):
            found.update(fips=rule["fips"], private=rule["private"])
    return found


class Refused(SystemDialler):
    def begin(self, *_: object) -> socket.socket:
        raise ConnectionRefusedError


def run(situation: dict[str, Any]) -> OnTheWire | Exception:
    def lookup(_dns: Any) -> Any:
        return lambda name, _timeout: answer(situation, name)

    world = World(lookup=lookup, dialler=Refused(), today=lambda: datetime.date(2026, 1, 1))
    installation = Installation(situation["policy"], world=world, environ={})
    try:
        return call(
            session(installation),
            situation["service"],
            situation["region"],
            **{**situation["arguments"], "config": dict(situation["arguments"]["config"])},
        )
    except (BotoCoreError, ValueError) as error:
        return error


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
def test_nothing_that_violates_the_policy_reaches_the_wire(situation: dict[str, Any]) -> None:
    sent = run(situation)
    if not isinstance(sent, OnTheWire):
        return
    demands = demanded(situation)
    fips_names = {
        one["dns_names"][0]
        for one in situation["policy"]["vpc_endpoints"]
        if "-fips." in one["dns_names"][0]
    }
    if demands["fips"] == "require":
        fips_hosts = hosts(situation["service"], situation["region"], True)
        assert sent.host in fips_hosts | fips_names
    if demands["private"] == "require":
        said = situation["dns"].get(sent.host, situation["otherwise"])
        # Half: one family is unknown, and the connection dials the address that is known.
        assert said in ("private", "half")
    if "require" in (demands["fips"], demands["private"]):
        assert situation["arguments"].get("verify") is not False
        assert sent.scheme == "https"
    if demands["fips"] == "prefer" and not situation["arguments"].get("endpoint_url"):
        # Left FIPS only on proof: a FIPS host that is neither absent nor proven not private stays.
        fips_hosts = hosts(situation["service"], situation["region"], True)
        if sent.host not in fips_hosts | fips_names and demands["private"] != "require":
            assert demands["fips_basis"] != "ruleset" or all(
                situation["dns"].get(one, situation["otherwise"]) == "absent"
                or demands["dual_stack"] == "require"
                for one in hosts_of_one_stack(situation)
            )


def hosts_of_one_stack(situation: dict[str, Any]) -> set[str]:
    """The IPv4 FIPS host, where it is another than the plain one."""
    plain = hosts(situation["service"], situation["region"], False)
    config = {"use_fips_endpoint": True}
    try:
        host = call(session(), situation["service"], situation["region"], config=config).host
    except BotoCoreError:
        return set()
    return {host} - plain


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
def test_the_same_input_gives_the_same_outcome(situation: dict[str, Any]) -> None:
    first, second = run(situation), run(situation)
    assert (type(first), str(first)) == (type(second), str(second))


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(situations())
def test_a_rule_that_loosens_is_named(situation: dict[str, Any]) -> None:
    def lookup(_dns: Any) -> Any:
        return lambda name, _timeout: answer(situation, name)

    installation = Installation(situation["policy"], world=World(lookup=lookup), environ={})
    try:
        decision = explain(
            situation["service"],
            region=situation["region"],
            session=session(),
            policy=installation,
        )
    except BotoCoreError:
        return
    rules = situation["policy"]["rules"]
    if rules and rules[0]["services"][0] in ("*", situation["service"]):
        assert decision.demands.rule.name == "rules[0]"
        assert decision.demands.rule.reason == "SEC-1"
        # A refusal is due to the rule only where the rule itself gives the setting that spoke.
        spoke = decision.allowed or decision.setting in rules[0]
        assert decision.rule.startswith("rules[0] (" if spoke else "defaults (")
        if decision.allowed:
            assert "SEC-1" in decision.reason
    else:
        assert decision.demands.rule.name == "defaults"


def _sent_under(setting: str, situation: dict[str, Any]) -> bool:
    return demanded(situation)[setting] == "require" and isinstance(run(situation), OnTheWire)


@pytest.mark.parametrize("setting", ["fips", "private"])
def test_the_situations_are_not_all_refusals(setting: str) -> None:
    """The invariants above would hold for a router that refuses everything."""
    find(situations(), lambda situation: _sent_under(setting, situation), settings=FINDING)
