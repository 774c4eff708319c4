"""What AWS says that it has, in place of names from a list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main
from endpoint_router.plan import policy
from endpoint_router.plan.available import Available, available
from endpoint_router.plan.findings import plan
from tests.plan.lines import REQUIRED, candidate, dump, line, read


def detail(service: str, *private: str, kind: str = "Interface") -> dict[str, Any]:
    """One of ``ServiceDetails``, as the EC2 API answers."""
    return {
        "ServiceName": f"com.amazonaws.us-east-1.{service}",
        "ServiceId": "vpce-svc-0",
        "ServiceType": [{"ServiceType": kind}],
        "Owner": "amazon",
        "PrivateDnsNames": [{"PrivateDnsName": name} for name in private],
    }


ANSWER = {
    "ServiceNames": ["com.amazonaws.us-east-1.kms-fips"],
    "ServiceDetails": [
        detail("kms-fips", "kms-fips.us-east-1.amazonaws.com"),
        detail("lambda", "lambda.us-east-1.amazonaws.com"),
        detail("dynamodb", kind="Gateway"),
        detail("dynamodb-fips"),
        detail("s3", kind="Gateway"),
        detail("s3", "s3.us-east-1.amazonaws.com", "*.s3.us-east-1.amazonaws.com"),
        detail("ecr-oddly-named", "api.ecr-fips.us-east-1.amazonaws.com"),
        detail("email-smtp"),
    ],
}


@pytest.fixture
def there() -> Available:
    return available(json.dumps(ANSWER).encode())


@pytest.mark.parametrize(
    ("host", "service", "private_dns"),
    [
        ("kms-fips.us-east-1.amazonaws.com", "kms-fips", True),
        ("*.s3.us-east-1.amazonaws.com", "s3", True),
        ("a.b.s3.us-east-1.amazonaws.com", "s3", True),
        ("s3.us-east-1.amazonaws.com", "s3", True),
        ("api.ecr-fips.us-east-1.amazonaws.com", "ecr-oddly-named", True),
        ("dynamodb-fips.us-east-1.amazonaws.com", "dynamodb-fips", False),
        # It is there, and has no private DNS although such services have.
        ("email-smtp.us-east-1.amazonaws.com", "email-smtp", False),
    ],
)
def test_a_host_is_joined_by_private_dns_or_else_by_name(
    there: Available, host: str, service: str, private_dns: bool
) -> None:
    link = there.serving(host, "us-east-1")
    assert link.name == f"com.amazonaws.us-east-1.{service}"
    assert (link.basis, link.private_dns) == ("available", private_dns)


@pytest.mark.parametrize(
    "host",
    [
        "kms.us-east-1.amazonaws.com",  # private DNS of kms-fips does not cover it
        "dynamodb.us-east-1.amazonaws.com",  # only as a gateway
        "lambda-fips.us-east-1.amazonaws.com",
    ],
)
def test_what_the_region_does_not_have(there: Available, host: str) -> None:
    link = there.serving(host, "us-east-1")
    assert (link.name, link.basis) == ("", "none")
    assert "is not among the services" in link.note


def test_about_other_regions_it_says_nothing(there: Available) -> None:
    link = there.serving("kms.eu-west-1.amazonaws.com", "eu-west-1")
    assert (link.name, link.basis) == ("com.amazonaws.eu-west-1.kms", "documented")


def test_a_fips_host_without_a_service_becomes_a_waiver(there: Available) -> None:
    host = "lambda-fips.us-east-1.amazonaws.com"
    one = candidate(host, "listed", code="private.public_address")
    made = plan(read(line("lambda", host=host, demands=REQUIRED, candidates=[one])), there)
    (waiver,), (endpoint,) = made.waivers, made.endpoints
    assert (waiver.services, waiver.hosts) == (("lambda",), (host,))
    assert endpoint.hosts == ("lambda.us-east-1.amazonaws.com",)
    assert (endpoint.link.basis, made.work) == ("available", ())
    assert "by rule" not in policy.as_toml(made)


def test_without_fips_required_it_is_for_a_person(there: Available) -> None:
    host = "lambda-fips.us-east-1.amazonaws.com"
    made = plan(read(line("lambda", host=host)), there)
    assert (made.waivers, len(made.work)) == ((), 1)


def test_the_command_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, services = tmp_path / "a.jsonl", tmp_path / "services.json"
    log.write_bytes(dump([line("kms", host="kms-fips.us-east-1.amazonaws.com", demands=REQUIRED)]))
    services.write_text(json.dumps(ANSWER))
    assert main(["plan", str(log), "--services", str(services), "--json"]) == 1
    (endpoint,) = json.loads(capsys.readouterr().out)["vpc_endpoints"]
    assert endpoint["basis"] == "available"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"ServiceDetails": [{}]}'])
def test_anything_else_is_bad_input(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, services = tmp_path / "a.jsonl", tmp_path / "services.json"
    log.write_bytes(dump([line()]))
    services.write_text(content)
    assert main(["plan", str(log), "--services", str(services)]) == 2
    assert "no answer of describe-vpc-endpoint-services" in capsys.readouterr().err
    assert main(["plan", str(log), "--services", str(tmp_path / "none")]) == 2
