"""Names of PrivateLink services, held against what AWS documents, not against the table."""

from __future__ import annotations

import pytest

from endpoint_router.aws import privatelink_services as names
from endpoint_router.aws.privatelink import privatelink

#: Host, the service in us-east-1, and whether AWS documents it.
IN_US_EAST_1 = [
    ("kms.us-east-1.amazonaws.com", "kms", "documented"),
    ("kms-fips.us-east-1.amazonaws.com", "kms-fips", "documented"),
    ("api.ecr.us-east-1.amazonaws.com", "ecr.api", "documented"),
    ("api.ecr-fips.us-east-1.amazonaws.com", "ecr.api-fips", "by rule"),  # the sources disagree
    ("ecr-fips.us-east-1.amazonaws.com", "ecr.api-fips", "by rule"),
    ("ecr.us-east-1.api.aws", "ecr.api", "documented"),
    ("kinesis.us-east-1.amazonaws.com", "kinesis-streams", "documented"),
    ("kinesis-fips.us-east-1.amazonaws.com", "kinesis-streams-fips", "documented"),
    ("*.data-kinesis.us-east-1.amazonaws.com", "kinesis-streams", "documented"),
    ("firehose.us-east-1.amazonaws.com", "kinesis-firehose", "documented"),
    ("firehose-fips.us-east-1.amazonaws.com", "kinesis-firehose-fips", "by rule"),
    ("dynamodb-fips.us-east-1.amazonaws.com", "dynamodb-fips", "documented"),
    ("*.ddb.us-east-1.amazonaws.com", "dynamodb", "documented"),
    ("streams.dynamodb.us-east-1.amazonaws.com", "dynamodb-streams", "documented"),
    ("runtime.sagemaker.us-east-1.amazonaws.com", "sagemaker.runtime", "documented"),
    ("runtime-fips.sagemaker.us-east-1.amazonaws.com", "sagemaker.runtime-fips", "documented"),
    ("api.airflow-fips.us-east-1.amazonaws.com", "airflow.api-fips", "documented"),
    ("data-ats.iot.us-east-1.amazonaws.com", "iot.data", "documented"),
    ("iot.us-east-1.amazonaws.com", "iot.api", "documented"),
    ("iot-fips.us-east-1.amazonaws.com", "iot-fips.api", "documented"),
    ("api.tunneling.iot.us-east-1.amazonaws.com", "iot.tunneling.api", "documented"),
    ("codeartifact.us-east-1.amazonaws.com", "codeartifact.api", "documented"),
    ("monitoring.us-east-1.amazonaws.com", "monitoring", "documented"),
    ("monitoring-fips.us-east-1.amazonaws.com", "monitoring", "documented"),
    ("states.us-east-1.amazonaws.com", "states", "documented"),
    ("sync-states.us-east-1.amazonaws.com", "sync-states", "documented"),
    ("sync-states-fips.us-east-1.amazonaws.com", "sync-states-fips", "by rule"),
    (
        "data-servicediscovery-fips.us-east-1.amazonaws.com",
        "data-servicediscovery-fips",
        "documented",
    ),
    ("cp.maps.geo.us-east-1.amazonaws.com", "geo.maps", "documented"),
    ("fips.batch.us-east-1.amazonaws.com", "batch-fips", "by rule"),
    ("memory-db-fips.us-east-1.amazonaws.com", "memorydb-fips", "documented"),
    (
        "controlplane.payment-cryptography.us-east-1.amazonaws.com",
        "payment-cryptography.controlplane",
        "documented",
    ),
    ("dataplane.rum.us-east-1.amazonaws.com", "rum-dataplane", "documented"),
    ("efs.us-east-1.api.aws", "elasticfilesystem", "documented"),
    ("ingest-cell1.timestream.us-east-1.amazonaws.com", "timestream.ingest-cell1", "by rule"),
    ("s3.us-east-1.amazonaws.com", "s3", "documented"),
    ("*.s3.us-east-1.amazonaws.com", "s3", "documented"),
    ("*.s3.dualstack.us-east-1.amazonaws.com", "s3", "documented"),
    ("*.s3-accesspoint.us-east-1.amazonaws.com", "s3", "documented"),
    ("*.s3-control.us-east-1.amazonaws.com", "s3", "documented"),
    ("*.s3-fips.us-east-1.amazonaws.com", "s3-fips", "documented"),
    ("*.s3-control-fips.us-east-1.amazonaws.com", "s3-fips", "documented"),
    ("newservice.us-east-1.amazonaws.com", "newservice", "by rule"),
]


@pytest.mark.parametrize(("host", "service", "basis"), IN_US_EAST_1)
def test_the_service_behind_a_host(host: str, service: str, basis: str) -> None:
    link = privatelink(host, "us-east-1")
    assert (link.name, link.basis) == (f"com.amazonaws.us-east-1.{service}", basis)
    assert link.region == "us-east-1"


@pytest.mark.parametrize(
    ("host", "region", "name"),
    [
        # China mixes two prefixes, service by service.
        ("kms.cn-north-1.amazonaws.com.cn", "cn-north-1", "com.amazonaws.cn-north-1.kms"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1", "cn.com.amazonaws.cn-north-1.sqs"),
        (
            "transcribe.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
            "cn.com.amazonaws.cn-north-1.transcribe.cn",
        ),
        ("sqs.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", "gov.ic.c2s.us-iso-east-1.sqs"),
        (
            "api.ecr.eusc-de-east-1.amazonaws.eu",
            "eusc-de-east-1",
            "eu.amazonaws.eusc-de-east-1.ecr.api",
        ),
        ("freetier.us-east-1.api.aws", "us-east-1", "aws.api.us-east-1.freetier"),
        ("iam.amazonaws.com", "us-east-1", "com.amazonaws.iam"),
        ("route53.amazonaws.com", "us-east-1", "com.amazonaws.route53"),
        (
            "*.accesspoint.s3-global.amazonaws.com",
            "us-east-1",
            "com.amazonaws.s3-global.accesspoint",
        ),
        # GovCloud's plain host counts as FIPS: the plain service is the one.
        ("sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1", "com.amazonaws.us-gov-west-1.sqs"),
        # The region in the host is the endpoint's, whatever the signature says.
        ("health.eu-west-1.amazonaws.com", "us-east-1", "com.amazonaws.eu-west-1.health"),
    ],
)
def test_prefixes_and_regions(host: str, region: str, name: str) -> None:
    assert privatelink(host, region).name == name


@pytest.mark.parametrize(
    "host",
    [
        "portal.sso.us-east-1.amazonaws.com",
        "oidc.us-east-1.amazonaws.com",
        "query.timestream.us-east-1.amazonaws.com",
        "*.s3express-use1-az4.us-east-1.amazonaws.com",
        "s3express-control.us-east-1.amazonaws.com",
        "*.s3-accelerate.amazonaws.com",
        "organizations.us-gov.amazonaws.com",
        "store.example.com",
        "amazonaws.com",
    ],
)
def test_no_service_is_known(host: str) -> None:
    link = privatelink(host, "us-east-1")
    assert (link.name, link.basis) == ("", "none")
    assert link.note


@pytest.mark.parametrize(
    "host",
    [
        "dynamodb.us-east-1.amazonaws.com",
        "dynamodb-fips.us-east-1.amazonaws.com",
        "streams.dynamodb.us-east-1.amazonaws.com",
        "data-ats.iot.us-east-1.amazonaws.com",
    ],
)
def test_endpoints_without_private_dns(host: str) -> None:
    assert not privatelink(host, "us-east-1").private_dns


@pytest.mark.parametrize(
    ("host", "twin"),
    [
        ("sts.amazonaws.com", "sts.us-east-1.amazonaws.com"),
        ("s3.amazonaws.com", "s3.us-east-1.amazonaws.com"),
        ("*.s3.amazonaws.com", "*.s3.us-east-1.amazonaws.com"),
    ],
)
def test_a_global_host_is_served_at_its_regional_twin(host: str, twin: str) -> None:
    link = privatelink(host, "us-east-1")
    assert link.host == twin
    assert link.name.startswith("com.amazonaws.us-east-1.")


def test_the_plain_service_is_told_beside_the_fips_one() -> None:
    link = privatelink("lambda-fips.us-east-1.amazonaws.com", "us-east-1")
    assert (link.name, link.basis) == ("com.amazonaws.us-east-1.lambda-fips", "by rule")
    assert link.without_fips == "com.amazonaws.us-east-1.lambda"
    assert privatelink("lambda.us-east-1.amazonaws.com", "us-east-1").without_fips == ""


def test_exceptions_lead_to_names_that_are_documented() -> None:
    plain = {*names.EXCEPTIONS.values(), *names.DUAL_STACK.values()} - {"es"}
    assert plain <= names.DOCUMENTED
    assert set(names.FIPS_EXCEPTIONS.values()) <= names.DOCUMENTED_FIPS
