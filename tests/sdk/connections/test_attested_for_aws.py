"""What a policy attests of a service of AWS's own: possible, and amber wherever it is seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoint_router import explain
from endpoint_router.cli.explanation import as_text
from endpoint_router.lab.network import Lab
from endpoint_router.plan.data import as_data as planned_data
from endpoint_router.plan.findings import plan
from endpoint_router.plan.reading import Reading
from endpoint_router.plan.report import as_text as planned
from endpoint_router.policy.load import load
from endpoint_router.routing.rendering import as_data
from endpoint_router.sdk.activation.check import check_policy
from tests.support.lab_client import KMS, KMS_VPCE, client_for, installed, only
from tests.support.terminal import on_a_terminal

OWN = "vpce-0123456789abcdef0-abcdefgh.vpce-svc-0fedcba9876543210.us-east-1.vpce.amazonaws.com"
DEMANDS = {"fips": "require", "fips_basis": "attested"}


def declared(url: str = f"https://{KMS}", **attests: bool) -> dict[str, Any]:
    return {"url": url, "services": ["kms"], "reason": "AWS's page says so", **attests}


PLAIN: dict[str, Any] = {"defaults": DEMANDS, "custom_endpoints": [declared(fips=True)]}
ENDPOINT: dict[str, Any] = {
    "type": "interface",
    "dns_names": [KMS_VPCE],
    "serves": ["kms-fips.us-east-1.amazonaws.com"],
    "fips": True,
    "reason": "AWS's page says so",
}


def test_the_call_is_made_as_the_policy_says(lab: Lab) -> None:
    client_for(lab, PLAIN, endpoint_url=f"https://{KMS}").list_keys()
    assert only(lab).host == KMS


@pytest.mark.parametrize(
    ("policy", "url", "amber"),
    [
        (PLAIN, f"https://{KMS}", ("fips",)),
        ({"defaults": DEMANDS, "vpc_endpoints": [ENDPOINT]}, None, ("fips",)),
        (
            {
                "defaults": {"private": "require"},
                "custom_endpoints": [declared(private=True)],
            },
            f"https://{KMS}",
            ("private",),
        ),
        ({"custom_endpoints": [declared(fips=True)]}, f"https://{KMS}", ()),  # nobody asks
        (
            {
                "defaults": DEMANDS,
                "custom_endpoints": [declared("https://kms.example", fips=True)],
            },
            "https://kms.example",
            (),
        ),
        (
            {"defaults": DEMANDS, "custom_endpoints": [declared(f"https://{OWN}", fips=True)]},
            f"https://{OWN}",
            (),
        ),
    ],
    ids=["host", "endpoint", "private", "not asked for", "own host", "own service"],
)
def test_the_decision_says_so(
    lab: Lab, policy: dict[str, Any], url: str | None, amber: tuple[str, ...]
) -> None:
    decision = explain("kms", region="us-east-1", endpoint_url=url, policy=installed(lab, policy))
    assert decision.allowed
    assert decision.amber == amber
    assert as_data(decision)["amber"] == list(amber)
    lines = [line for line in as_text(decision).splitlines() if "AMBER" in line]
    assert len(lines) == len(amber)
    assert all("the policy alone says" in line for line in lines)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (PLAIN, "AMBER: custom_endpoints[0] attests fips = true"),
        ({"vpc_endpoints": [ENDPOINT]}, "AMBER: vpc_endpoints[0] attests fips = true"),
        (
            {"custom_endpoints": [declared("https://*.com", fips=True, private=True)]},
            "AMBER: custom_endpoints[0] attests fips = true and private = true",
        ),
        ({"custom_endpoints": [declared("https://*.example", fips=True)]}, ""),
        ({"custom_endpoints": [declared(f"https://{OWN}", fips=True)]}, ""),
        ({"custom_endpoints": [declared()]}, ""),
        (
            {"vpc_endpoints": [{**ENDPOINT, "dns_names": [OWN], "serves": ["billing.example"]}]},
            "",
        ),
    ],
)
def test_loading_the_policy_warns(policy: dict[str, Any], said: str) -> None:
    warnings = check_policy(load(policy, environ={}))
    assert len(warnings) == bool(said)
    assert all(warning.startswith(said) for warning in warnings)


def test_the_log_and_the_plan_say_so(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    policy = {**PLAIN, "log": {"decisions": str(log)}}
    client_for(lab, policy, endpoint_url=f"https://{KMS}").list_keys()
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["fips_basis"], line["amber"]) == ("attested", ["fips"])
    without = {key: value for key, value in line.items() if key != "amber"}  # an older release
    for logged in (line, without):
        reading = Reading()
        reading.add([json.dumps(logged).encode()], str(log))
        made = plan(reading)
        (amber,) = made.amber
        assert (amber.place, amber.host, amber.setting) == ("custom_endpoints[0]", KMS, "fips")
        assert "AMBER (1)" in planned(reading, made)
        assert f"  {KMS} (custom_endpoints[0]): attested as FIPS" in planned(reading, made)
        (told,) = planned_data(reading, made)["amber"]
        del told["callers"]
        assert told == {"place": "custom_endpoints[0]", "host": KMS, "setting": "fips"}


def test_the_command_line_lights_the_word_on_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"version": 1, **PLAIN}), encoding="utf-8")
    command = ["explain", "kms", "--region", "us-east-1", "--endpoint-url", f"https://{KMS}"]
    said = on_a_terminal([*command, "--policy", str(file)], 80, {"NO_COLOR": ""})
    assert "\033[33mAMBER\033[0m" in said
