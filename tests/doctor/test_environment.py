"""The policy in force, versions, proxies, the clock, and what this Python encrypts with."""

from __future__ import annotations

import configparser
import os
import re
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.doctor import clock, cryptography, policy, proxies, versions
from endpoint_router.doctor.routed_host import endpoint_name, public_host, region_of
from endpoint_router.policy.load import load
from endpoint_router.policy.loaded import LoadedPolicy

VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.eu-west-1.vpce.amazonaws.com"
STS = "sts.eu-west-1.amazonaws.com"


def loaded(**document: Any) -> LoadedPolicy:
    return load(document, environ={}, system_policy="")


# --- policy


@pytest.mark.parametrize(
    ("document", "colour"),
    [
        ({"defaults": {"fips": "require"}}, "green"),
        (
            {"mode": "report", "log": {"decisions": "stderr"}, "defaults": {"fips": "require"}},
            "amber",
        ),
        ({"mode": "off", "defaults": {"fips": "require"}}, "red"),
        ({"rules": [{"services": ["kms"], "private": "require"}]}, "green"),
        ({"defaults": {"fips": "prefer"}}, "amber"),
        ({}, "amber"),
    ],
)
def test_which_policy_protects(document: dict[str, Any], colour: str) -> None:
    seen = policy.summed_up(loaded(**document))
    assert policy.CHECKS["policy.in_force"](seen).colour == colour


def test_the_policy_of_an_environment(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        'version = 1\nlocked = true\n[defaults]\nfips = "require"\n'
        '[[vpc_endpoints]]\ntype = "gateway"\nservice = "s3"\nregion = "eu-west-1"\n'
    )
    environ = {"ENDPOINT_ROUTER_POLICY": str(file)}
    found, seen = policy.look(Session(), environ, system_policy="")
    assert found is not None
    assert (seen.sources, seen.digest) == ((f"file {file}",), found.digest())
    assert seen.locked_by == f"file {file}:2"
    assert (seen.demands, seen.endpoints, seen.wants_fips) == (("fips = require",), 1, True)
    assert "gateway" in policy.CHECKS["policy.warnings"](seen).details[0]
    assert policy.CHECKS["policy.lock"](seen).colour == "green"


def test_the_machines_own_policy(tmp_path: Path) -> None:
    file = tmp_path / "system.toml"
    file.write_text('version = 1\n[defaults]\nfips = "require"\n')
    _, seen = policy.look(Session(), {}, system_policy=str(file))
    judged = [check(seen).colour for check in policy.CHECKS.values()]
    assert judged == ["green", "green", "amber", "green"]
    _, seen = policy.look(Session(), {}, system_policy=str(tmp_path / "none.toml"))
    assert policy.CHECKS["policy.in_force"](seen).colour == "red"
    assert str(tmp_path / "none.toml") in policy.CHECKS["policy.system"](seen).seen


def test_a_broken_policy_tells_the_place(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('version = 1\n[defaults]\nfips = "reqiure"\n')
    found, seen = policy.look(Session(), {"ENDPOINT_ROUTER_POLICY": str(file)}, system_policy="")
    judged = policy.CHECKS["policy.in_force"](seen)
    assert (found, judged.colour) == (None, "red")
    assert f"{file}:3" in judged.seen
    assert {check(seen).colour for check in policy.CHECKS.values()} == {"red", "green"}


def test_botocores_own_setting_is_a_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    _, seen = policy.look(Session(), os.environ, system_policy="")
    assert policy.CHECKS["policy.in_force"](seen).colour == "green"
    assert "botocore's own setting" in seen.demands[0]


# --- versions


def test_the_versions_here() -> None:
    seen = versions.look()
    assert seen.python == tuple(sys.version_info[:3])
    assert {*seen.oldest} <= {*seen.installed}
    assert seen.oldest["botocore"] == "1.31.0"
    assert versions.CHECKS["versions.packages"](seen).colour == "green"


@pytest.mark.parametrize(
    ("name", "changes", "colour"),
    [
        ("packages", {"botocore": "1.30.9"}, "red"),
        ("packages", {"botocore": "1.31.0"}, "green"),
        ("packages", {"botocore": "1.30.9", "urllib3": "1.25"}, "red"),
        ("boto3", {"boto3": "1.2", "botocore": "1.39.9"}, "amber"),
        ("boto3", {"boto3": "1.2", "botocore": "1.41"}, "amber"),
        ("boto3", {"boto3": "1.2", "botocore": "1.40.2rc1"}, "green"),
        ("aiobotocore", {"aiobotocore": "2.15.1"}, "red"),
        ("aiobotocore", {"aiobotocore": "2.15.2"}, "green"),
        ("aiobotocore", {"aiobotocore": "3.10.4"}, "green"),
        ("aiobotocore", {"aiobotocore": "3.11.0"}, "amber"),
        ("awscrt", {}, "green"),
    ],
)
def test_versions(name: str, changes: dict[str, str], colour: str) -> None:
    oldest = {"botocore": "1.31.0", "urllib3": "1.26.16"}
    installed = {"botocore": "1.44.0", "urllib3": "2.0", **changes}
    seen = versions.SeenVersions(
        (3, 12, 1), "CPython", "python", installed, oldest, "", boto3_wants="<1.41,>=1.40.0"
    )
    judged = versions.CHECKS[f"versions.{name}"](seen)
    assert judged.colour == colour
    assert bool(judged.way_out) == (colour != "green")


@pytest.mark.parametrize(
    ("python", "implementation", "colour"),
    [
        ((3, 9, 9), "CPython", "red"),
        ((3, 14, 2), "CPython", "green"),
        ((3, 15, 0), "CPython", "amber"),
        ((3, 11, 9), "PyPy", "amber"),
    ],
)
def test_pythons(python: tuple[int, ...], implementation: str, colour: str) -> None:
    seen = versions.SeenVersions(python, implementation, "python", {}, {}, "")
    assert versions.CHECKS["versions.python"](seen).colour == colour


def test_what_is_supported_is_what_is_tested() -> None:
    root = Path(__file__).parents[2]
    tox, setup = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    tox.read(root / "tox.ini")
    setup.read(root / "setup.cfg")
    oldest, newest = versions.AIOBOTOCORE
    environment = next(tox[name]["deps"] for name in tox.sections() if ":async-" in name)
    assert f"oldest: aiobotocore=={'.'.join(map(str, oldest))}\n" in environment
    assert f">={'.'.join(map(str, newest))}" in environment
    stated = re.findall(r"Python :: (3\.\d+)", setup["metadata"]["classifiers"])
    assert [stated[0], stated[-1]] == [".".join(map(str, each)) for each in versions.PYTHONS]


# --- proxies


@pytest.mark.parametrize(
    ("private", "no_proxy", "colour"),
    [
        ("require", "", "red"),
        ("prefer", "", "amber"),
        ("require", ".vpce.amazonaws.com", "amber"),
        ("require", "kms.eu-west-1.amazonaws.com", "amber"),
        ("require", "*", "green"),
        ("prefer", ".vpce.amazonaws.com", "green"),
    ],
)
def test_proxies(monkeypatch: pytest.MonkeyPatch, private: str, no_proxy: str, colour: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy.example:3128")
    if no_proxy:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    declared = loaded(defaults={"private": private}, vpc_endpoints=[{"dns_names": [VPCE]}])
    seen = proxies.look(declared, STS)
    judged = proxies.CHECKS["proxies.routed_hosts"](seen)
    assert judged.colour == colour, judged
    assert "secret" not in repr(judged)
    assert (VPCE in judged.way_out) == (not no_proxy)
    assert "HTTPS_PROXY=http://proxy.example:3128" in seen.variables


def test_no_proxy() -> None:
    assert proxies.CHECKS["proxies.routed_hosts"](proxies.look(loaded(), STS)).seen == "none"


# --- the host that is asked for


@pytest.mark.parametrize(
    ("region", "fips", "host"),
    [
        ("eu-west-1", False, STS),
        ("us-gov-west-1", True, "sts.us-gov-west-1.amazonaws.com"),
        ("us-east-1", True, "sts-fips.us-east-1.amazonaws.com"),
        ("", False, "sts.us-east-1.amazonaws.com"),
        ("cn-north-1", False, "sts.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_public_host(region: str, fips: bool, host: str) -> None:
    assert public_host(loaded(), region, fips=fips) == host


def test_the_name_of_an_endpoint() -> None:
    s3 = f"*.{VPCE.replace('kms', 's3').replace('eu-west', 'us-east')}"
    declared = loaded(vpc_endpoints=[{"dns_names": [s3]}, {"dns_names": [VPCE]}])
    assert endpoint_name(declared, "eu-west-1") == VPCE
    assert endpoint_name(declared, "us-east-1").endswith(s3.removeprefix("*"))
    assert "*" not in endpoint_name(declared, "us-east-1")
    assert endpoint_name(declared, "us-west-2") == ""
    assert endpoint_name(declared, "") != ""


def test_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert region_of(Session(), {}) == ""
    assert region_of(Session(), {"AWS_REGION": "eu-west-1"}) == "eu-west-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert region_of(Session(), {"AWS_REGION": "eu-west-1"}) == "eu-west-2"


# --- clock


@pytest.mark.parametrize(
    ("now", "colour"),
    [(0.0, "red"), (1.9e9, "green"), (1.8e9, "red"), (9e9, "red")],
)
def test_the_clock(tmp_path: Path, now: float, colour: str) -> None:
    file = tmp_path / "installed"
    file.write_text("")
    os.utime(file, (1.9e9, 1.9e9))
    for is_kept in (True, False, None):
        seen = clock.look(lambda: now, str(file), lambda kept=is_kept: kept)  # type: ignore[misc]
        assert clock.CHECKS["clock.plausible"](seen).colour == colour


def test_this_machines_clock() -> None:
    seen = clock.look()
    assert clock.CHECKS["clock.plausible"](seen).colour == "green"
    assert seen.is_kept in (True, False, None)
    assert clock.look(file="/nowhere").installed.year == 1970


# --- cryptography


def test_this_pythons_cryptography(tmp_path: Path) -> None:
    kernel = tmp_path / "fips_enabled"
    kernel.write_text("1\n")
    seen = cryptography.look({"OPENSSL_CONF": "/x.cnf"}, kernel=str(kernel))
    assert (seen.openssl, seen.kernel_fips) == (ssl.OPENSSL_VERSION, True)
    assert {*seen.minimum_tls} == {"Python's default", "botocore's"}
    assert "/x.cnf" in cryptography.CHECKS["cryptography.openssl"](seen).seen


@pytest.mark.parametrize(
    ("properties", "refuses", "wants", "colour"),
    [
        (True, True, True, "green"),
        (None, True, True, "green"),
        (False, True, True, "amber"),
        (False, False, True, "amber"),
        (False, False, False, "green"),
    ],
)
def test_fips(properties: bool | None, refuses: bool, wants: bool, colour: str) -> None:
    seen = cryptography.SeenCryptography("OpenSSL", properties, refuses, None, "", {}, wants)
    judged = cryptography.CHECKS["cryptography.fips_provider"](seen)
    assert judged.colour == colour
    assert ("validated" in judged.way_out) == (colour == "amber")


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("TLSv1_2", "green"),
        ("TLSv1_3", "green"),
        ("TLSv1", "amber"),
        ("MINIMUM_SUPPORTED", "amber"),
    ],
)
def test_tls(name: str, colour: str) -> None:
    seen = replace(cryptography.look({}), minimum_tls={"botocore's": name})
    assert cryptography.CHECKS["cryptography.minimum_tls"](seen).colour == colour
