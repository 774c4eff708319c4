"""Programs in processes and a network of their own, and what the lab's servers saw of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.lab import Absent
from endpoint_router.lab.network import Lab
from endpoint_router.policy.load import SYSTEM_POLICY
from tests.support import namespace
from tests.support.lab_client import KMS, KMS_FIPS
from tests.support.namespace import run_isolated

ROOT = Path(__file__).parents[2]
STS_FIPS = "sts-fips.us-east-1.amazonaws.com"
APP = """
import botocore.session
session = botocore.session.Session()
for _ in range(2):
    client = session.create_client("kms", "us-east-1")
    try:
        print(client.list_keys()["Keys"][0]["KeyId"])
    except Exception as error:
        print(type(error).__name__, error)
"""


@dataclass(frozen=True)
class Ran:
    """What became of a program, and what the servers saw of it."""

    status: int
    out: str
    err: str
    seen: list[tuple[str, str]]


def _run(command: Sequence[str], environ: Mapping[str, str]) -> Ran:
    with Lab(dns=(namespace.NAMESERVER, 53), https=("::", 443), http=("::", 80)) as lab:
        lab.host(KMS, "52.94.0.10")
        lab.host(KMS_FIPS, "52.94.0.11")
        lab.host("sts.us-east-1.amazonaws.com", "52.94.0.12")
        lab.host("sts.amazonaws.com", "52.94.0.12")
        lab.host(STS_FIPS, "52.94.0.11")
        lab.zone.set("nothing.example", Absent())
        done = subprocess.run(
            [sys.executable, *command],
            env={
                **os.environ,
                "AWS_CA_BUNDLE": lab.ca_bundle,
                "AWS_MAX_ATTEMPTS": "1",
                "PYTHONPATH": str(ROOT),
                **environ,
            },
            capture_output=True,
            text=True,
            timeout=180,
        )
        seen = [(one.operation, one.host) for one in lab.seen]
        return Ran(done.returncode, done.stdout, done.stderr, seen)


def run(command: Sequence[Any], **environ: str) -> Ran:
    """Run Python with this command line in a network of its own."""
    return run_isolated(_run, [str(word) for word in command], environ, timeout=240)


def run_beneath(policy: str, scratch: Path, command: Sequence[Any], **environ: str) -> Ran:
    """:func:`run`, on a machine that has this *policy* of its own; *scratch* is an empty folder."""
    words = [str(word) for word in command]
    return run_isolated(_run_beneath, policy, scratch, words, environ, timeout=240)


def _run_beneath(
    policy: str, scratch: Path, command: Sequence[str], environ: Mapping[str, str]
) -> Ran:
    namespace.put_into_etc(SYSTEM_POLICY.removeprefix("/etc/"), policy, scratch)
    return _run(command, environ)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(APP)
    return file


TO_FIPS = [("ListKeys", KMS_FIPS)] * 2
