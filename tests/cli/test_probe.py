"""``endpoint-router probe``: what DNS and connections show, and whether demands can be met."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from botocore.session import Session
from msgspec.structs import replace

import endpoint_router
from endpoint_router.cli.main import main
from endpoint_router.cli.probe import probe
from endpoint_router.lab import Absent, Addresses, Rcode, Silent
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.policy.load import load
from endpoint_router.probe.resolver import Resolver
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.survey.connected import Result
from endpoint_router.survey.probed import Host
from endpoint_router.survey.probing import Prober
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    REGION,
    policy_for,
    questions,
    resolves,
)
from tests.support.terminal import on_a_terminal

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = {"defaults": {"private": "require"}}
FIPS = {"defaults": {"fips": "require"}}
ENDPOINT = {"type": "interface", "dns_names": [KMS_VPCE]}
FIPS_ENDPOINT = {"type": "interface", "dns_names": [KMS_FIPS_VPCE]}

#: Status, stdout as JSON.
Probed = Callable[..., tuple[int, Any]]


def text_of(lab: Lab, policy: dict[str, Any]) -> str:
    return json.dumps({"version": 1, **policy_for(lab, policy)})


@pytest.fixture
def probed(lab: Lab, capsys: pytest.CaptureFixture[str]) -> Probed:
    """The command, with the lab for a network."""

    def run(policy: dict[str, Any], *services: str, **options: Any) -> tuple[int, Any]:
        options.setdefault("regions", [REGION])
        options.setdefault("as_json", True)
        world = World(dialler=lab, lookup=Resolver)
        status = probe(services, policy=text_of(lab, policy), world=world, **options)
        out = capsys.readouterr().out
        return status, json.loads(out) if options["as_json"] else out

    return run


def host(data: Any, name: str) -> Any:
    (only,) = (each for each in data["hosts"] if each["host"] == name)
    return only


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


def test_what_is_not_there_counts_for_nothing_where_nobody_named_it() -> None:
    """Of all of AWS's services some are not in this region."""
    absent = Answer("x.example", "absent", detail="NXDOMAIN")
    named = Host(
        "x.example", "x.example", "https", 443, "", "", ("x",), "chosen", "absent", absent, 0.1
    )
    assert named.is_broken
    assert not replace(named, is_guess=True).is_broken
    silent = replace(absent, status="failed")
    assert replace(named, is_guess=True, answer=silent, verdict="failed").is_broken


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


# --- which services


@pytest.mark.parametrize(
    ("policy", "services"),
    [
        ({"rules": [{"services": ["sqs", "kms"], "fips": "require"}]}, ("kms", "sqs")),
        ({"vpc_endpoints": [ENDPOINT]}, ("kms",)),
        ({"defaults": {"allowed_regions": ["us-*"]}, "vpc_endpoints": [ENDPOINT]}, ("kms",)),
        (FIPS, ()),
        ({"defaults": {"dual_stack": "prefer"}}, ()),
    ],
)
def test_without_a_service_those_of_the_policy(
    policy: dict[str, Any], services: tuple[str, ...]
) -> None:
    session = Session()
    prober = Prober(load({"version": 1, **policy}, environ={}), session, World())
    subject = prober.subject((), (REGION,))
    assert subject.of_all is not bool(services)
    assert subject.services == (services or tuple(session.get_available_services()))


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
    assert re.sub(r"\d+ ms", "5 ms", out) == printed


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
    lab.zone.set("sqs-fips.us-east-1.amazonaws.com", Silent())
    resolves(lab, "sns-fips.us-east-1.amazonaws.com", "52.94.0.50")
    policy["dns"] = {"timeout": 0.5}
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
