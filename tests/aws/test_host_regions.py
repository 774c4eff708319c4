"""In which region and partition a host of AWS's is."""

from __future__ import annotations

import pytest

from endpoint_router.aws.host_regions import place_of
from endpoint_router.sdk.endpoints.endpoints_json import endpoints_table
from endpoint_router.sdk.endpoints.partitions_json import partitions


@pytest.mark.parametrize(
    ("host", "region", "partition"),
    [
        ("kms.us-east-1.amazonaws.com", "us-east-1", "aws"),
        ("kms-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1", "aws-us-gov"),
        ("kms.cn-north-1.amazonaws.com.cn", "cn-north-1", "aws-cn"),
        ("query-cell1.timestream.us-east-1.amazonaws.com", "us-east-1", "aws"),
        ("111122223333.ddb.eu-west-1.api.aws", "eu-west-1", "aws"),
        ("us-west-2.queue.amazonaws.com", "us-west-2", "aws"),
        ("db.abc123.eu-west-1.rds.amazonaws.com", "eu-west-1", "aws"),
        # A region that is newer than the installed botocore.
        ("kms.eu-newplace-1.amazonaws.com", "eu-newplace-1", "aws"),
        ("kms.xx-newplace-1.amazonaws.com", "xx-newplace-1", "aws"),
        # Other suffixes of AWS's.
        ("eu-west-1.signin.aws.amazon.com", "eu-west-1", "aws"),
        ("space.osm.eu-west-1.on.aws", "eu-west-1", "aws"),
        # VPC endpoints.
        ("vpce-0a-1b.kms.us-west-2.vpce.amazonaws.com", "us-west-2", "aws"),
        ("eu-west-1.bucket.vpce-0a-1b.s3.us-west-2.vpce.amazonaws.com", "us-west-2", "aws"),
        # S3's families, and old ways to write them.
        ("b.s3.dualstack.us-west-2.amazonaws.com", "us-west-2", "aws"),
        ("b.s3-us-west-2.amazonaws.com", "us-west-2", "aws"),
        ("b.s3-website-us-west-2.amazonaws.com", "us-west-2", "aws"),
        ("b.s3-website.us-west-2.amazonaws.com", "us-west-2", "aws"),
        ("s3-fips-us-gov-west-1.amazonaws.com", "us-gov-west-1", "aws-us-gov"),
        ("b--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com", "us-west-2", "aws"),
        ("pay-1.op-0b1.s3-outposts.us-west-2.amazonaws.com", "us-west-2", "aws"),
        # Without a region, and yet in one.
        ("b.s3.amazonaws.com", "us-east-1", "aws"),
        ("s3-external-1.amazonaws.com", "us-east-1", "aws"),
        ("sts.amazonaws.com", "us-east-1", "aws"),
        ("queue.amazonaws.com", "us-east-1", "aws"),
        ("sdb.amazonaws.com", "us-east-1", "aws"),
        # What a bucket is called does not move it.
        ("us-gov-west-1.s3.amazonaws.com", "us-east-1", "aws"),
        ("us-gov.s3.amazonaws.com", "us-east-1", "aws"),
        ("s3.us-gov-west-1.s3.amazonaws.com", "us-east-1", "aws"),
        ("s3-us-gov-west-1.s3.amazonaws.com", "us-east-1", "aws"),
        ("us-gov-west-1.vpce.s3.amazonaws.com", "us-east-1", "aws"),
        ("aws-us-gov-global.s3.amazonaws.com", "us-east-1", "aws"),
        ("b.endpoint.events.s3.eu-west-1.amazonaws.com", "eu-west-1", "aws"),
        # In all of a partition.
        ("iam.amazonaws.com", "", "aws"),
        ("iam-fips.global.api.aws", "", "aws"),
        ("savingsplans.amazonaws.com", "", "aws"),
        ("iam.us-gov.amazonaws.com", "", "aws-us-gov"),
        ("global.health.us-gov.amazonaws.com", "", "aws-us-gov"),
        ("route53.amazonaws.com.cn", "", "aws-cn"),
        ("route53.c2s.ic.gov", "", "aws-iso"),
        ("kms.aws-us-gov-global.amazonaws.com", "", "aws-us-gov"),
        # The suffix has the last word.
        ("kms.us-gov-west-1.amazonaws.com.cn", "", "aws-cn"),
    ],
)
def test_where_a_host_is(host: str, region: str, partition: str) -> None:
    place = place_of(host, partitions())
    assert place.partition is not None
    assert (place.region, place.partition.name, place.anywhere) == (region, partition, False)


@pytest.mark.parametrize(
    "host",
    [
        "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
        "payroll.s3-accelerate.amazonaws.com",
        "payroll.s3-accelerate.dualstack.amazonaws.com",
        "payroll.s3-accelerate.dualstack.us-east-1.amazonaws.com",
        "abc.endpoint.events.amazonaws.com",
        "abc.endpoint.events.api.aws",
        "abc.endpoints.email.amazonaws.com",
        "abc.endpoints.email.global.api.aws",
        "abc.endpoints.email.us-gov.api.aws",
    ],
)
def test_aws_chooses_the_region_behind_it(host: str) -> None:
    place = place_of(host, partitions())
    assert (place.region, place.anywhere) == ("", True)


def test_every_host_that_botocore_lists_for_a_region_is_there() -> None:
    """Or where its signature is, or it names no region; and in that partition at any rate."""
    regions = {region: each for each in partitions().known for region in each.regions}
    seen = 0
    for table in endpoints_table()["partitions"]:
        for service in table["services"].values():
            for region, endpoint in service.get("endpoints", {}).items():
                host, scope = endpoint.get("hostname", ""), endpoint.get("credentialScope", {})
                if region not in regions or "{" in host or not host:
                    continue
                place = place_of(host, partitions())
                assert place.partition is regions[region], host
                assert place.region in (region, scope.get("region"), ""), host
                seen += 1
    assert seen > 100
