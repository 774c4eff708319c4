"""``endpoint-router discover`` as a command: AWS or files in, a policy or a difference out."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router.cli.main import main
from endpoint_router.lab.network import Lab
from endpoint_router.policy import toml
from endpoint_router.policy.load import load
from endpoint_router.router import World
from endpoint_router.sdk.activation.check import check_policy
from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.explain import explain
from tests.discover.described import (
    KINDS,
    MONITORING,
    SERVICES,
    document,
    gateway,
    id_of,
    interface,
    names_of,
)
from tests.support.moto_ec2 import DENIED, Ec2, make_endpoint

KMS = names_of("kms", 1, "a", "b")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def file(name: str, content: bytes) -> str:
    Path(name).write_bytes(content)
    return name


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["discover", *arguments])
    out, err = capsys.readouterr()
    assert all(line.isprintable() for line in f"{out}\n{err}".split("\n"))
    if status == 2:
        assert (out, err.count("\n")) == ("", 1)
    return status, out, err


# --- from files


def test_what_is_written_loads(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints, services = file("e", document(KINDS)), file("s", document(None, SERVICES))
    status, out, err = run(capsys, "--from-file", endpoints, "--from-file", services)
    assert (status, err) == (0, "")
    policy = load(file("p.toml", out.encode()), environ={}, system_policy="")
    check_policy(policy)
    names = [name.text for each in policy.parsed.interfaces for name in each.names]
    assert set(KMS) <= set(names)
    assert [each.service for each in policy.parsed.gateways] == ["s3"]
    for unusable in (9, 10, 11, 12, 13, 14, 91):
        assert id_of(unusable) in out
        assert not any(id_of(unusable) in name for name in names)
    assert "waits for the owner of the service to accept it" in out
    assert "hub VPC" in out
    words = [line for line in out.splitlines() if "vpce-" not in line and "[" not in line]
    assert max(map(len, words)) <= 100


def test_one_file_may_hold_both_and_may_be_stdin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO(document(KINDS, SERVICES))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    status, out, _ = run(capsys, "--from-file", "-")
    assert status == 0
    assert 'serves = ["kinesis.us-east-1.amazonaws.com"]' in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = file("e", document(KINDS, SERVICES))
    status, out, _ = run(capsys, "--from-file", endpoints, "--json")
    data = json.loads(out)
    assert (status, data["version"], data["difference"]) == (0, 1, None)
    by_id = {each["id"]: each for each in data["endpoints"]}
    assert by_id[id_of(1)]["entries"][0]["dns_names"] == KMS
    assert by_id[id_of(9)]["why"].startswith("waits")
    assert [by_id[id_of(number)]["usable"] for number in (1, 9)] == [True, False]
    # Entries are those of a policy in JSON.
    entries = [entry for each in data["endpoints"] for entry in each["entries"]]
    load({"vpc_endpoints": entries}, environ={}, system_policy="")


def test_of_one_vpc_only(capsys: pytest.CaptureFixture[str]) -> None:
    other = interface("sns", 2, VpcId="vpc-other")
    endpoints = file("e", document([interface("kms", 1), other]))
    _, out, _ = run(capsys, "--from-file", endpoints)
    assert "Of 2 VPCs" in out
    _, out, _ = run(capsys, "--from-file", endpoints, "--vpc", "vpc-other")
    assert id_of(2) in out
    assert id_of(1) not in out


def test_nothing_usable_is_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = file("e", document([interface("kms", 1, State="rejected")]))
    status, out, _ = run(capsys, "--from-file", endpoints)
    assert status == 1
    assert "was rejected" in out


def test_a_page_of_several_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    page = json.dumps({**json.loads(document([interface("kms")])), "NextToken": "x"}).encode()
    _, out, _ = run(capsys, "--from-file", file("e", page))
    assert "e is one page of several" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from-file", "missing"], "--from-file missing: No such file"),
        (["--from-file", "broken"], "--from-file broken: no answer of describe-vpc-endpoints"),
        (["--from-file", "services"], "no answer of describe-vpc-endpoints is among them"),
        (["--from-file", "-", "--from-file", "-"], "only one"),
        (["--from-file", "-", "--policy", "-"], "only one"),
        (["--from-file", "good", "--region", "us-east-1"], "do not go with it"),
        (["--from-file", ""], "an argument is empty"),
        (["--from-file", "good", "--json", "--output", "-"], "both stdout"),
        (["--from-file", "good", "--policy", "missing.toml"], "missing.toml"),
        (["--from-file", "good", "--output", "no/such/folder"], "No such file"),
        (["--region", "us-est-1x"], "botocore knows no partition"),
        (["--region", "us-east-1", "--profile", "nobody"], "nobody"),
        ([], "which region?"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    file("good", document(KINDS))
    file("broken", b"{")
    file("services", document(None, SERVICES))
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert said in err


def test_a_file_is_never_overwritten_without_force(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = file("e", document([interface("kms", 1)]))
    arguments = ["--from-file", endpoints, "--output", "out.toml"]
    status, out, _ = run(capsys, *arguments)
    assert (status, out.splitlines()[0]) == (0, "Written: out.toml")
    Path("out.toml").write_text("mine")
    assert run(capsys, *arguments)[0] == 2
    assert Path("out.toml").read_text() == "mine"
    assert run(capsys, *arguments, "--force")[0] == 0
    assert "kms" in Path("out.toml").read_text()


def test_what_names_say_is_no_more_than_a_comment(capsys: pytest.CaptureFixture[str]) -> None:
    nasty = 'x"]\n[[rules]]\nservices = ["*"]\nreason = "\x1b[2J\u202e'
    endpoints = [
        interface("kms", 1, VpcId=nasty, OwnerId=nasty, ServiceName=nasty),
        interface("sqs", 2, State="failed", FailureReason=nasty, VpcEndpointId=nasty),
        interface("sns", 3, DnsEntries=[{"DnsName": nasty}]),
        gateway("s3", RouteTableIds=[nasty]),
    ]
    status, out, _ = run(capsys, "--from-file", file("e", document(endpoints)))
    assert status == 0
    assert set(toml.loads(out)) == {"version", "vpc_endpoints"}


# --- held against a policy


def policy_of(*names: str) -> str:
    entry = f"[[vpc_endpoints]]\ntype = 'interface'\ndns_names = {list(names)}\n"
    return file("policy.toml", f"version = 1\n{entry}".encode())


def test_a_policy_that_is_as_it_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = file("e", document(KINDS, SERVICES))
    assert run(capsys, "--from-file", endpoints, "--output", "p.toml")[0] == 0
    status, out, _ = run(capsys, "--from-file", endpoints, "--policy", "p.toml")
    assert status == 0
    count = len(load("p.toml", environ={}, system_policy="").policy.vpc_endpoints)
    assert f"Added: 0. Gone: 0. Changed: 0. As they are: {count}." in out


def test_a_difference_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    old = policy_of(*names_of("sqs", 77))
    endpoints = file("e", document([interface("kms", 1, zones="ab"), gateway()]))
    status, out, _ = run(capsys, "--from-file", endpoints, "--policy", old)
    assert status == 1
    assert "Added: 2. Gone: 1. Changed: 0." in out
    assert f"# Gone: vpc_endpoints[0] (file policy.toml:2), {id_of(77)}: not described" in out
    pasted = f"{Path(old).read_text()}\n{out}"
    assert len(load(file("new.toml", pasted.encode()), environ={}).policy.vpc_endpoints) == 3
    status, out, _ = run(capsys, "--from-file", endpoints, "--policy", old, "--json")
    made = json.loads(out)["difference"]
    assert (status, len(made["added"]), made["gone"][0]["endpoint"]) == (1, 2, id_of(77))


# --- what is written leads there


def test_calls_go_to_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = file("e", document(KINDS, SERVICES))
    assert run(capsys, "--from-file", endpoints, "--output", "p.toml")[0] == 0
    kinesis, monitoring = names_of("kinesis-streams", 4)[0], names_of("monitoring", 3)[0]
    kms_fips, s3 = names_of("kms-fips", 2)[0], names_of("s3", 5)[0].removeprefix("*.")
    with Lab() as lab:
        for name in (KMS[0], kms_fips, kinesis, monitoring, f"bucket.{s3}"):
            lab.host(name, "10.20.0.10")
        for fips, service, operation, host, dials in (
            ("off", "kms", "ListKeys", KMS[0], KMS[0]),
            ("off", "kinesis", "ListStreams", kinesis, kinesis),
            ("off", "s3", "ListBuckets", f"bucket.{s3}", f"bucket.{s3}"),
            ("require", "kms", "ListKeys", kms_fips, kms_fips),
            ("require", "cloudwatch", "ListMetrics", MONITORING[1], monitoring),
        ):
            environ = {
                "ENDPOINT_ROUTER_PRIVATE": "require",
                "ENDPOINT_ROUTER_FIPS": fips,
                "ENDPOINT_ROUTER_DNS_SERVERS": lab.dns_server,
                "ENDPOINT_ROUTER_DNS_TIMEOUT": "15",
                "ENDPOINT_ROUTER_ZONE": "none",
            }
            installation = Installation("p.toml", world=World(dialler=lab), environ=environ)
            decision = explain(
                service, operation, region="us-east-1", policy=installation, session=Session()
            )
            assert (decision.outcome, decision.host) == ("allowed", host), decision.reason
            assert decision.pin is not None
            assert decision.pin.answer.name == dials


# --- from AWS


def configured(ec2: Ec2, patch: pytest.MonkeyPatch) -> None:
    """As users are, with a profile of another region, and one that may nothing."""
    config = (
        "[profile app]\nregion = us-west-2\naws_access_key_id = c\naws_secret_access_key = d\n"
        f"[profile poor]\naws_access_key_id = {DENIED}\naws_secret_access_key = d\n"
    )
    patch.setenv("AWS_CONFIG_FILE", file("config", config.encode()))
    patch.setenv("AWS_ENDPOINT_URL_EC2", ec2.url)
    patch.setenv("AWS_ACCESS_KEY_ID", "a")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    patch.delenv("AWS_DEFAULT_REGION", raising=False)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2]:
    """EC2, where nobody gets as far as to be told of endpoints."""
    with Ec2() as ec2:
        configured(ec2, monkeypatch)
        yield ec2


def test_regions_profiles_and_a_difference_as_moto_has_them(
    moto: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one, because it takes moto seconds to start."""
    two = ["us-east-1", "us-west-2"]
    with Ec2(moto) as ec2:
        configured(ec2, monkeypatch)
        for region in two:
            client = Session().create_client("ec2", region)
            make_endpoint(client, "kms")
            make_endpoint(client, "ecr.api")
            make_endpoint(client, "s3", "Gateway")
        ec2.services = [
            ("com.amazonaws.us-east-1.kms", ("kms.us-east-1.amazonaws.com",)),
            ("com.amazonaws.us-east-1.ecr.api", ("api.ecr.us-east-1.amazonaws.com",)),
        ]

        ec2.asked.clear()
        status, out, _ = run(capsys, *(f"--region={region}" for region in [*two, two[0]]))
        assert status == 0
        # Of the services there are two pages.
        pages = ["DescribeVpcEndpoints", *["DescribeVpcEndpointServices"] * 2]
        assert ec2.asked == [(page, region) for region in two for page in pages]
        policy = load(file("p.toml", out.encode()), environ={}, system_policy="")
        names = [each.names[0].vpce for each in policy.parsed.interfaces]
        assert {name.service for name in names if name} == {"kms", "api.ecr"}
        assert {each.region for each in policy.parsed.gateways} == set(two)
        assert "# Asked: default, us-east-1." in out

        status, out, _ = run(capsys, "--profile", "app", "--json")
        data: dict[str, Any] = json.loads(out)
        assert (status, data["asked"]) == (0, ["Asked: profile app, us-west-2."])
        assert {each["region"] for each in data["endpoints"]} == {"us-west-2"}

        assert run(capsys, "--region", "us-east-1", "--output", "q.toml")[0] == 0
        assert run(capsys, "--region", "us-east-1", "--policy", "q.toml")[0] == 0
        # Of the other region that policy says nothing.
        status, out, _ = run(capsys, "--region", "us-west-2", "--policy", "q.toml")
        assert status == 1
        assert "Added: 3. Gone: 0. Changed: 0. As they are: 0. Not looked at: 3." in out


def test_who_may_not_ask_is_told_what_he_lacks(
    aws: Ec2, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "--region", "us-east-1", "--profile", "poor")
    assert status == 2
    assert "account 111122223333 (profile poor)" in err
    assert "no permission ec2:DescribeVpcEndpoints in us-east-1" in err


def test_without_credentials(
    aws: Ec2, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    status, _, err = run(capsys, "--region", "us-east-1")
    assert status == 2
    assert "Unable to locate credentials" in err
    assert "--from-file" in err
    assert aws.asked == []


def test_the_policy_in_force_holds_for_it_too(
    aws: Ec2, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "require")
    status, _, err = run(capsys, "--region", "us-east-1")
    assert status == 2
    assert "endpoint_url.undeclared" in err or "not declared" in err, err
    assert aws.asked == []


def test_names_that_are_none_are_no_entries(capsys: pytest.CaptureFixture[str]) -> None:
    """As plain moto has them."""
    name = "vpce-b1d46f9ce0ce73f54-004209a7.com.amazonaws.us-east-1.kms"
    endpoints = file("e", document([interface("kms", DnsEntries=[{"DnsName": name}])]))
    status, out, _ = run(capsys, "--from-file", endpoints)
    assert status == 1
    assert "none of its DNS names is a VPC endpoint's" in out


def test_the_page_shows_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "discover-endpoints.md"
    text = page.read_text("utf-8")
    (given,) = re.findall(r"```json\n(.+?)```", text, re.DOTALL)
    (shown,) = re.findall(r"```toml\n(.+?)```", text, re.DOTALL)
    status, out, _ = run(capsys, "--from-file", file("endpoints.json", given.encode()))
    assert (status, out) == (0, shown)
