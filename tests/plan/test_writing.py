"""The policy loads, the Terraform parses, and nothing that a log says gets out of its string."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_router.aws.privatelink import PrivateLink
from endpoint_router.plan import policy, quoting, report, terraform
from endpoint_router.plan.data import as_data
from endpoint_router.plan.findings import plan
from endpoint_router.plan.values import Endpoint, Plan, PlannedRule
from endpoint_router.policy import toml
from endpoint_router.policy.load import load
from endpoint_router.policy.loaded import LoadedPolicy
from endpoint_router.policy.model import InterfaceEndpoint
from endpoint_router.printable import printable
from endpoint_router.sdk.activation.check import check_policy
from tests.plan.lines import REQUIRED, allowed, line, no_fips, planned, read
from tests.support.hcl import blocks, unquote

EVERYTHING = [
    line("kms", host="kms-fips.us-east-1.amazonaws.com", demands=REQUIRED),
    line("dynamodb", host="dynamodb-fips.us-east-1.amazonaws.com", demands=REQUIRED),
    line("s3", host="*.s3.us-east-1.amazonaws.com", demands=REQUIRED),
    line("lambda", host="lambda-fips.us-east-1.amazonaws.com", demands=REQUIRED),
    line("sso", host="portal.sso.us-east-1.amazonaws.com", demands=REQUIRED),
    line("sns", outcome="unverified", code="private.unverified", demands=REQUIRED),
    line("sqs", code="tls.unverified", demands=REQUIRED),
    no_fips("chime"),
    no_fips("stepfunctions", operation="StartSyncExecution"),
    allowed("stepfunctions", fips_basis="listed", demands=REQUIRED),
    allowed(
        "iam",
        "public",
        host="iam.amazonaws.com",
        rule={"name": "rules[0]", "reason": "gateway; SEC-2"},
        demands={"fips": "off", "private": "off"},
    ),
]


def loaded(made: Plan, directory: Path) -> LoadedPolicy:
    """The plan's policy, read by the loader as its owner would."""
    file = directory / "policy.toml"
    file.write_text(policy.as_toml(made), encoding="utf-8")
    result = load(file, environ={}, today=made.day)
    assert (*result.warnings, *check_policy(result)) == ()
    return result


def test_the_policy_loads_and_says_what_is_planned(tmp_path: Path) -> None:
    made = loaded(planned(*EVERYTHING), tmp_path).policy
    assert (made.mode, made.defaults.fips, made.defaults.private) == ("enforce", *REQUIRED.values())
    chime, iam, stepfunctions = made.rules
    assert (chime.services, chime.regions, chime.fips) == (("chime",), ("us-east-1",), "prefer")
    assert chime.reason.startswith("no FIPS endpoint exists (seen 2026-11-21)")
    assert str(chime.expires) == "2027-02-19"
    assert stepfunctions.operations == ("StartSyncExecution",)
    assert (iam.private, iam.fips, iam.reason) == ("off", "off", "gateway; SEC-2")
    assert made.vpc_endpoints == ()


def test_what_is_commented_out_would_load_too(tmp_path: Path) -> None:
    text = policy.as_toml(planned(*EVERYTHING))
    lines = text.replace('"vpce-..."', '"vpce-0a-1b.dynamodb-fips.us-east-1.vpce.amazonaws.com"')
    stanza, seen = "", 0
    for one in lines.splitlines():
        bare = one.removeprefix("# ")
        if one.startswith("# [["):
            seen += 1
            stanza += f"{bare}\n"
        elif one.startswith("# ") and stanza and " = " in bare:
            stanza += f"{bare}\n"
    file = tmp_path / "all.toml"
    file.write_text(text + stanza, encoding="utf-8")
    made = load(file, environ={}).policy
    assert seen == 2
    assert made.rules[-1].services == ("lambda",)
    (endpoint,) = made.vpc_endpoints
    assert isinstance(endpoint, InterfaceEndpoint)
    assert endpoint.serves == ("dynamodb-fips.us-east-1.amazonaws.com",)


def test_a_guessed_fips_service_says_what_to_do_without_it() -> None:
    text = policy.as_toml(planned(*EVERYTHING))
    assert "com.amazonaws.us-east-1.lambda-fips is a name by rule" in text
    assert "take com.amazonaws.us-east-1.lambda\n" in text
    assert "kms-fips is a name by rule" not in text


def test_a_waiver_that_does_not_loosen_has_no_end(tmp_path: Path) -> None:
    # The application asks for FIPS by itself: the policy has no opinion, and its rule decides.
    raised = no_fips("chime", demands={})
    raised["settings"]["fips"] = {"value": "require", "origin": "application"}
    (rule,) = loaded(planned(raised), tmp_path).policy.rules
    assert (rule.fips, rule.expires) == ("prefer", None)


def test_disagreement_and_declared_endpoints_are_told_in_the_policy(tmp_path: Path) -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
    here = allowed(host=name, demands={"private": "off"})
    here["candidates"][0] |= {"kind": "interface", "place": "vpc_endpoints[0]"}
    made = planned(here, line("sqs"))
    loaded(made, tmp_path)
    text = policy.as_toml(made)
    assert "# The processes disagree about private: this is the strictest value." in text
    assert f"#   vpc_endpoints[0]: {name}" in text
    assert "#   file /etc/policy.toml" in text


def test_terraform_looks_each_service_up_before_it_is_used() -> None:
    made = blocks(terraform.as_hcl(planned(*EVERYTHING)))
    services = {
        name: unquote(body["service_name"])
        for (kind, _, name), body in made.items()
        if kind == "data"
    }
    assert services["kms_fips"] == "com.amazonaws.us-east-1.kms-fips"
    assert set(services) == {name for kind, _, name in made if kind == "resource"}
    for name in services:
        body = made["resource", "aws_vpc_endpoint", name]
        assert body["service_name"] == f"data.aws_vpc_endpoint_service.{name}.service_name"
        private_dns = "false" if name == "dynamodb_fips" else "true"
        assert body["private_dns_enabled"] == private_dns
        assert (body["subnet_ids"], body["vpc_id"]) == ("var.subnet_ids", "var.vpc_id")
    assert {name for kind, _, name in made if kind == "variable"} == {
        "vpc_id",
        "subnet_ids",
        "security_group_ids",
    }


def test_names_without_private_dns_are_handed_to_the_policy() -> None:
    text = terraform.as_hcl(planned(*EVERYTHING))
    assert ("output", "", "endpoint_router_vpc_endpoints") in blocks(text)
    assert (
        "[for entry in aws_vpc_endpoint.dynamodb_fips.dns_entry : "
        '"dynamodb-fips.us-east-1.amazonaws.com=${entry.dns_name}"],'
    ) in text
    only_kms = terraform.as_hcl(planned(EVERYTHING[0]))
    assert "endpoint_router_vpc_endpoints" not in only_kms


def test_s3_names_become_private_inside_the_vpc() -> None:
    text = terraform.as_hcl(planned(*EVERYTHING))
    assert text.count("private_dns_only_for_inbound_resolver_endpoint = false") == 1


def test_several_regions_have_variables_and_providers_of_their_own() -> None:
    other = line(region="eu-west-1", host="kms.eu-west-1.amazonaws.com")
    text = terraform.as_hcl(planned(line(), other))
    assert "with these aliases: eu_west_1, us_east_1." in text
    made = blocks(text)
    body = made["resource", "aws_vpc_endpoint", "kms_eu_west_1"]
    assert body["provider"] == "aws.eu_west_1"
    assert body["vpc_id"] == "var.vpc_id_eu_west_1"
    assert ("variable", "", "vpc_id_us_east_1") in made


def test_no_endpoint_is_no_terraform() -> None:
    assert terraform.as_hcl(planned(allowed())) == ""


@pytest.mark.skipif(not shutil.which("terraform"), reason="NOT TESTED: terraform is not installed")
def test_terraform_finds_it_well_formed(tmp_path: Path) -> None:
    lines = [*EVERYTHING, line(region="eu-west-1", host="kms.eu-west-1.amazonaws.com")]
    for name, some in (("one.tf", EVERYTHING), ("two.tf", lines)):
        (tmp_path / name).write_text(terraform.as_hcl(planned(*some)), encoding="utf-8")
        ran = subprocess.run(
            ["terraform", "fmt", "-check", "-diff", name],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (0, "")


#: Anything, and often what means something to one of the languages.
HOSTILE = st.text() | st.lists(
    st.sampled_from(
        ['"', "\\", "${", "$", "$$", "%{", "%", "{", "}", "\n", "\r", "\x00", "\x7f", "#", "\u2028",
         "'''", '"""', "kms", "é", "\U0001f600", "[[rules]]"]
    )
).map("".join)  # fmt: skip


@given(HOSTILE)
def test_any_text_is_one_string_of_hcl(text: str) -> None:
    written = quoting.hcl(text)
    assert unquote(written) == text
    assert written.isprintable()


@given(HOSTILE)
def test_any_text_is_one_string_of_toml(text: str) -> None:
    assert toml.loads(f"key = {quoting.toml(text)}") == {"key": text}


@given(HOSTILE)
def test_any_text_is_one_line_of_a_comment(text: str) -> None:
    assert len(printable(text).splitlines()) <= 1
    assert toml.loads(f"# {printable(text)}\nkey = 1") == {"key": 1}


def test_half_a_surrogate_is_no_reason_to_fail() -> None:
    assert unquote(quoting.hcl("\ud800")) == "\ufffd"
    assert toml.loads(f"key = {quoting.toml(chr(0xDFFF))}") == {"key": "\ufffd"}


@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=3), st.booleans())
def test_a_plan_of_any_text_stays_in_its_place(
    texts: list[tuple[str, str]], private_dns: bool
) -> None:
    """Names that the log's reader would never let through, all the same."""
    endpoints = tuple(
        Endpoint(
            PrivateLink(f"com.amazonaws.us-east-1.{name}", "by rule", "us-east-1", host,
                        private_dns=private_dns, without_fips=name, note=host),
            (host,),
            (name,),
            asked=False,
        )
        for name, host in dict(texts).items()
    )  # fmt: skip
    rule = PlannedRule((texts[0][0],), (), (), (("fips", "prefer"),), "waiver", texts[0][1])
    made = Plan(
        {"fips": "require"}, endpoints=endpoints, rules=(rule,), origins=(texts[0][0],),
        declared=(texts[0],), day=planned(line()).day,
    )  # fmt: skip
    parsed = blocks(terraform.as_hcl(made))
    assert len([key for key in parsed if key[0] == "resource"]) == len(endpoints)
    for (kind, _, _), body in parsed.items():
        if kind == "data":
            assert unquote(body["service_name"]) in {one.link.name for one in endpoints}
    document = toml.loads(policy.as_toml(made))
    assert set(document) == {"version", "mode", "defaults", "rules"}
    assert document["rules"][0]["services"] == [texts[0][0]]


def test_the_report_prints_no_control_characters() -> None:
    reading = read(line(code="x.y", remedy="look \x1b[31m here\nand there"))
    text = report.as_text(reading, plan(reading))
    assert r"look \x1b[31m here\nand there" in text
    assert "\x1b" not in text


def test_the_report_is_grouped_and_ends_in_what_to_do() -> None:
    reading = read(*EVERYTHING, b"torn", {"version": 9})
    text = report.as_text(reading, plan(reading))
    assert text.splitlines()[:3] == [
        "11 lines from 1 process, 2026-11-21 to 2026-11-21: 11 distinct decisions",
        "1 line not understood, and left out",
        "1 line of version 9, which is not known here, left out",
    ]
    headings = [one.partition(" (")[0] for one in text.splitlines() if one and one[0].isupper()]
    assert (
        headings
        == [
            "The processes disagree about fips: the plan takes the strictest value.",
            "Missing VPC endpoints, type interface",
            "Missing FIPS waivers",
            "For a person",
            "Not known yet",
            "Allowed, and still needs the internet or the NAT",
            "Next",
        ][1:]
    )


def test_nothing_missing_is_said() -> None:
    reading = read(allowed())
    assert "Nothing is missing" in report.as_text(reading, plan(reading))


def test_the_data_says_what_the_report_says() -> None:
    reading = read(*EVERYTHING)
    data: dict[str, Any] = as_data(reading, plan(reading))
    assert data["complete"] is False
    assert [one["service_name"].rpartition(".")[2] for one in data["vpc_endpoints"]] == [
        "chime", "dynamodb-fips", "kms-fips", "lambda-fips", "s3", "stepfunctions",
    ]  # fmt: skip
    assert [one["services"] for one in data["waivers"]] == [["chime"], ["stepfunctions"]]
    assert data["waivers"][0]["expires"] == "2027-02-19"
    assert [one["service"] for one in data["work"]] == ["sqs", "sso"]
    assert [one["service"] for one in data["unknown"]] == ["sns"]
    assert [one["host"] for one in data["public"]] == ["iam.amazonaws.com"]
