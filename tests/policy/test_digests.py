"""The digest of a policy, by which logs name it, does not change."""

from __future__ import annotations

from typing import Any

#: Every key of the first version, each with a value that is not its default.
FULL: dict[str, Any] = {
    "version": 1,
    "mode": "report",
    "locked": True,
    "defaults": {
        "fips": "require",
        "fips_basis": "named",
        "private": "off",
        "dual_stack": "prefer",
        "regional": "require",
        "allowed_regions": ["us-*"],
        "endpoint_url": "deny",
        "presigned": "routed",
        "account_id_hosts": "off",
    },
    "rules": [
        {
            "services": ["s3"],
            "operations": ["Get*"],
            "regions": ["us-*"],
            "partitions": ["aws"],
            "fips": "off",
            "fips_basis": "listed",
            "private": "require",
            "dual_stack": "off",
            "regional": "off",
            "allowed_regions": ["us-east-1"],
            "endpoint_url": "check",
            "presigned": "public",
            "account_id_hosts": "auto",
            "reason": "r",
            "expires": "2027-03-31",
        }
    ],
    "vpc_endpoints": [
        {
            "type": "interface",
            "dns_names": ["VPCE-0a-1b.kms.us-east-1.vpce.amazonaws.com."],
            "serves": ["kms.us-east-1.amazonaws.com"],
            "connect": "address",
            "fips": True,
            "zone": "us-east-1a",
            "reason": "r",
        },
        {
            "type": "gateway",
            "service": "s3",
            "region": "us-east-1",
            "prefix_list": ["52.92.0.0/17"],
        },
    ],
    "custom_endpoints": [
        {
            "url": "https://minio.example:9000",
            "services": ["s3"],
            "fips": True,
            "private": True,
            "reason": "r",
        }
    ],
    "network": {"private": ["10.1.0.0/16"], "zone": "none"},
    "dns": {
        "servers": ["10.0.0.2"],
        "timeout": 1.5,
        "min_ttl": 1,
        "max_ttl": 2,
        "negative_ttl": 3,
        "failure_ttl": 4,
        "max_stale": 5,
    },
    "log": {"decisions": "stderr"},
}


def test_digests_stay_what_they_are_in_written_logs(loaded: Any) -> None:
    empty = "sha256:81fba4d7d12dcd715259546cfdf9c11d37751ed749872f0b927f1b9654effa80"
    full = "sha256:d8434dbce0210f3ef0a505bb49e23dc53f8210a08d21aa19c64d8e473d642b47"
    assert loaded().digest() == loaded({}).digest() == empty
    assert loaded(FULL).digest() == full
    # What came later counts only where it is used.
    assert loaded({**FULL, "log": {**FULL["log"], "user_agent": False}}).digest() == full
    assert loaded({**FULL, "log": {**FULL["log"], "user_agent": True}}).digest() != full
