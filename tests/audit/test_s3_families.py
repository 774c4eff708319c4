"""S3's many hosts are known as S3's, and those that only look like them are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore import utils

from .judged import judge_by, verdict

DENY = 'version = 1\n[defaults]\nendpoint_url = "deny"\n'
OUTPOST = "point-123456789012.op-01234567890123456"
EXPRESS = pytest.mark.skipif(
    not hasattr(utils, "is_s3express_bucket"), reason="botocore knows no S3 Express"
)


@pytest.mark.parametrize(
    ("operation", "host"),
    [
        ("GetObject", "bucket.s3.us-east-1.amazonaws.com"),
        ("GetObject", "point-123456789012.s3-accesspoint.us-east-1.amazonaws.com"),
        ("GetObject", "point-123456789012.s3-accesspoint-fips.us-east-1.amazonaws.com"),
        ("GetObject", "point-123456789012.s3-object-lambda.us-east-1.amazonaws.com"),
        ("GetObject", "point-123456789012.s3-object-lambda-fips.us-east-1.amazonaws.com"),
        ("GetObject", f"{OUTPOST}.s3-outposts.us-east-1.amazonaws.com"),
        ("GetObject", "point.accesspoint.s3-global.amazonaws.com"),
        ("ListAccessPoints", "123456789012.s3-control.us-east-1.amazonaws.com"),
        ("GetAccessPoint", "123456789012.s3-control.us-east-1.amazonaws.com"),
        ("GetAccessPoint", "s3-outposts.us-east-1.amazonaws.com"),
        ("GetBucket", "s3-outposts.us-east-1.amazonaws.com"),
        ("ListRegionalBuckets", "s3-outposts.us-east-1.amazonaws.com"),
        pytest.param("CreateBucket", "s3express-control.us-east-1.amazonaws.com", marks=EXPRESS),
        pytest.param(
            "GetObject",
            "b--use1-az1--x-s3.s3express-use1-az1.us-east-1.amazonaws.com",
            marks=EXPRESS,
        ),
    ],
)
def test_a_family_of_hosts(tmp_path: Path, operation: str, host: str) -> None:
    judge = judge_by(tmp_path, DENY + 'fips = "prefer"\n' * ("-fips" in host))
    asked = {"service": "s3", "eventName": operation, "awsRegion": "us-east-1"}
    found = verdict(judge, **asked, host=host)
    assert (found.name, found.reason) == ("complies", "")
    wrong = host.replace(".us-east-1.", ".us-east-1-x.").replace("s3-global", "s3-globe")
    assert verdict(judge, **asked, host=wrong).kind == "endpoint_url.undeclared"
