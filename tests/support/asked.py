"""What comes of a call of S3, or of a URL, without a server: by the tables' own ways of asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from endpoint_router import EndpointDenied, resolve
from endpoint_router.router import World
from endpoint_router.routing.case import Decision
from endpoint_router.sdk.activation.installation import Installation
from tests.kinds.table import Came, Row, come, vpce, world

OWN = vpce("vpce-svc-0fedcba9876543210")
STORE = ["store.example:9000", "*.store.example:9000"]


def lists(policy: Mapping[str, Any], url: str = "", **rest: Any) -> Came:
    """What comes of listing a bucket."""
    arguments = {"endpoint_url": url} if url else {}
    call: dict[str, Any] = {
        "service": "s3",
        "operation": "list_objects_v2",
        "region": "us-east-1",
        "parameters": {"Bucket": "reports"},
        "arguments": arguments,
    }
    return come(Row(**{"title": "", "policy": policy, **call, **rest}))


def refusal(came: Came) -> EndpointDenied:
    assert isinstance(came.error, EndpointDenied), came.url
    return came.error


def asked(url: str, policy: Mapping[str, Any], there: World | None = None) -> Decision:
    installation = Installation(dict(policy), world=there or world({}), environ={})
    return resolve(url, policy=installation)
