"""GovCloud from zero: the tutorial shows what the commands print, and where calls arrive."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from endpoint_router.cli import main as command_line
from endpoint_router.lab import Addresses
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.network import Lab
from tests.docs_pages.pages import ROOT, Example, example, examples
from tests.support import namespace
from tests.support.namespace import run_isolated

PAGE = "tutorial/govcloud-fips"
KMS, KMS_FIPS = (f"{name}.us-gov-west-1.amazonaws.com" for name in ("kms", "kms-fips"))
STS = "sts.us-gov-west-1.amazonaws.com"


@pytest.mark.parametrize("shown", examples(PAGE, "console"), ids=lambda shown: shown.text[:60])
def test_what_is_shown_is_printed(
    shown: Example,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "policy.toml").write_text(examples(PAGE, "toml")[0].text)
    command, _, printed = shown.text.partition("\n")
    with DnsServer(
        HostedZone({name: Addresses(("52.94.0.10",), 60) for name in (KMS_FIPS, STS)})
    ) as dns:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("ENDPOINT_ROUTER_DNS_SERVERS", dns.address)
        monkeypatch.setenv("ENDPOINT_ROUTER_DNS_TIMEOUT", "60")
        status = command_line.main(shlex.split(command)[2:])
    assert status == ("DENIED" in printed)
    assert capsys.readouterr().out == printed


def _live(folder: Path, environ: dict[str, str]) -> tuple[int, str, list[str], str]:
    lines = [line for line in example(PAGE, "sh", "jq").splitlines() if line]
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", "\n".join(lines), re.MULTILINE))
    (run,) = (shlex.split(line) for line in lines if line.startswith("endpoint-router run"))
    assert run[:4] == ["endpoint-router", "run", "--", "python"]
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443)) as lab:
        for name, address in ((KMS, "52.94.0.10"), (KMS_FIPS, "52.94.0.11"), (STS, "52.94.0.12")):
            lab.host(name, address)
        done = subprocess.run(
            [sys.executable, "-m", "endpoint_router", "run", "--", sys.executable, *run[4:]],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "AWS_CA_BUNDLE": lab.ca_bundle,
                 **exported, **environ},
            capture_output=True,
            text=True,
            timeout=300,
        )  # fmt: skip
        return done.returncode, done.stderr, [seen.host for seen in lab.seen], lines[-1]


def test_the_program_reaches_fips_hosts_in_spite_of_an_endpoint_url(tmp_path: Path) -> None:
    namespace.require()
    (tmp_path / "app.py").write_text(example(PAGE, "python"))
    (tmp_path / "policy.toml").write_text(examples(PAGE, "toml")[0].text)
    environ = {"AWS_ENDPOINT_URL_KMS": f"https://{KMS}"}
    assert f"AWS_ENDPOINT_URL_KMS={environ['AWS_ENDPOINT_URL_KMS']}" in (
        ROOT / "docs" / f"{PAGE}.md"
    ).read_text(encoding="utf-8")
    status, err, hosts, query = run_isolated(_live, tmp_path, environ, timeout=400)
    assert (status, hosts) == (0, [STS, KMS_FIPS]), err
    try:
        shown = subprocess.run(shlex.split(query), cwd=tmp_path, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no jq here")
    assert shown.stdout == example(PAGE, "text")
