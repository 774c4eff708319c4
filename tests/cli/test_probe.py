"""``endpoint-router probe``: what is typed and printed, its exit status, and how it waits."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from endpoint_router.cli.main import main
from endpoint_router.lab import Addresses, Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.survey.connected import Result
from tests.cli.probed import FIPS, FIPS_ENDPOINT, PRIVATE, Probed, text_of
from tests.support.lab_client import KMS, KMS_FIPS_VPCE, REGION, resolves
from tests.support.terminal import on_a_terminal

ROOT = Path(__file__).resolve().parents[2]


def test_whose_it_is_is_said(lab: Lab, probed: Probed) -> None:
    policy = {"rules": [{"services": ["kms"], "fips": "require"}]}
    status, out = probed(policy, as_json=False)
    assert status == 0
    assert out.startswith("The services that the policy names or has endpoints for: kms.\n")
    assert out.endswith("1 service, 1 host: all demands can be met\n")


def test_the_documentation_shows_what_is_printed(
    lab: Lab, probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "how-to" / "check-the-network.md").read_text(encoding="utf-8")
    (policy,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (shown,) = re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    command, _, printed = shown.partition("\n")
    *_, service, other, option, region, _policy, _file = command.split()
    assert option == "--region"
    monkeypatch.setenv("COLUMNS", "80")
    resolves(lab, re.findall(r'"(vpce-.+)"', policy)[0], "10.20.0.10", "10.20.1.10")
    resolves(lab, f"{service}-fips.{region}.amazonaws.com", "52.94.0.11")
    resolves(lab, f"{other}.{region}.amazonaws.com", "52.94.0.20")
    status, out = probed(
        msgspec.toml.decode(policy), service, other, regions=[region], as_json=False
    )
    assert status == 1
    assert re.sub(r"\d+ ms|\d+\.\d s", "5 ms", out) == printed


def shape_of(data: Any) -> Any:
    """Its keys, in their order; of lists, those of the first."""
    if isinstance(data, dict):
        return [(key, shape_of(value)) for key, value in data.items()]
    return [shape_of(data[0])] if isinstance(data, list) and data and data[0] != str(data[0]) else 0


def test_the_page_of_commands_names_every_key(
    lab: Lab, probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    section = page.partition("\n## probe\n")[2].partition("\n## ")[0]
    (example,) = re.findall(r"^```json\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    shown = json.loads(example)
    (name,) = (each["host"] for each in shown["hosts"])
    lab.host(name, *shown["hosts"][0]["addresses"])
    monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
    policy = {"defaults": {"fips": "require", "private": "require"}}
    _, data = probed(policy, *shown["services"], regions=shown["regions"], connect=True)
    assert shape_of(data) == shape_of(shown)
    assert data["calls"][0]["reason"] == shown["calls"][0]["reason"]
    keys = {*data, *data["calls"][0], *data["hosts"][0], *data["hosts"][0]["connections"][0]}
    assert keys <= set(re.findall(r"`(\w+)`", section))
    results = set(re.findall(r"`(ok|(?:proxy|tcp|tls)\.\w+)`", section))
    assert results == set(get_args(Result))


# --- waiting


class Hours:
    """Time that passes by waiting only."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        self.now, self.slept, self._happens = 0.0, 0, list(happens)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += 1
        if self._happens:
            self._happens.pop(0)()


def test_waits_until_demands_are_met(lab: Lab, probed: Probed) -> None:
    hours = Hours(lambda: None, lambda: resolves(lab, KMS, "10.20.0.50"))
    waiting = {"wait": 60.0, "clock": lambda: hours.now, "sleep": hours.sleep}
    assert probed(PRIVATE, "kms", **waiting)[0] == 0
    assert hours.slept == 2


def test_waits_no_longer_than_that(probed: Probed) -> None:
    hours = Hours()
    waiting = {"wait": 5.0, "clock": lambda: hours.now, "sleep": hours.sleep}
    assert probed(PRIVATE, "kms", **waiting)[0] == 1
    assert hours.now <= 5.0
    assert hours.slept == 2


def test_waits_for_nothing_where_the_policy_itself_refuses(probed: Probed) -> None:
    hours = Hours()
    policy = {"defaults": {"fips": "require", "allowed_regions": ["eu-*"]}}
    waiting = {"wait": 60.0, "clock": lambda: hours.now, "sleep": hours.sleep}
    assert probed(policy, "kms", **waiting)[0] == 1
    assert hours.slept == 0


# --- the command line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kmz"], "service: found 'kmz'"),
        (["kms.Encript"], "Did you mean 'Encrypt'?"),
        (["kmz.Encrypt"], "service: found 'kmz'"),
        (["kms", "--region", "moon"], "--region"),
        (["kms"], "which region?"),
        (["kms", "--wait", "soon"], "--wait: found 'soon', expected seconds"),
        (["kms", "--wait", "nan"], "--wait: found 'nan', expected seconds"),
        (["--region", REGION], "which service?"),
        (["kms", "--policy", "/nowhere.toml"], "/nowhere.toml"),
    ],
)
def test_bad_input(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_POLICY", '{"version": 1}')
    try:
        status: object = main(["probe", *arguments])
    except SystemExit as ending:
        status = ending.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert said in err.splitlines()[-1].replace('"', "'")


def test_no_policy_is_no_good_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "kms", "--region", REGION]) == 2
    assert "there is no policy" in capsys.readouterr().err


def test_text_at_80_columns(lab: Lab, probed: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    policy = {
        "defaults": {"fips": "require", "private": "require"},
        "vpc_endpoints": [FIPS_ENDPOINT],
    }
    lab.zone.set("sqs-fips.us-east-1.amazonaws.com", Rcode("SERVFAIL"))
    resolves(lab, "sns-fips.us-east-1.amazonaws.com", "52.94.0.50")
    status, out = probed(policy, "kms", "sqs", "sns", as_json=False)
    assert status == 1
    lines = out.splitlines()
    assert all(len(line) <= 80 or max(map(len, line.split())) > 60 for line in lines)
    assert KMS_FIPS_VPCE in lines  # whole
    # What is wrong comes first, and all in a line last.
    refusals = [at for at, line in enumerate(lines) if re.match("DENIED|UNVERIFIED", line)]
    assert max(refusals) < lines.index(KMS_FIPS_VPCE)
    assert "private.unverified" in out
    assert "private.public_address" in out
    assert lines[-1] == "3 services, 4 hosts: a demand cannot be met for 2 services"


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
def test_on_a_terminal(lab: Lab) -> None:
    for service in ("sns", "sqs"):
        resolves(lab, f"{service}-fips.us-east-1.amazonaws.com", "52.94.0.50")
    policy = text_of(lab, {**FIPS, "rules": [{"services": ["sns"], "private": "require"}]})
    command = ["probe", "kms", "sqs", "sns", "--region", REGION, "--policy", policy]
    shown = on_a_terminal(command, 80)
    assert "\033[31mDENIED\033[0m  \033[1mprivate.public_address\033[0m" in shown
    assert {"\033[31mpublic\033[0m", "\033[32mpublic\033[0m"} <= set(shown.split())
    answer = re.sub(r"\033\[\d*m", "", shown[shown.index("\033[31mDENIED") :])
    assert all(len(line) <= 80 for line in answer.splitlines())
    plain = on_a_terminal(command, 80, {"NO_COLOR": "1"})
    assert "DENIED  private.public_address" in plain
    assert "\033[3" not in plain
    pytest.importorskip("rich", reason="without it, what is quick shows nothing")
    assert "3/3" in shown


def test_what_others_wrote_is_made_harmless(lab: Lab, probed: Probed) -> None:
    lab.zone.set(KMS, Addresses(("10.20.0.50",)))
    policy = {"rules": [{"services": ["kms"], "private": "require", "reason": "a\x1b[2Jb"}]}
    status, out = probed(policy, "kms", as_json=False)
    assert status == 0
    assert "\x1b" not in out
