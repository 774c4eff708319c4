"""``/etc/endpoint-router/policy.toml`` rules the calls of a process that says nothing itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from botocore.session import Session

import endpoint_router
from endpoint_router import PolicyError
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import SYSTEM_POLICY
from endpoint_router.sdk.activation.installation import Installation
from tests.support import namespace
from tests.support.installing import goes_to, kms, unrouted
from tests.support.lab_client import KMS

FIPS = "kms-fips.us-east-1.amazonaws.com"
HEAD = 'version = 1\n[dns]\nservers = ["127.0.0.1:1"]\n[defaults]\nfips = "require"\n'
LOCKED = HEAD.replace("[dns]", "locked = true\n[dns]")


def calls(text: str, environ: dict[str, str], scratch: Path) -> list[str]:
    """Where a call goes, or why it does not; first through install(), then through a profile."""
    if text:
        namespace.put_into_etc(SYSTEM_POLICY.removeprefix("/etc/"), text, scratch)
    os.environ.update(environ)
    told: list[str] = []
    for start in (endpoint_router.install, lambda: None):
        try:
            start()
            told.append(goes_to(kms(Session())))
        except PolicyError as error:
            told.append(error.code)
    return told


@pytest.mark.parametrize(
    ("text", "environ", "told"),
    [
        ("", {}, KMS),
        (HEAD, {}, FIPS),
        (HEAD, {"ENDPOINT_ROUTER_FIPS": "off"}, KMS),
        (LOCKED, {"ENDPOINT_ROUTER_POLICY": '{"version": 1}'}, FIPS),
        (LOCKED, {"ENDPOINT_ROUTER_FIPS": "off"}, "policy.locked"),
        (LOCKED, {"ENDPOINT_ROUTER_MODE": "off"}, "policy.locked"),
        ("version = 1\nmode = ", {"ENDPOINT_ROUTER_FIPS": "off"}, "policy.invalid"),
    ],
)
def test_no_environment_takes_it_away(
    text: str, environ: dict[str, str], told: str, tmp_path: Path
) -> None:
    namespace.require()
    assert namespace.run_isolated(calls, text, environ, tmp_path) == [told, told]


def test_broken_it_sends_nothing(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.symlink_to("nowhere")
    session = unrouted(lab)
    Installation(environ={}, system_policy=str(path))(session)
    with pytest.raises(PolicyError, match="No such file"):
        kms(session).list_keys()
    assert lab.seen == []
