"""A bucket of CloudTrail's files in moto, behind a VPC endpoint, and the command that audits it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from endpoint_router.audit.bucket import Bucket, client_of
from endpoint_router.cli.audit import run_audit
from endpoint_router.cli.main import make_parser
from endpoint_router.cli.output import BadInput
from endpoint_router.lab.network import Lab
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from tests.audit.made import ACCOUNT, delivered
from tests.support.lab_client import REGION
from tests.support.moto_lab import VPCE_S3, moto_lab

BUCKET = "example-trail"
TRAIL = f"AWSLogs/{ACCOUNT}/CloudTrail/us-gov-west-1"
DAYS = ("--from", "2026-11-19", "--to", "2026-11-20")
JUDGED = """
[[vpc_endpoints]]
type = "interface"
dns_names = ["vpce-0123456789abcdef0-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"]
"""


@pytest.fixture
def lab(moto: int) -> Iterator[Lab]:
    with moto_lab(moto) as lab:
        yield lab


@pytest.fixture
def owner(lab: Lab, moto: int) -> Any:
    """A client that passes neither the lab nor the policy, and an empty bucket."""
    client = Session().create_client("s3", REGION, endpoint_url=f"http://127.0.0.1:{moto}")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def put(owner: Any, tmp_path: Path) -> Callable[..., str]:
    """Delivers as CloudTrail does; the key."""

    def deliver(*records: dict[str, Any], below: str = "", **how: Any) -> str:
        path = delivered(tmp_path, *records, **how)
        key = below + path.relative_to(tmp_path).as_posix()
        owner.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
        return key

    return deliver


@pytest.fixture
def policy(lab: Lab, tmp_path: Path) -> Path:
    """What is to be reached through the endpoint, and nowhere else."""
    path = tmp_path / "policy.toml"
    path.write_text(
        f"""\
version = 1
defaults.private = "require"
dns = {{ servers = ["{lab.dns_server}"], timeout = 15.0 }}

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_S3}"]
{JUDGED}"""
    )
    return path


@pytest.fixture
def audit(
    lab: Lab, policy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the command with the lab for a network; its status, and its report or its error."""
    monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    temporary = policy.with_name("temporary")
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def run(*arguments: str | Path) -> tuple[int, str]:
        options = make_parser().parse_args(["audit", "--policy", str(policy), *map(str, arguments)])
        try:
            status = run_audit(options, world=World(dialler=lab))
        except (BadInput, BotoCoreError) as error:
            return 2, str(error)
        finally:
            left = list(temporary.iterdir())
        assert left == []
        return status, capsys.readouterr().out

    return run


def store(lab: Lab, policy: Path) -> Bucket:
    """The bucket as the command has it."""
    session = Session()
    Installation(str(policy), world=World(dialler=lab)).claim(session)
    return Bucket(client_of(session))


Audit = Callable[..., tuple[int, str]]
Put = Callable[..., str]
