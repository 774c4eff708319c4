"""A waiver's last day is told wherever the waiver is: explain, JSON, log, plan and warnings."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router import explain
from endpoint_router.cli import plan as command
from endpoint_router.cli.explanation import as_text
from endpoint_router.lab.network import Lab
from endpoint_router.policy.rules import until
from endpoint_router.router import World
from endpoint_router.routing.rendering import as_data
from endpoint_router.sdk.activation.installation import Installation
from tests.support.lab_client import ONE_ATTEMPT, only, policy_for

LAST = datetime.date(2027, 3, 31)
DAY = datetime.timedelta(days=1)
HOST, REGION = "kms.us-east-1.amazonaws.com", "us-east-1"
POLICY: dict[str, Any] = {
    "defaults": {"fips": "require"},
    "rules": [{"services": ["kms"], "fips": "off", "reason": "SEC-1", "expires": LAST}],
}


def on(lab: Lab, today: datetime.date, **more: Any) -> Installation:
    world = World(dialler=lab, today=lambda: today)
    return Installation(policy_for(lab, {**POLICY, **more}), world=world, environ={})


@pytest.mark.parametrize(
    ("days", "said"), [(12, "12 days"), (1, "1 day"), (0, "last day today"), (-1, "ended")]
)
def test_days_are_told_as_people_count(days: int, said: str) -> None:
    assert until(LAST, LAST - days * DAY) == f"until 2027-03-31 ({said})"


@pytest.mark.parametrize(("days", "said"), [(12, "12 days"), (0, "last day today")])
def test_explain_tells_it(lab: Lab, days: int, said: str) -> None:
    today = LAST - days * DAY
    decision = explain("kms", region=REGION, policy=on(lab, today))
    assert decision.demands.rule.expires == LAST
    (rule,) = (line for line in as_text(decision, today).splitlines() if line.startswith("  rule"))
    assert rule.endswith(f", until 2027-03-31 ({said})")
    assert "rules[0] until 2027-03-31: SEC-1" in decision.reason
    data = as_data(decision, today=today)["rule"]
    assert (data["expires"], data["days_left"]) == ("2027-03-31", days)


def test_what_does_not_end_has_no_date(lab: Lab) -> None:
    rules = [{"services": ["kms"], "fips": "off", "reason": "SEC-1"}]
    decision = explain("kms", region=REGION, policy=on(lab, LAST, rules=rules))
    assert "until" not in as_text(decision, LAST)
    data = as_data(decision, today=LAST)["rule"]
    assert (data["expires"], data["days_left"]) == (None, None)


def test_it_holds_until_the_day_is_over(lab: Lab) -> None:
    """On the wire: the plain host on the last day, and the FIPS host on the day after."""
    for today in (LAST, LAST + DAY):
        session = Session()
        session.set_config_variable("ca_bundle", lab.ca_bundle)
        on(lab, today)(session)
        session.create_client("kms", REGION, config=Config(retries=ONE_ATTEMPT)).list_keys()
    assert [seen.host for seen in lab.seen] == [HOST, "kms-fips.us-east-1.amazonaws.com"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "ended on 2027-03-31"),
        (0, "until 2027-03-31 (last day today)"),
        (14, "until 2027-03-31 (14 days)"),
        (15, ""),
    ],
)
def test_install_warns_by_the_worlds_day(
    lab: Lab, days: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    on(lab, LAST - days * DAY).load()
    assert [said in message for message in caplog.messages] == ([True] if said else [])


def test_the_log_and_the_plan_tell_it(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, written = tmp_path / "decisions.jsonl", tmp_path / "policy.toml"
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    today = LAST - 12 * DAY
    on(lab, today, log={"decisions": str(log)})(session)
    session.create_client("kms", REGION, config=Config(retries=ONE_ATTEMPT)).list_keys()
    assert only(lab).host == HOST
    line = json.loads(log.read_text())
    assert line["rule"] == {"name": "rules[0]", "reason": "SEC-1", "expires": "2027-03-31"}
    assert "until 2027-03-31" in line["reason"]

    # A call under the defaults, from which the rule differs.
    other = {**line, "service": "sqs", "rule": {"name": "defaults"}, "fips_basis": "ruleset"}
    other["settings"] = {"fips": {"value": "require"}}
    log.write_text(f"{json.dumps(line)}\n{json.dumps(other)}\n")
    command.plan([str(log)], policy_file=str(written), today=today)
    assert "  kms in us-east-1: until 2027-03-31 (12 days)" in capsys.readouterr().out
    assert "expires = 2027-03-31" in written.read_text()
    command.plan([str(log)], as_json=True, today=today)
    (ending,) = json.loads(capsys.readouterr().out)["ending"]
    assert (ending["services"], ending["expires"], ending["days_left"]) == (
        ["kms"],
        "2027-03-31",
        12,
    )
