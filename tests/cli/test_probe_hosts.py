"""Which hosts ``endpoint-router probe`` asks about, and what DNS and connections show of each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import endpoint_router
from endpoint_router.lab import Absent, Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from tests.cli.probed import ENDPOINT, FIPS, FIPS_ENDPOINT, PRIVATE, Probed, host, text_of
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    REGION,
    questions,
    resolves,
)

# --- what DNS says


def test_all_demands_are_met(lab: Lab, probed: Probed) -> None:
    resolves(lab, KMS, "10.20.0.50", "10.20.0.51")
    status, data = probed(PRIVATE, "kms")
    assert (status, data["met"], data["services"], data["of_all"]) == (0, True, ["kms"], False)
    (calls,) = data["calls"]
    assert (calls["outcome"], calls["code"], calls["host"]) == ("allowed", "allowed", KMS)
    assert set(calls["operations"]) >= {"Encrypt", "Decrypt"}
    found = host(data, KMS)
    assert (found["verdict"], found["use"]) == ("private-address", "chosen")
    assert found["addresses"] == ["10.20.0.50", "10.20.0.51"]
    assert found["server"] == lab.dns_server
    assert found["seconds"] > 0
    assert found["connections"] == []


@pytest.mark.parametrize(
    ("policy", "change", "code"),
    [
        (PRIVATE, lambda lab: None, "private.public_address"),
        (PRIVATE, lambda lab: resolves(lab, KMS, "10.20.0.50", "52.94.0.9"), "private.mixed"),
        (PRIVATE, lambda lab: lab.zone.set(KMS, Rcode("SERVFAIL")), "private.unverified"),
        (
            {"defaults": {"fips": "require", "allowed_regions": ["eu-*"]}},
            lambda lab: None,
            "region.not_allowed",
        ),
    ],
)
def test_a_refusal_is_that_of_the_call(
    lab: Lab,
    probed: Probed,
    policy: dict[str, Any],
    change: Callable[[Lab], None],
    code: str,
) -> None:
    change(lab)
    status, data = probed(policy, "kms")
    decision = endpoint_router.explain(
        "kms", "Encrypt", region=REGION, policy=json.loads(text_of(lab, policy))
    )
    (calls,) = data["calls"]
    assert (status, data["met"]) == (1, False)
    assert calls["code"] == decision.code == code
    assert calls["outcome"] == decision.outcome
    # DNS servers turn the order of addresses.
    assert set(re.split(r"[ ,]+", calls["reason"])) == set(re.split(r"[ ,]+", decision.reason))
    assert (calls["remedy"], calls["setting"]) == (decision.remedy, decision.setting)


def test_a_fips_host_of_which_nobody_asks_is_asked_about_here(lab: Lab, probed: Probed) -> None:
    """It is listed, so that calls go there whatever DNS says: in vain, if there is no such name."""
    status, data = probed(FIPS, "kms")
    assert status == 0
    assert host(data, KMS_FIPS)["verdict"] == "public"
    lab.zone.set(KMS_FIPS, Absent())
    status, data = probed(FIPS, "kms")
    assert status == 1
    assert [calls["outcome"] for calls in data["calls"]] == ["allowed"]
    assert host(data, KMS_FIPS)["problem"] == "no address (NXDOMAIN)"


def test_what_comes_after_the_host_of_choice_is_told_too(lab: Lab, probed: Probed) -> None:
    policy = {"defaults": {"private": "prefer"}, "vpc_endpoints": [ENDPOINT]}
    status, data = probed(policy, "kms")
    uses = {each["host"]: (each["use"], each["verdict"]) for each in data["hosts"]}
    assert uses == {KMS_VPCE: ("chosen", "private-address"), KMS: ("fall-back", "public")}
    assert status == 0
    lab.unreachable("10.20.0.10")
    status, data = probed(policy, "kms")
    uses = {each["host"]: (each["use"], each["verdict"]) for each in data["hosts"]}
    assert uses == {KMS_VPCE: ("refused", "private-address"), KMS: ("chosen", "public")}
    assert status == 0


def test_an_endpoint_that_is_reached_by_address(lab: Lab, probed: Probed) -> None:
    endpoint = {**FIPS_ENDPOINT, "connect": "address", "serves": [KMS_FIPS]}
    policy = {"defaults": {"fips": "require", "private": "require"}, "vpc_endpoints": [endpoint]}
    status, data = probed(policy, "kms")
    assert status == 0
    found = next(each for each in data["hosts"] if each["use"] == "chosen")
    assert (found["host"], found["name"]) == (KMS_FIPS, KMS_FIPS_VPCE)
    assert found["place"] == "vpc_endpoints[0]"


def test_every_host_of_a_service(lab: Lab, probed: Probed) -> None:
    """S3 has several, by operation; a bucket stands in front of some."""
    status, data = probed({"defaults": {"fips": "prefer"}}, "s3", "stepfunctions")
    hosts = {each["host"] for each in data["hosts"]}
    assert {f"s3-fips.{REGION}.amazonaws.com", f"*.s3-fips.{REGION}.amazonaws.com"} <= hosts
    assert f"sync-states-fips.{REGION}.amazonaws.com" in hosts
    assert status == 1  # the lab has none of them
    # By its own name, without the bucket's: as calls ask, too.
    assert host(data, f"*.s3-fips.{REGION}.amazonaws.com")["name"] == (
        f"s3-fips.{REGION}.amazonaws.com"
    )


def test_the_hosts_of_the_operations_that_are_named(lab: Lab, probed: Probed) -> None:
    """An init container asks about what is called: S3 has hosts that few ever use."""
    policy = {"defaults": {"fips": "prefer"}}
    status, data = probed(policy, "stepfunctions.list_activities", "kms.Encrypt", "kms")
    assert {each["host"] for each in data["hosts"] if "sync" in each["host"]} == set()
    told = {(each["service"], name) for each in data["calls"] for name in each["operations"]}
    assert {name for service, name in told if service == "stepfunctions"} == {"ListActivities"}
    assert len({name for service, name in told if service == "kms"}) > 40
    assert status == 1  # the lab has no host of Step Functions
    status, data = probed(policy, "kms.Encrypt")
    assert (status, [each["operations"] for each in data["calls"]]) == (0, [["Encrypt"]])


def test_what_the_policy_alone_says_is_amber(lab: Lab, probed: Probed) -> None:
    for name in (f"s3.{REGION}", f"*.s3.{REGION}"):
        resolves(lab, f"{name}.amazonaws.com", "52.94.0.70")
    gateway = {
        "type": "gateway",
        "service": "s3",
        "region": REGION,
        "prefix_list": ["52.94.0.0/24"],
    }
    policy = {**PRIVATE, "vpc_endpoints": [gateway]}
    _, data = probed(policy, "s3")
    found = host(data, f"*.s3.{REGION}.amazonaws.com")
    assert (found["use"], found["verdict"]) == ("chosen", "gateway-declared")
    assert found["amber"] == ["private"]
    _, out = probed(policy, "s3", as_json=False)
    assert "gateway-declared, private by the policy's word alone" in " ".join(out.split())


def test_several_regions(lab: Lab, probed: Probed) -> None:
    resolves(lab, "kms-fips.us-west-2.amazonaws.com", "52.94.0.77")
    status, data = probed(FIPS, "kms", regions=[REGION, "us-west-2"])
    assert status == 0
    assert [calls["region"] for calls in data["calls"]] == [REGION, "us-west-2"]
    assert data["regions"] == [REGION, "us-west-2"]


def test_what_a_proxy_carries_is_the_proxys_to_look_up(
    lab: Lab, probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy(lab.zone.addresses, lab.connect) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
        status, data = probed(FIPS, "kms", connect=True)
    found = host(data, KMS_FIPS)
    assert (status, found["proxy"], found["verdict"]) == (0, proxy.url, None)
    assert (found["addresses"], questions(lab, KMS_FIPS)) == ([], 0)
    assert [each["result"] for each in found["connections"]] == ["ok"]
    assert proxy.targets == [(KMS_FIPS, 443)]
    assert lab.seen == []


# --- connections


def test_connections(lab: Lab, probed: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
    lab.host(KMS, "10.20.0.50", "10.20.0.51")
    lab.unreachable("10.20.0.51")
    status, data = probed(PRIVATE, "kms", connect=True)
    good, refused = host(data, KMS)["connections"]
    assert status == 0  # calls find the address that works
    assert (good["address"], good["result"], good["names"]) == ("10.20.0.50", "ok", [KMS])
    assert good["issuer"] == "endpoint_router lab"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", good["valid_until"])
    assert (refused["address"], refused["result"]) == ("10.20.0.51", "tcp.refused")
    assert lab.seen == []
    lab.unreachable("10.20.0.50")
    status, data = probed(PRIVATE, "kms", connect=True)
    assert status == 1
    assert host(data, KMS)["problem"].startswith("DNS private, TCP refused")


def test_who_inspects_tls_is_named(lab: Lab, probed: Probed) -> None:
    lab.host(KMS, "10.20.0.50")
    status, out = probed(PRIVATE, "kms", connect=True, as_json=False)
    assert status == 1
    assert "certificate issued by endpoint_router lab" in " ".join(out.split())
    assert "1 service, 1 host: calls to 1 host would fail" in out


def test_a_bundle_that_is_not_there(
    lab: Lab, probed: Probed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(Exception, match="botocore: "):
        probed(FIPS, "kms", connect=True)
