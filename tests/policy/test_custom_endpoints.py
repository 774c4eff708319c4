"""Which URLs an entry of ``[[custom_endpoints]]`` declares."""

from __future__ import annotations

import pytest

from endpoint_router.policy.custom_endpoints import CustomHost, parse_custom_url
from endpoint_router.policy.globs import parse_globs


@pytest.mark.parametrize(
    ("url", "origin", "matches"),
    [
        ("https://minio.example:9000", "https://minio.example:9000", True),
        ("https://minio.example:9000", "https://minio.example", False),
        ("https://minio.example", "https://minio.example:443", True),
        ("https://minio.example", "http://minio.example", False),
        ("https://*.timestream.us-east-1.amazonaws.com", "https://ingest-cell1.timestream.us-east-1.amazonaws.com", True),
        ("https://*.timestream.us-east-1.amazonaws.com", "https://timestream.us-east-1.amazonaws.com", False),
    ],
)  # fmt: skip
def test_custom_endpoints_match_scheme_host_and_port(url: str, origin: str, matches: bool) -> None:
    custom = CustomHost(0, parse_custom_url(url), parse_globs(["s3", "timestream-*"]))
    assert custom.matches("s3", origin) is matches
    assert not custom.matches("kms", origin)
