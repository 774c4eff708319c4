"""However many buckets a client touches, those in use are not decided on again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from endpoint_router.sdk.activation.installation import Installation
from endpoint_router.sdk.calls import route
from tests.support.decisions import world

#: It repeats what other tests do thousands of times; measuring that doubles its time.
pytestmark = pytest.mark.no_cover

ROUTED = {"defaults": {"fips": "require", "presigned": "routed"}}


class Asking:
    """A presigning client, and how often botocore resolved an endpoint for each bucket.

    Once for a call whose route is known; a decision resolves each variant that it looks at.
    """

    def __init__(self) -> None:
        session = Session()
        session.set_credentials("AKIDEXAMPLE", "secret")
        Installation(ROUTED, world=world(), environ={})(session)
        # Not in ``aws``, where an older botocore presigns for S3's global host.
        config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
        self._client = session.create_client("s3", "us-gov-west-1", config=config)
        self.resolved: Counter[str] = Counter()
        self._client.meta.events.register("before-endpoint-resolution.s3", self._count)

    def _count(self, params: dict[str, Any], **_: Any) -> None:
        self.resolved[params["Bucket"]] += 1

    def presign(self, bucket: str) -> int:
        """How often that asked for an endpoint."""
        before = self.resolved[bucket]
        url = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": "key"}
        )
        assert url.startswith(f"https://{bucket}.s3-fips.us-gov-west-1.amazonaws.com/")
        return self.resolved[bucket] - before


def test_one_bucket_more_than_is_remembered_costs_the_others_nothing() -> None:
    asking = Asking()
    first = asking.presign("in-use")
    again = asking.presign("in-use")
    assert again < first
    seen = set()
    for number in range(route.CAPACITY + 100):
        asking.presign(f"bucket-{number}")
        if number % 500 == 0:
            seen.add(asking.presign("in-use"))
    recent = {asking.presign(f"bucket-{number}") for number in range(number - 300, number)}
    assert seen == recent == {again}
    # What was not in use is forgotten: there is a bound.
    assert asking.presign("bucket-0") > again
