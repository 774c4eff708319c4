"""What the private DNS of an endpoint proves, and for which hosts."""

from __future__ import annotations

import pytest

from endpoint_router import EndpointDenied
from tests.support.caught_calls import PUBLIC, session

PRIVATE = {"defaults": {"private": "require"}}


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("s3", "get_object", {"Bucket": "data", "Key": "k"}),
        ("s3control", "get_access_point", {"AccountId": "123456789012", "Name": "apx"}),
    ],
)
def test_a_private_zone_with_the_apex_alone(
    service: str, operation: str, arguments: dict[str, str]
) -> None:
    """Without a wildcard record, the bucket's own name resolves publicly."""
    apex = ("s3.us-west-2.amazonaws.com", "s3-control.us-west-2.amazonaws.com")
    routed = session(PRIVATE, lambda name: "10.1.2.3" if name in apex else PUBLIC)
    with pytest.raises(EndpointDenied) as refusal:
        getattr(routed.create_client(service, "us-west-2"), operation)(**arguments)
    assert refusal.value.code == "private.public_address"
