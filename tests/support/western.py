"""Hosts of us-west-2, where STS and S3 have their global twins elsewhere."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT, session_for

FIPS = {"defaults": {"fips": "require"}}
S3_VPCE = "vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com"
S3_FIPS = "s3-fips.us-west-2.amazonaws.com"
STS_FIPS = "sts-fips.us-west-2.amazonaws.com"
EC2_FIPS = "ec2-fips.us-west-2.amazonaws.com"


@pytest.fixture(autouse=True)
def western_hosts(lab: Lab) -> None:
    """us-west-2: STS and S3 have their global twins elsewhere."""
    for number, name in enumerate(("s3", "s3-fips")):
        lab.host(f"{name}.us-west-2.amazonaws.com", f"52.94.1.{number}")
        lab.host(f"*.{name}.us-west-2.amazonaws.com", f"52.94.1.{number}")
    lab.host("s3.amazonaws.com", "52.94.1.9")
    lab.host("*.s3.amazonaws.com", "52.94.1.9")
    lab.host(STS_FIPS, "52.94.1.10")
    lab.host("sts.us-west-2.amazonaws.com", "52.94.1.11")
    lab.host("sts.amazonaws.com", "52.94.1.12")
    lab.host(EC2_FIPS, "52.94.1.20")
    lab.host(f"*.bucket.{S3_VPCE}", "10.20.1.10")
    lab.host(f"bucket.{S3_VPCE}", "10.20.1.10")


def boto3_session(lab: Lab, policy: dict[str, Any], **arguments: Any) -> boto3.Session:
    return boto3.Session(botocore_session=session_for(lab, policy), **arguments)


def s3(lab: Lab, policy: dict[str, Any], **options: Any) -> Any:
    """boto3's own client, which has ``upload_fileobj``."""
    config = Config(signature_version="s3v4", **{"retries": ONE_ATTEMPT, **options})
    return boto3_session(lab, policy).client("s3", "us-west-2", config=config)
