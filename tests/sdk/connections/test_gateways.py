"""Gateway endpoints against servers at public addresses, and amber wherever a person sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec import structs

from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError, explain
from endpoint_router.cli.explanation import as_text
from endpoint_router.lab import Addresses
from endpoint_router.lab.network import Lab
from endpoint_router.plan.findings import plan
from endpoint_router.plan.reading import Reading
from endpoint_router.plan.report import as_text as planned
from endpoint_router.policy.load import load
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.check import check_policy
from endpoint_router.sdk.activation.installation import Installation
from tests.kinds.table import policy
from tests.support.asked import asked
from tests.support.lab_client import client_for, installed, only, policy_for, scope
from tests.support.plain_wire import Wire
from tests.support.renewing import Time, timed_client
from tests.support.terminal import on_a_terminal
from tests.support.wire import Caught

HOST = "reports.s3.us-west-2.amazonaws.com"
INSIDE, ALSO_INSIDE, OUTSIDE = "52.92.17.1", "52.92.99.1", "3.5.80.1"
GATEWAY: dict[str, Any] = {
    "type": "gateway",
    "service": "s3",
    "region": "us-west-2",
    "prefix_list": ["52.92.0.0/17"],
}
POLICY: dict[str, Any] = {"defaults": {"private": "require"}, "vpc_endpoints": [GATEWAY]}


def test_a_call_goes_to_the_public_address_as_declared(lab: Lab) -> None:
    lab.host(HOST, INSIDE)
    client_for(lab, POLICY, "s3", "us-west-2").head_bucket(Bucket="reports")
    assert (only(lab).host, only(lab).address) == (HOST, INSIDE)
    assert scope(only(lab)) == ("s3", "us-west-2")


def test_s3_may_change_its_addresses_within_the_list(lab: Lab) -> None:
    """Nothing is pinned: connections go where DNS leads, which is checked anew."""
    lab.host(HOST, INSIDE, ttl=5)
    time = Time()
    client = timed_client(lab, policy_for(lab, POLICY), time, "s3", "us-west-2")
    client.head_bucket(Bucket="reports")
    client.close()
    lab.host(HOST, ALSO_INSIDE, ttl=5)
    time.passes(10)
    client.head_bucket(Bucket="reports")
    assert [seen.address for seen in lab.seen] == [INSIDE, ALSO_INSIDE]


def test_an_address_outside_the_list_is_refused(lab: Lab) -> None:
    lab.host(HOST, OUTSIDE)
    client = client_for(lab, POLICY, "s3", "us-west-2")
    with pytest.raises(EndpointDenied) as refused:
        client.head_bucket(Bucket="reports")
    assert refused.value.code == "private.prefix_list"
    assert "get-managed-prefix-list-entries" in refused.value.remedy
    assert lab.seen == []


def test_a_proxy_does_not_take_the_gateway(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    lab.host(HOST, INSIDE)
    with pytest.raises(EndpointDenied, match=r"private\.proxy"):
        client_for(lab, POLICY, "s3", "us-west-2").head_bucket(Bucket="reports")


def test_the_decision_says_so(lab: Lab) -> None:
    lab.zone.set(HOST, Addresses((INSIDE,)))
    decision = explain(
        "s3",
        "HeadBucket",
        region="us-west-2",
        params={"Bucket": "reports"},
        policy=installed(lab, POLICY),
    )
    assert (decision.private_basis, decision.pin) == ("gateway-declared", None)
    assert {one.verdict for one in decision.evidence} == {"gateway-declared"}
    assert "AMBER" in as_text(decision)


def test_preferred_it_is_amber_too_and_asks_nobody(lab: Lab) -> None:
    policy = {"vpc_endpoints": [GATEWAY]}
    decision = explain(
        "s3",
        "HeadBucket",
        region="us-west-2",
        params={"Bucket": "reports"},
        policy=installed(lab, policy),
    )
    assert decision.private_basis == "gateway-declared"
    assert "vpc_endpoints[0]" in decision.reason
    assert lab.dns.questions == []


def test_what_is_proven_is_not_amber(lab: Lab) -> None:
    lab.zone.set(HOST, Addresses(("10.20.0.9",)))
    decision = explain(
        "s3",
        "HeadBucket",
        region="us-west-2",
        params={"Bucket": "reports"},
        policy=installed(lab, POLICY),
    )
    assert decision.private_basis == "private-address"
    assert decision.addresses == ("10.20.0.9",)
    assert "AMBER" not in as_text(decision)


@pytest.mark.parametrize("prefixes", [True, False])
def test_loading_the_policy_warns(prefixes: bool) -> None:
    gateway = {key: value for key, value in GATEWAY.items() if prefixes or key != "prefix_list"}
    (warning,) = check_policy(load({"vpc_endpoints": [gateway]}, environ={}))
    assert warning.startswith("AMBER: vpc_endpoints[0]")
    assert ("prefix list is checked" in warning) is prefixes


def test_the_plan_shows_it_and_asks_for_nothing_more(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    lab.host(HOST, INSIDE)
    policy = {**POLICY, "mode": "report", "log": {"decisions": str(log)}}
    Wire().lead(client_for(lab, policy, "s3", "us-west-2"), lab).head_bucket(Bucket="reports")
    (line,) = map(json.loads, log.read_text().splitlines())
    assert line["private_basis"] == "gateway-declared"
    assert line["host"] == "*.s3.us-west-2.amazonaws.com"
    reading = Reading()
    reading.add([log.read_bytes()], str(log))
    found = plan(reading)
    assert found.complete
    (amber,) = found.amber
    told = amber.place, amber.host, amber.setting
    assert told == ("vpc_endpoints[0]", "*.s3.us-west-2.amazonaws.com", "private")
    assert "AMBER (1)" in "\n".join(planned(reading, found).splitlines())


@pytest.mark.parametrize(("no_color", "lit"), [("", True), ("1", False)])
def test_the_command_line_lights_the_word_on_a_terminal(
    tmp_path: Path, no_color: str, lit: bool
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"version": 1, "vpc_endpoints": [GATEWAY]}), encoding="utf-8")
    command = ["explain", "s3", "--region", "us-west-2", "--operation", "ListBuckets"]
    said = on_a_terminal([*command, "--policy", str(file)], 80, {"NO_COLOR": no_color})
    assert ("\033[33mAMBER\033[0m" in said) is lit
    assert "AMBER" in said


# --- beside what cannot be pinned, and proxies

EAST = {"type": "gateway", "service": "s3", "region": "us-east-1"}
BUCKET = "reports.s3.us-east-1.amazonaws.com"


class _Elsewhere:
    """An HTTP session of the application's own, which cannot be told where to dial."""

    def send(self, request: Any) -> Any:
        raise Caught(request)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("said", "unanswered", "code"),
    [
        ("52.94.0.10", (), ""),
        ("10.20.0.10", (), ""),
        ("10.20.0.10", ("AAAA",), "private.unverified"),
        ("52.94.0.10", ("AAAA",), "private.unverified"),
        ("52.95.0.10", (), "private.prefix_list"),
    ],
)
def test_a_gateway_and_a_session_that_cannot_be_pinned(
    said: str, unanswered: tuple[str, ...], code: str
) -> None:
    """Its host may also be private by DNS; nothing is pinned then, and nothing claimed."""
    answer = Answer("", "answered", (said,), unanswered=unanswered, ttl=60)
    there = World(lookup=lambda _dns: lambda name, _timeout: structs.replace(answer, name=name))
    declared = policy({**EAST, "prefix_list": ["52.94.0.0/16"]}, private="require")
    installation = Installation(declared, world=there, environ={})
    config = Config(retries={"total_max_attempts": 1})
    client = Session().create_client("s3", "us-east-1", config=config)
    client._endpoint.http_session = _Elsewhere()
    installation.adopt(client)
    with pytest.raises((Caught, EndpointDenied, EndpointUnverified)) as came:
        client.list_objects_v2(Bucket="reports")
    assert getattr(came.value, "code", "") == code
    if isinstance(came.value, Caught):
        assert came.value.request.url.startswith(f"https://{BUCKET}/")


def test_a_gateway_is_not_in_the_way_of_a_proxys_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    decision = asked(f"https://{BUCKET}/", policy(EAST, private="prefer"))
    assert (decision.proxy, decision.private_basis) == ("http://proxy.example:3128", "")
    assert "gateway" not in decision.reason


@pytest.mark.parametrize("region", ["us-*", "US-East-1", "us-east-1a", "everywhere"])
def test_a_gateway_that_could_never_serve_is_a_mistake(region: str) -> None:
    with pytest.raises(PolicyError, match=r"vpc_endpoints\[0\]\.region"):
        Installation(policy({**EAST, "region": region}), environ={}).load()
