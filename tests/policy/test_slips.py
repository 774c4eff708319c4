"""What counts as a misspelt name, and that none of AWS's own passes for another one misspelt."""

from __future__ import annotations

from collections import defaultdict

import pytest
from botocore.loaders import create_loader

from endpoint_router.policy.region_slips import meant_partition, meant_region
from endpoint_router.policy.slips import meant, misspelt

LOADER = create_loader()
SERVICES = LOADER.list_available_services("service-2")
PARTITIONS = {
    part["id"]: list(part["regions"]) for part in LOADER.load_data("partitions")["partitions"]
}
SIGNED = [
    region
    for regions in PARTITIONS.values()
    for region in regions
    if not region.endswith("-global")
]
#: With many operations, or operations like each other.
BUSY = ["s3", "kms", "dynamodb", "oam", "datasync", "directconnect", "iam", "glue", "quicksight"]


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("kmss", "kms"),
        ("lamda", "lambda"),
        ("lambad", "lambda"),
        ("secretsmanger", "secretsmanager"),
        ("secrets-manager", "secretsmanager"),
        ("dyanmodb", "dynamodb"),
        ("Cognito-ipd", "cognito-idp"),
        ("kinessi*", "kinesis"),
    ],
)
def test_a_misspelt_service(glob: str, name: str) -> None:
    assert meant(glob, SERVICES) == name


@pytest.mark.parametrize(
    "glob",
    ["kma", "ksm", "eds", "inspector3", "xconnect", "bedrock-zebra*", "*", "?", "*-*-*-*-*", "s9"],
)
def test_a_service_that_may_be_new(glob: str) -> None:
    assert meant(glob, SERVICES) == ""


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("Decript", "Decrypt"),
        ("decript", "Decrypt"),
        ("generate_data_key", "GenerateDataKey"),
        ("Generate-Data-Key", "GenerateDataKey"),
        ("GenrateDataKey*", "GenerateDataKey"),
        ("Encrypt_*", ""),
        ("Decrypts", ""),
        ("EncryptMac", ""),
    ],
)
def test_operations(glob: str, name: str) -> None:
    found = meant(glob, ["Encrypt", "Decrypt", "GenerateDataKey", "ListKeys"])
    assert found == name


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("us-gov-wst-1", "us-gov-west-1"),
        ("us-gvo-west-1", "us-gov-west-1"),
        ("us-gov-west", "us-gov-west-1"),
        ("gov-west-1", "us-gov-west-1"),
        ("us-gov-west-1a", "us-gov-west-1"),
        ("us-gov-west1", "us-gov-west-1"),
        ("usgovwest1", "us-gov-west-1"),
        ("us_gov_west_1", "us-gov-west-1"),
        ("su-gov-west-1", "us-gov-west-1"),
        ("us-govt-*", "us-gov-east-1"),
        ("us-gvo-*", "us-gov-east-1"),
        ("eu-wset-?", "eu-west-1"),
    ],
)
def test_a_misspelt_region(glob: str, name: str) -> None:
    assert meant_region(glob, SIGNED) == name


@pytest.mark.parametrize(
    "glob",
    [
        *("us-west-3", "eu-east-1", "us-gov-south-1", "us-isog-east-1", "uk-west-1", "ma-west-*"),
        *(
            "us-north-*",
            "moon-central-1",
            "mx-*",
            "*-north-9",
            "eusc-fr-south-1",
            "[xy]*",
            "us-*-9",
        ),
    ],
)
def test_a_region_that_may_be_new(glob: str) -> None:
    assert meant_region(glob, SIGNED) == ""


def test_partitions() -> None:
    known = list(PARTITIONS)
    assert meant_partition("aws-gov", known) == "aws-us-gov"
    assert meant_partition("us-gov", known) == "aws-us-gov"
    assert meant_partition("aws_us_gov", known) == "aws-us-gov"
    assert meant_partition("aws-us-gvo", known) == "aws-us-gov"
    assert meant_partition("aws-iso-z", known) == ""
    assert meant_partition("aws-in", known) == ""
    assert meant_partition("azure", known) == ""


def test_no_service_passes_for_another_one_misspelt() -> None:
    """So a service that a newer botocore has is no error."""
    pairs = [(a, b) for a in SERVICES for b in SERVICES if a != b and misspelt(a, b)]
    assert pairs == []


@pytest.mark.parametrize("service", BUSY)
def test_no_operation_passes_for_another_one_misspelt(service: str) -> None:
    names = list(LOADER.load_service_model(service, "service-2")["operations"])
    by_length = defaultdict(list)
    for name in names:
        by_length[len(name)].append(name)
    for name in names:
        like = [o for off in (-1, 0, 1) for o in by_length[len(name) + off] if o != name]
        assert not any(misspelt(name, other) for other in like)


def test_no_region_or_partition_passes_for_another_one_misspelt() -> None:
    for region in SIGNED:
        assert meant_region(region, [other for other in SIGNED if other != region]) == ""
    for partition in PARTITIONS:
        others = [other for other in PARTITIONS if other != partition]
        assert meant_partition(partition, others) == ""
