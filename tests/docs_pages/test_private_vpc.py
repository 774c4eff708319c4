"""A VPC without NAT: the tutorial's steps, one after the other, before and after its endpoints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from endpoint_router.cli import main as command_line
from endpoint_router.lab import Addresses
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import load
from tests.docs_pages.pages import ROOT, example, examples, rows
from tests.support import hcl, namespace
from tests.support.namespace import needs_namespaces, run_isolated

__all__ = ["needs_namespaces"]

PAGE = "tutorial/private-vpc"
HOSTS = [f"{label}.us-east-1.amazonaws.com" for label in ("sts", "kms", "dynamodb", "logs")]
BUCKETS = ("*.s3.us-east-1.amazonaws.com", "*.s3.amazonaws.com", "s3.us-east-1.amazonaws.com")
VPCE = "vpce-0123456789abcdef0-abcdefgh.dynamodb.us-east-1.vpce.amazonaws.com"


class Ran(NamedTuple):
    status: int
    out: str
    err: str
    seen: list[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the reader has written by step 5."""
    watch, enforce = (one.text for one in examples(PAGE, "toml"))
    (tmp_path / "app.py").write_text(example(PAGE, "python"))
    (tmp_path / "report.toml").write_text(watch)
    (tmp_path / "enforce.toml").write_text(enforce)
    return tmp_path


def command(text: str) -> list[str]:
    """One line of the page, for this machine."""
    words = shlex.split(text.removeprefix("$ "))
    assert words[0] == "endpoint-router"
    words = [sys.executable if word == "python" else word for word in words]
    return [sys.executable, "-m", "endpoint_router", *words[1:]]


def line(beginning: str, nth: int = 0) -> list[str]:
    every = [
        line
        for one in examples(PAGE)
        if one.language in ("sh", "console")
        for line in one.text.splitlines()
        if line.removeprefix("$ ").startswith(beginning)
    ]
    return command(every[nth])


def _live(words: list[str], folder: str, environ: dict[str, str], private: list[str]) -> Ran:
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        for name in (*HOSTS, *BUCKETS):
            lab.host(name, "10.20.0.10" if name in private else "52.94.0.10")
        if VPCE in private:
            lab.host(VPCE, "10.20.0.11")
        done = subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_CA_BUNDLE": lab.ca_bundle,
                 "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "us-east-1",
                 "ENDPOINT_ROUTER_DNS_TIMEOUT": "60", **environ},
            capture_output=True,
            text=True,
            timeout=300,
        )  # fmt: skip
        seen = [f"{one.host} {one.address}" for one in lab.seen]
        return Ran(done.returncode, done.stdout, done.stderr, seen)


def live(words: list[str], folder: Path, private: list[str], **environ: str) -> Ran:
    return run_isolated(_live, words, str(folder), environ, private, timeout=400)


AFTER = [*(host for host in HOSTS if "dynamodb" not in host), VPCE]


def test_first_it_watches_and_the_plan_names_what_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (exported,) = (one.text for one in examples(PAGE, "sh") if "=report.toml" in one.text)
    environ = dict(re.findall(r"^export (\w+)=(\S+)$", exported, re.MULTILINE))
    ran = live(line("endpoint-router run"), folder, [], **environ)
    assert (ran.status, ran.out, len(ran.seen)) == (0, "111122223333\n", 5), ran.err
    (folder / "enforce.toml").unlink()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    assert command_line.main(line("endpoint-router plan")[3:]) == 1
    shown = example(PAGE, "console").partition("\n")[2]
    printed = re.sub(r"\d{4}-\d\d-\d\d", "2026-11-22", capsys.readouterr().out)
    assert re.sub(r", from \S+", ", from ip-10-20-3-7", printed) == shown
    written = hcl.blocks((folder / "endpoints.tf").read_text())
    named = {key[2] for key in written if key[:2] == ("resource", "aws_vpc_endpoint")}
    assert named == {"sts", "kms", "dynamodb", "logs"}
    (folder / "page.toml").write_text(examples(PAGE, "toml")[1].text)
    # The last step's policy, but for what it says is to be added.
    ours = load(folder / "enforce.toml", environ={}, system_policy="").policy
    theirs = load(folder / "page.toml", environ={}, system_policy="")
    assert ours.defaults == theirs.policy.defaults


def test_the_endpoints_are_terraform() -> None:
    written = hcl.blocks(example(PAGE, "hcl"))
    gateway = written["resource", "aws_vpc_endpoint", "s3"]
    assert gateway["service_name"] == '"com.amazonaws.us-east-1.s3"'
    assert gateway["vpc_endpoint_type"] == '"Gateway"'
    vpc = written["resource", "aws_vpc", "this"]
    assert (vpc["enable_dns_support"], vpc["enable_dns_hostnames"]) == ("true", "true")


def test_in_the_end_all_goes_to_endpoints(folder: Path) -> None:
    run = line("endpoint-router run", 1)
    ran = live(run, folder, AFTER, ENDPOINT_ROUTER_POLICY="enforce.toml")
    assert (ran.status, ran.out) == (0, "111122223333\n"), ran.err
    assert {seen for seen in ran.seen if " 10.20." in seen} == {
        *(f"{host} 10.20.0.10" for host in AFTER if host != VPCE),
        f"{VPCE} 10.20.0.11",
    }
    # The gateway's addresses are public.
    assert [seen for seen in ran.seen if " 10.20." not in seen] == [
        "orders-archive.s3.us-east-1.amazonaws.com 52.94.0.10"
    ]


def test_a_missing_endpoint_is_refused_at_once(folder: Path) -> None:
    run = line("endpoint-router run", 1)
    without = [host for host in AFTER if not host.startswith("kms")]
    ran = live(run, folder, without, ENDPOINT_ROUTER_POLICY="enforce.toml")
    assert ran.status == 1
    assert "private.public_address" in ran.err
    assert not any(seen.startswith("kms") for seen in ran.seen)


@pytest.mark.parametrize("missing", ["", "kms"])
def test_explain_answers_for_the_calls(
    missing: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of one missing endpoint it tells, and of no host that the program does not call."""
    private = [host for host in AFTER if not missing or not host.startswith(missing)]
    public = [host for host in (*HOSTS, *BUCKETS) if host not in private]
    zone = HostedZone(
        {
            **{host: Addresses(("10.20.0.10",)) for host in private},
            **{host: Addresses(("52.94.0.10",)) for host in public},
        }
    )
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with DnsServer(zone) as server:
        monkeypatch.setenv("ENDPOINT_ROUTER_DNS_SERVERS", server.address)
        monkeypatch.setenv("ENDPOINT_ROUTER_DNS_TIMEOUT", "60")
        status = command_line.main(line("endpoint-router explain")[3:])
    shown = capsys.readouterr().out
    assert status == bool(missing), shown
    assert shown.count("private.public_address") == bool(missing)


def test_probe_answers_for_services(folder: Path) -> None:
    assert live(line("endpoint-router probe"), folder, AFTER).status == 0
    without = [host for host in AFTER if not host.startswith("kms")]
    ran = live(line("endpoint-router probe"), folder, without)
    assert ran.status == 1, ran.out + ran.err
    assert "private.public_address" in ran.out
    assert "kms" in ran.out


def test_services_of_other_software_are_named() -> None:
    cells = [cell for _, cell in rows(PAGE, "## 2. See what is missing")]
    named = {name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)}
    assert {"ecr.api", "ecr.dkr", "logs", "ssm", "ssmmessages"} <= named
