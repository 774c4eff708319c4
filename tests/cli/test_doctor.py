"""``endpoint-router doctor``: real processes, well and badly configured, with a DNS server."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore
import pytest

from endpoint_router.cli.doctor import _lines, doctor
from endpoint_router.cli.output import BadInput
from endpoint_router.cli.screen import Screen
from endpoint_router.doctor.checkup import CHECKS
from endpoint_router.doctor.finding import GROUPS, Finding
from endpoint_router.doctor.versions import numbers
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.values import Addresses

ROOT = Path(__file__).parents[2]
ON = "endpoint_router=endpoint_router.sdk.plugin"
HOST = "sts-fips.us-east-1.amazonaws.com"
RUN = [sys.executable, "-m", "endpoint_router", "run", "--"]
#: Whether this Python's cryptography is held to FIPS, nobody here can change.
AMBER_ANYHOW = {"cryptography.fips_provider", "activation.others"}


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    with DnsServer(HostedZone({HOST: Addresses(("10.0.0.1",))})) as server:
        yield server


class Ran:
    """What a process said."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def findings(self) -> Mapping[str, Mapping[str, Any]]:
        """By id."""
        assert self.err == ""
        return {each["id"]: each for each in json.loads(self.out)["findings"]}

    def not_green(self) -> dict[str, str]:
        """Colours by id."""
        return {
            name: each["colour"]
            for name, each in self.findings().items()
            if each["colour"] != "green" and name not in AMBER_ANYHOW
        }


def run(dns: DnsServer, *words: str, **environ: str) -> Ran:
    """The command, under FIPS with a DNS server that knows the host."""
    return plain(
        *words,
        **{
            "ENDPOINT_ROUTER_FIPS": "require",
            "ENDPOINT_ROUTER_DNS_SERVERS": dns.address,
            "ENDPOINT_ROUTER_DNS_TIMEOUT": "60",
            **environ,
        },
    )


def plain(*words: str, **environ: str) -> Ran:
    """The command in a process of its own; an empty variable is none."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
    return Ran(
        subprocess.run(
            [sys.executable, "-m", "endpoint_router", "doctor", *words],
            env={name: value for name, value in variables.items() if value},
            capture_output=True,
            text=True,
            timeout=300,
        )
    )


# --- here


def test_by_the_variable(dns: DnsServer) -> None:
    ran = run(dns, "--json", BOTOCORE_EXPERIMENTAL__PLUGINS=ON)
    findings = ran.findings()
    assert list(findings) == list(CHECKS)
    if numbers(botocore.__version__) < (1, 39, 9):
        assert "does not read" in findings["activation.switched_on"]["seen"]
        assert (ran.not_green()["activation.switched_on"], ran.status) == ("red", 1)
        return
    assert ran.not_green() == {"activation.nested": "amber"}
    assert ran.status == 0
    assert HOST in findings["names.resolvers"]["seen"]


def test_badly_configured(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'version = 1\n[defaults]\nprivate = "require"\n[dns]\nservers = ["127.0.0.1:9"]\n'
        f"[log]\ndecisions = '{tmp_path / 'missing' / 'log'}'\n"
        '[[vpc_endpoints]]\ndns_names = ["vpce-0123456789abcdef0-abcdefgh.kms.us-east-1'
        '.vpce.amazonaws.com"]\n'
    )
    ran = plain(
        "--json",
        ENDPOINT_ROUTER_POLICY=str(policy),
        HTTPS_PROXY="http://me:hunter2@proxy.example:3128",
        AWS_ENDPOINT_URL_KMS="http://me:hunter2@kms.example",
        AWS_PROFILE="nobody",
        BOTOCORE_EXPERIMENTAL__PLUGINS="endpoint_router.sdk.plugin",
    )
    assert ran.not_green() == {
        "activation.switched_on": "amber",
        "activation.early": "amber",
        "activation.nested": "amber",
        "names.resolvers": "red",
        "proxies.routed_hosts": "red",
        "overrides.configuration": "amber",
        "overrides.endpoint_urls": "amber",
        "log.target": "red",
    }
    assert ran.status == 1
    assert "hunter2" not in ran.out
    for finding in ran.findings().values():
        assert bool(finding["way_out"]) == (finding["colour"] != "green"), finding


@pytest.mark.skipif(not ssl.OPENSSL_VERSION.startswith("OpenSSL 3"), reason="its configuration")
def test_an_openssl_that_asks_for_a_fips_provider_which_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "openssl.cnf"
    file.write_text(
        "openssl_conf = init\n[init]\nproviders = providers\nalg_section = algorithms\n"
        "[providers]\ndefault = default\n[default]\nactivate = 1\n"
        "[algorithms]\ndefault_properties = fips=yes\n"
    )
    findings = plain("--json", OPENSSL_CONF=str(file)).findings()
    assert findings["cryptography.openssl"]["colour"] == "red"
    assert str(file) in findings["cryptography.openssl"]["way_out"]
    assert "MD5 refused" in findings["cryptography.fips_provider"]["seen"]
    assert "no client can be made" in findings["activation.switched_on"]["seen"]


def test_without_a_policy() -> None:
    ran = plain(COLUMNS="80", AWS_ACCESS_KEY_ID="AKIDEXAMPLE")
    assert (ran.status, ran.err) == (1, "")
    assert "\033[" not in ran.out
    assert re.search(r"^  red    in force: none", ran.out, re.M)
    assert "AKIDEXAMPLE" not in ran.out


def test_on_a_terminal_of_80_columns(dns: DnsServer) -> None:
    pty = pytest.importorskip("pty", reason="no terminals here")
    master, terminal = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "endpoint_router", "doctor"],
        env={**environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
        | {"ENDPOINT_ROUTER_FIPS": "require", "ENDPOINT_ROUTER_DNS_SERVERS": dns.address}
        | {"ENDPOINT_ROUTER_DNS_TIMEOUT": "60"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    said = b""
    try:
        while piece := os.read(master, 65536):
            said += piece
    except OSError:  # its end on Linux
        pass
    os.close(master)
    text = said.decode().replace("\r\n", "\n")
    assert process.wait(300) == 0, text
    assert "  \033[32mgreen\033[0m  in force: " in text
    assert "  \033[33mamber\033[0m  switched on: " in text
    bare = re.sub(r"\033\[\d+m", "", text)
    long = [line for line in bare.splitlines() if len(line) > 80]
    # What cannot be broken stands alone.
    assert [line for line in long if len(line.split()) > 2] == []
    assert {*GROUPS.values()} <= {*bare.splitlines()}
    assert bare.rstrip().splitlines()[-1].startswith("AMBER: see what is amber")


# --- in a program's own interpreter


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A program that leaves a trace where it is run."""
    file = tmp_path / "app.py"
    file.write_text(f"open({str(tmp_path / 'trace')!r}, 'w').close()\n")
    return file


def inside(
    capsys: pytest.CaptureFixture[str], dns: DnsServer, *words: object, **environ: str
) -> Ran:
    """What the command says of a program, in one process more than this."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "ENDPOINT_ROUTER_FIPS": "require"}
    variables |= {"ENDPOINT_ROUTER_DNS_SERVERS": dns.address}
    variables |= {"ENDPOINT_ROUTER_DNS_TIMEOUT": "60", **environ}
    command = ["--", *map(str, words)]
    status = doctor(command, as_json=True, environ=variables)
    return Ran(subprocess.CompletedProcess(command, status, *capsys.readouterr()))


def test_under_run(dns: DnsServer, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = inside(capsys, dns, *RUN, sys.executable, "-X", "dev", app)
    assert ran.not_green() == {}
    assert ran.status == 0
    assert not (app.parent / "trace").exists()
    answer = json.loads(ran.out)
    assert answer["program"][-1] == str(app)
    assert os.path.samefile(answer["python"], sys.executable)
    switched_on = ran.findings()["activation.switched_on"]["seen"]
    assert switched_on.startswith("by endpoint-router run")


def test_by_code(dns: DnsServer, app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app.write_text("import endpoint_router\nendpoint_router.install()\n")
    # Beside the program lies what it would import, and so is what is looked at.
    (app.parent / "urllib3.py").write_text("raise ImportError('of the program')\n")
    ran = inside(capsys, dns, sys.executable, app)
    assert "of the program" in ran.findings()["activation.importable"]["details"][0]
    ran = inside(capsys, dns, sys.executable, "-I", app)
    if "activation.importable" in ran.findings():
        pytest.skip("the package is not installed for a Python that reads no PYTHONPATH")
    assert ran.not_green() == {}
    assert f"{app}:2" in ran.findings()["activation.switched_on"]["seen"]


def test_a_hook_that_this_python_does_not_hear(
    dns: DnsServer, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = os.pathsep.join([str(ROOT / "endpoint_router" / "cli" / "site"), str(ROOT)])
    ran = inside(capsys, dns, sys.executable, "-I", app, PYTHONPATH=hook)
    if "activation.importable" in ran.findings():
        pytest.skip("the package is not installed for a Python that reads no PYTHONPATH")
    assert ran.status == 1
    switched_on = ran.findings()["activation.switched_on"]
    assert (switched_on["colour"], "-I" in switched_on["seen"]) == ("red", True)


def test_a_python_without_the_package(
    dns: DnsServer, app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = inside(capsys, dns, sys.executable, "-I", "-S", app)
    (finding,) = ran.findings().values()
    assert (finding["id"], finding["colour"]) == ("activation.importable", "red")
    assert "No module named" in finding["details"][0]
    assert ran.status == 1


@pytest.mark.skipif(os.name == "nt", reason="a script that begins with #!")
def test_what_does_not_start_is_told_in_a_line(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho tried >&2\necho it is broken >&2\nexit 3\n")
    python.chmod(0o755)
    said = f"^{re.escape(str(python))} ended with status 3: it is broken$"
    with pytest.raises(BadInput, match=said):
        doctor(["--", str(python), "-c", "pass"])


# --- as a person reads it


def test_lines() -> None:
    findings = (
        Finding("policy.in_force", "green", "a\x1b[2J"),
        Finding("log.target", "red", "b " * 60, "c " * 60, (f"sha256:{'0' * 64}", "d")),
    )
    lines = "\n".join(_lines(findings, Screen(), "python", [])).splitlines()
    assert max(map(len, lines)) <= 80
    assert r"  green  in force: a\x1b[2J" in lines
    assert "         - sha256:000000000000..." in lines
    assert lines[-3].startswith("RED: not protected (1 red, 1 green)")
    assert lines[-2].startswith("  log.target: b b")


def test_a_command_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="no such command: nope"):
        doctor(["--", "nope"])


def test_the_page_names_every_check() -> None:
    page = (ROOT / "docs" / "how-to" / "am-i-protected.md").read_text(encoding="utf-8")
    table = page.partition("## The checks")[2].partition("\n## ")[0]
    named = re.findall(rf"`((?:{'|'.join(GROUPS)})\.\w+)`", table)
    assert {*named} == {*CHECKS, "activation.importable"}
    assert len(named) == len({*named})
