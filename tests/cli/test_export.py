"""``endpoint-router export``: what it writes is read by those for whom it is written.

botocore itself reads the settings, and its calls come out where the routed ones do.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from botocore.session import Session

from endpoint_router.cli.main import main, make_parser
from endpoint_router.export.writing import Format
from endpoint_router.lab import Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.probe import hosts_file
from tests.support import namespace
from tests.support.hcl import blocks, unquote
from tests.support.lab_client import KMS_FIPS_VPCE, KMS_VPCE, policy_for, session_for
from tests.support.wire import OnTheWire, call

REGION = "us-east-1"
ID = "vpce-0123456789abcdef2-abcdefgh"
KMS_FIPS_ENDPOINT = {"type": "interface", "dns_names": [KMS_FIPS_VPCE]}
KMS_ENDPOINT = {"type": "interface", "dns_names": [KMS_VPCE]}


def interface(service: str, **more: Any) -> dict[str, Any]:
    """The declaration of an endpoint by its own name."""
    return {
        "type": "interface",
        "dns_names": [f"{ID}.{service}.{REGION}.vpce.amazonaws.com"],
        **more,
    }


S3 = interface("s3", dns_names=[f"*.{ID}.s3.{REGION}.vpce.amazonaws.com"])
STATES = interface("states")

#: Settings, and the services whose calls they lead.
CARRIED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "FIPS for all": ({"defaults": {"fips": "require"}}, ("kms", "sqs", "sts", "dynamodb")),
    "FIPS for one": (
        {"rules": [{"services": ["kms"], "fips": "require"}]},
        ("kms", "sqs"),
    ),
    "dual-stack": ({"defaults": {"dual_stack": "require"}}, ("kms", "sqs")),
    "an endpoint": ({"vpc_endpoints": [KMS_ENDPOINT]}, ("kms", "sqs")),
    "private": ({"rules": [{"services": ["kms", "stepfunctions", "s3"], "private": "require"}],
                 "vpc_endpoints": [KMS_ENDPOINT, STATES, S3]}, ("kms", "stepfunctions")),
    "both": (
        {
            "defaults": {"fips": "require"},
            "vpc_endpoints": [KMS_ENDPOINT, KMS_FIPS_ENDPOINT],
        },
        ("kms", "sts"),
    ),
}  # fmt: skip


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        for last, name in enumerate(
            (KMS_VPCE, KMS_FIPS_VPCE, f"{ID}.states.{REGION}.vpce.amazonaws.com"), 10
        ):
            lab.host(name, f"10.20.0.{last}")
        for label in ("bucket", "accesspoint", "control"):
            lab.host(f"{label}.{ID}.s3.{REGION}.vpce.amazonaws.com", "10.20.0.20")
        yield lab


Export = Callable[..., tuple[int, str]]


@pytest.fixture
def export(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Export:
    """Status and text of the command, with a policy file for the lab."""

    def run(form: str, policy: dict[str, Any], regions: Iterable[str] = (REGION,)) -> Any:
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"version": 1, **policy_for(lab, policy)}))
        chosen = [part for region in regions for part in ("--region", region)]
        status = main(["export", "--format", form, "--policy", str(file), *chosen])
        return status, capsys.readouterr().out

    return run


def variables(text: str) -> dict[str, str]:
    """As ``docker --env-file`` reads them."""
    return dict(line.split("=", 1) for line in text.splitlines() if not line.startswith("#"))


def plain(monkeypatch: pytest.MonkeyPatch, form: str, text: str, file: Path) -> Session:
    """A session of plain botocore's that has been given the export."""
    if form == "env":
        for name, value in variables(text).items():
            monkeypatch.setenv(name, value)
    else:
        file.write_text(text)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    return Session()


def routed(lab: Lab, policy: dict[str, Any], service: str) -> OnTheWire:
    return call(session_for(lab, policy), service, REGION)


@pytest.mark.parametrize("form", ["aws-config", "env"])
@pytest.mark.parametrize("name", CARRIED)
def test_botocore_reads_it_and_goes_where_the_router_goes(
    lab: Lab,
    export: Export,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    form: str,
    name: str,
) -> None:
    policy, services = CARRIED[name]
    wanted = {service: routed(lab, policy, service) for service in services}
    _, text = export(form, policy)
    session = plain(monkeypatch, form, text, tmp_path / "config")
    # The region is the file's.
    assert {service: call(session, service, None) for service in services} == wanted


def test_without_the_file_botocore_goes_elsewhere(lab: Lab) -> None:
    """Otherwise the test above could not fail."""
    policy, _ = CARRIED["both"]
    assert call(Session(), "kms", REGION).host != routed(lab, policy, "kms").host == KMS_FIPS_VPCE


def test_s3_finds_its_bucket_in_the_path_at_the_endpoint(
    lab: Lab, export: Export, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy, _ = CARRIED["private"]
    status, text = export("aws-config", policy)
    session = plain(monkeypatch, "aws-config", text, tmp_path / "config")
    assert call(session, "s3", None).host == f"bucket.{ID}.s3.{REGION}.vpce.amazonaws.com"
    assert status == 1
    # An older botocore has no directory buckets.
    assert re.search(r"not carried: s3: (\w+, )?WriteGetObjectResponse: with a URL", text)


def test_two_regions_are_two_profiles(
    export: Export, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = {"defaults": {"fips": "require"}, "vpc_endpoints": [KMS_FIPS_ENDPOINT]}
    _, text = export("aws-config", policy, (REGION, "us-gov-west-1"))
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}
    hosts = [
        call(Session(profile=region), "kms", None, **keys).host
        for region in (REGION, "us-gov-west-1")
    ]
    assert hosts == [KMS_FIPS_VPCE, "kms-fips.us-gov-west-1.amazonaws.com"]


# --- what may not be written


WAIVER = {"services": ["kms"], "fips": "off", "reason": "SEC-1", "expires": "2999-12-31"}

LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "a waiver": (
        {"defaults": {"fips": "require"}, "rules": [WAIVER]},
        "rules[0]: its waiver of fips for kms is left out, until 2999-12-31",
    ),
    "an endpoint that a waiver lets in": (
        {
            "defaults": {"fips": "require"},
            "rules": [WAIVER],
            "vpc_endpoints": [KMS_ENDPOINT],
        },
        f"kms: https://{KMS_VPCE} is not FIPS, and the waiver of rules[0] is left out",
    ),
    "an endpoint without FIPS": (
        {"defaults": {"fips": "require", "private": "require"}, "vpc_endpoints": [KMS_ENDPOINT]},
        'private = "require": nothing here refuses a host that is not private',
    ),
    "one operation": (
        {"rules": [{"services": ["kms"], "operations": ["Encrypt"], "fips": "require"}]},
        "kms: the policy tells its operations apart, a URL holds for all of them",
    ),
    "by address": (
        {"vpc_endpoints": [{**KMS_ENDPOINT, "connect": "address"}]},
        'kms: vpc_endpoints[0] has connect = "address", which no URL says',
    ),
    "regions": ({"defaults": {"allowed_regions": ["us-*"]}}, "allowed_regions: nothing here"),
    "fall-back": ({"defaults": {"fips": "prefer"}}, 'fips = "prefer": there is no fall-back'),
    "a mode": ({"mode": "report", "defaults": {"fips": "require"}}, 'mode = "report": other'),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_cannot_be_held_is_named_and_not_written(export: Export, name: str) -> None:
    policy, why = LEFT_OUT[name]
    status, text = export("env", policy)
    assert status == 1
    assert f"# not carried: {why}" in text
    demanded = policy.get("defaults", {}).get("fips", "off")
    assert not any(known.startswith("AWS_ENDPOINT_URL") for known in variables(text))
    assert variables(text).get("AWS_USE_FIPS_ENDPOINT") == (None if demanded == "off" else "true")


def test_a_url_that_would_be_signed_otherwise_is_left_out(export: Export) -> None:
    """A service of one place in the world: botocore signs for the client's region instead."""
    policy = {"rules": [{"services": ["budgets"], "fips": "require"}]}
    status, text = export("env", policy, ("us-west-2",))
    assert status == 1
    assert "with a URL it is signed for budgets in us-west-2, and the policy wants" in text
    assert "AWS_ENDPOINT_URL_BUDGETS" not in variables(text)
    _, text = export("env", policy)
    # An older botocore has a region in it.
    assert variables(text)["AWS_ENDPOINT_URL_BUDGETS"].startswith("https://budgets-fips.")


def test_a_host_prefix_is_named(export: Export) -> None:
    _, text = export("env", {"vpc_endpoints": [STATES]})
    assert (
        variables(text)["AWS_ENDPOINT_URL_SFN"]
        == f"https://{ID}.states.{REGION}.vpce.amazonaws.com"
    )
    # An older botocore cannot test a state.
    assert re.search(
        r"stepfunctions: StartSyncExecution(, \w+)?: with a URL it goes to sync-vpce-", text
    )


def test_a_region_that_is_refused_gets_nothing(export: Export) -> None:
    policy = {"defaults": {"allowed_regions": ["eu-*"]}, "vpc_endpoints": [KMS_ENDPOINT]}
    status, text = export("env", policy)
    assert status == 1
    assert "kms: the policy refuses it (region.not_allowed), and nothing here does" in text
    assert "AWS_ENDPOINT_URL_KMS" not in text


def test_all_of_it_is_status_0(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = export("env", {"defaults": {"fips": "require"}})
    assert status == 0
    assert variables(text) == {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_USE_FIPS_ENDPOINT": "true",
    }


# --- bad input


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--format", "env", "--region", "mars"], "knows no partition of 'mars'"),
        (["--format", "env"], "which region?"),
        (["--format", "env", "--region", REGION, "--region", "us-west-2"], "give --region once"),
        (["--format", "env", "--region", REGION, "--policy", "/nowhere.toml"], "/nowhere.toml"),
    ],
    ids=["region", "no region", "two regions", "policy"],
)
def test_bad_input_is_status_2_and_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    why: str,
) -> None:
    monkeypatch.setenv("ENDPOINT_ROUTER_FIPS", "require")
    assert main(["export", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert why in captured.err
    assert captured.err.count("\n") == 1


def test_no_policy_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--format", "env", "--region", REGION]) == 2
    assert "there is no policy" in capsys.readouterr().err


# --- names


NAMES = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [KMS_ENDPOINT, S3, {**interface("sqs"), "connect": "address"}],
}


def test_hosts_lines_are_the_confirmed_addresses(lab: Lab, export: Export, tmp_path: Path) -> None:
    lab.host(f"{ID}.sqs.{REGION}.vpce.amazonaws.com", "52.94.0.10")
    status, text = export("hosts", NAMES)
    assert status == 1
    (tmp_path / "hosts").write_text(text)

    def known(host: str) -> tuple[str, ...]:
        return hosts_file.addresses(f"{host}.{REGION}.amazonaws.com", tmp_path / "hosts")

    assert known("kms") == ("10.20.0.10",)
    assert known("s3") == known("s3-control") == ("10.20.0.20",)
    assert known("sqs") == ()
    assert f"sqs.{REGION}.amazonaws.com: {ID}.sqs.{REGION}.vpce.amazonaws.com: public" in text
    assert f"*.s3.{REGION}.amazonaws.com: a hosts file has no wildcards" in text


def test_what_dns_does_not_tell_is_not_written(lab: Lab, export: Export) -> None:
    lab.zone.set(KMS_VPCE, Rcode("SERVFAIL"))
    status, text = export("hosts", {"vpc_endpoints": [KMS_ENDPOINT]})
    assert status == 1
    assert f"kms.{REGION}.amazonaws.com: {KMS_VPCE}: failed" in text
    assert "10.20" not in text


def test_an_endpoint_that_the_policy_does_not_use_gets_no_name(export: Export) -> None:
    policy = {"defaults": {"fips": "require"}, "vpc_endpoints": [KMS_ENDPOINT]}
    for form in ("hosts", "terraform-route53"):
        status, text = export(form, policy)
        assert status == 1
        assert "vpc_endpoints[0]: under the policy no call uses it" in text
        assert "kms" not in text.replace("vpc_endpoints", "").partition("no call uses it")[2]


def _address_in_a_namespace(hosts: str) -> str:
    with open("/etc/hosts", "w", encoding="utf-8") as file:
        file.write(hosts)
    return str(socket.getaddrinfo(f"kms.{REGION}.amazonaws.com", 443)[0][4][0])


def test_getaddrinfo_reads_the_lines(export: Export) -> None:
    namespace.require()
    _, text = export("hosts", NAMES)
    found = namespace.run_isolated(_address_in_a_namespace, text, hosts={"a.example": "10.20.0.12"})
    assert found == "10.20.0.10"


def test_zones_alias_each_name_to_its_endpoint(export: Export) -> None:
    status, text = export("terraform-route53", NAMES)
    assert status == 1
    found = blocks(text)
    assert ("data", "aws_vpc_endpoint", "vpce_0123456789abcdef0") in found
    names = set(re.findall(r'^  name    = "(.+)"$', text, re.MULTILINE))
    assert {f"kms.{REGION}.amazonaws.com", f"*.s3.{REGION}.amazonaws.com",
            f"sqs.{REGION}.amazonaws.com"} <= names  # fmt: skip
    for _, kind, name in found:
        if kind == "aws_route53_record":
            assert ("resource", "aws_route53_zone", name.removesuffix("_below")) in found
    kms = found["resource", "aws_route53_record", f"kms_{REGION.replace('-', '_')}_amazonaws_com"]
    assert unquote(kms["name"]) == KMS_VPCE  # of the alias, which stands last


@pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform on PATH")
def test_terraform_would_write_it_like_this(export: Export, tmp_path: Path) -> None:
    gov = {"type": "interface", "dns_names": [f"{ID}.kms.us-gov-west-1.vpce.amazonaws.com"]}
    policy = {**NAMES, "vpc_endpoints": [*NAMES["vpc_endpoints"], gov]}  # type: ignore[misc]
    _, text = export("terraform-route53", policy, (REGION, "us-gov-west-1"))
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", "-"],
        input=text,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_formats_are_those_that_can_be_written() -> None:
    """They stand twice: the parser imports nothing of the export."""
    (choices,) = (
        action.choices
        for action in make_parser().commands["export"]._actions
        if action.option_strings == ["--format"]
    )
    assert choices == get_args(Format)
