"""``endpoint-router audit --trail``: what the records that were read could never have shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from endpoint_router.cli.audit import run_audit
from endpoint_router.cli.main import make_parser
from endpoint_router.cli.output import BadInput
from endpoint_router.lab.network import Lab
from endpoint_router.router import World
from tests.audit.made import OURS, delivered, record
from tests.support.lab_client import REGION
from tests.support.moto_lab import ACCOUNT, forwarding_to, moto_lab

FIPS = f"cloudtrail-fips.{REGION}.amazonaws.com"
ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/example"
ADVANCED = [
    {
        "Name": "management but keys",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]},
        ],
    },
    {
        "Name": "objects",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        ],
    },
]


@pytest.fixture
def lab(moto: int) -> Iterator[Lab]:
    with moto_lab(moto) as lab:
        lab.host(FIPS, "52.94.0.40", answer=forwarding_to(moto))
        yield lab


@pytest.fixture
def owner(lab: Lab, moto: int) -> Any:
    """A client that passes neither the lab nor the policy."""
    where = {"region_name": REGION, "endpoint_url": f"http://127.0.0.1:{moto}"}
    Session().create_client("s3", **where).create_bucket(Bucket="example-trail")
    client: Any = Session().create_client("cloudtrail", **where)
    client.create_trail(
        Name="example",
        S3BucketName="example-trail",
        S3KeyPrefix="logs",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    client.put_event_selectors(TrailName="example", AdvancedEventSelectors=ADVANCED)
    client.start_logging(Name="example")
    return client


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text('version = 1\ndefaults.fips = "require"\n')
    return path


@pytest.fixture
def audit(
    tmp_path: Path,
    policy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str]]:
    """Runs the command on one file, with a lab for a network; its status, and what it said."""
    log = delivered(tmp_path / "trail", record(1, vpcEndpointId=OURS))
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.chdir(tmp_path)

    def run(lab: Lab | None, *arguments: str | Path) -> tuple[int, str]:
        if lab is not None:
            monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
            dns = f'dns = {{ servers = ["{lab.dns_server}"], timeout = 15.0 }}\n'
            policy.write_text(f'version = 1\n{dns}defaults.fips = "require"\n')
        given = ["audit", str(log), "--policy", str(policy), *map(str, arguments)]
        try:
            status = run_audit(make_parser().parse_args(given), world=World(dialler=lab))
        except (BadInput, BotoCoreError) as error:
            return 2, str(error)
        return status, capsys.readouterr().out

    return run


Audit = Callable[..., tuple[int, str]]


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", ["example", ARN])
def test_what_aws_says_of_a_trail(lab: Lab, owner: Any, audit: Audit, name: str) -> None:
    status, text = audit(lab, "--trail", name, "--json")
    assert json.loads(text)["trails"] == [
        {
            "name": ARN,
            "recorded": [
                {
                    "category": "Data",
                    "what": "AWS::S3::Object",
                    "reads": True,
                    "writes": True,
                    "excluded": [],
                    "only": [],
                },
                {
                    "category": "Management",
                    "what": "",
                    "reads": True,
                    "writes": True,
                    "excluded": ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
                    "only": [],
                },
            ],
            "bucket": "s3://example-trail/logs/",
            "home_region": REGION,
            "all_regions": True,
            "organization": False,
            "global_services": True,
            "validated": True,
            "logs_now": True,
        }
    ]
    assert status == 0
    # By the policy: nowhere but at the FIPS host.
    assert {seen.host for seen in lab.seen} == {FIPS}
    assert len(lab.seen) == 3


def test_it_is_said_in_words_and_changes_no_verdict(lab: Lab, owner: Any, audit: Audit) -> None:
    owner.stop_logging(Name="example")
    status, text = audit(lab, "--trail", "example")
    assert status == 0
    assert text.startswith("COMPLIES")
    # But for names, which stay whole.
    assert max(len(line) for line in text.splitlines() if "/" not in line) <= 80
    assert words(
        f"""trail {ARN}
        of one account, all regions, with digests, DOES NOT LOG NOW
        records management events; data events of S3 Object
        not recorded: management events of kms, rdsdata;
        data events of Lambda Function, DynamoDB Table, SQS Queue, SNS Topic, ...;
        network activity"""
    ) in words(text)
    _, page = audit(lab, "--trail", "example", "--html")
    assert "DOES NOT LOG NOW" in page
    assert "management events of kms, rdsdata" in page


def test_no_such_trail(lab: Lab, owner: Any, audit: Audit) -> None:
    status, text = audit(lab, "--trail", "another")
    expected = (
        f"--trail another: not in {REGION}: give its ARN, or set AWS_DEFAULT_REGION to its home"
        " region"
    )
    assert (status, text) == (2, expected)


def test_no_region(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", REGION)
    status, text = audit(None, "--trail", "example")
    assert status == 2
    assert text.endswith("Set AWS_DEFAULT_REGION (boto3 does not read AWS_REGION)")


def test_the_policy_may_refuse_to_ask(audit: Audit, policy: Path) -> None:
    policy.write_text('version = 1\ndefaults.allowed_regions = ["us-gov-*"]\n')
    status, text = audit(None, "--trail", "example")
    assert status == 2
    assert "cloudtrail.GetTrail to" in text
    assert "refused [region.not_allowed]" in text


def test_a_file_asks_nobody(audit: Audit, tmp_path: Path) -> None:
    (tmp_path / "selectors").write_text(
        json.dumps({"TrailARN": ARN, "AdvancedEventSelectors": ADVANCED})
    )
    status, text = audit(None, "--trail", "selectors", "--json")
    ((trail,), verdicts) = (json.loads(text)[key] for key in ("trails", "verdicts"))
    assert (status, verdicts["complies"]) == (0, 1)
    assert (trail["name"], len(trail["recorded"]), trail["logs_now"]) == (ARN, 2, None)
    _, text = audit(None, "--trail", "selectors")
    assert "its selectors, from a file" in text


@pytest.mark.parametrize("name", ["missing.json", "no/such/file", "broken"])
def test_what_is_no_such_file(audit: Audit, tmp_path: Path, name: str) -> None:
    (tmp_path / "broken").write_text('{"Trail": {}}')
    status, text = audit(None, "--trail", name)
    assert status == 2
    assert text.startswith(f"--trail: {name}: ")
    assert text.endswith("or a file of `aws cloudtrail get-event-selectors`")
