"""``allowed_regions``: no call leaves them, whoever names its host."""

from __future__ import annotations

from typing import Any

import pytest

from endpoint_router import EndpointDenied
from tests.kinds.table import policy
from tests.support.asked import asked, lists
from tests.support.caught_calls import sent_to, session


@pytest.mark.usefixtures("no_network")
def test_a_host_without_region_does_not_make_its_service_exempt() -> None:
    """``allowed_regions`` exempts services like IAM, not a KMS call led to a host of one's own."""
    routed = session({"defaults": {"allowed_regions": ["eu-*"]}})
    client = routed.create_client("kms", "us-east-1")

    def lead_away(params: dict[str, Any], **_: Any) -> None:
        params["url"] = "https://kms.elsewhere.example/"

    client.meta.events.register("before-call", lead_away)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "region.not_allowed"
    assert sent_to(routed.create_client("iam", "us-east-1"), "list_users") == "iam.amazonaws.com"


@pytest.mark.parametrize(
    "host", ["kms.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com", "x.eu-west-1.api.aws"]
)
def test_an_endpoint_url_does_not_leave_the_allowed_regions(host: str) -> None:
    for allowed, code in (["us-*"], "region.not_allowed"), (["us-*", "eu-west-1"], ""):
        came = lists(policy(allowed_regions=allowed), f"https://{host}")
        assert (came.error.code if came.error else "") == code
    with pytest.raises(EndpointDenied, match=r"region\.not_allowed.*eu-west-1"):
        asked(f"https://{host}/", policy(allowed_regions=["us-*"]))
