"""Services behind PrivateLink that are not AWS's."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, interface, policy, vpce

_SERVICE = vpce("vpce-svc-0fedcba9876543210")
_STORE = ["store.example:9000", "*.store.example:9000"]


def _row(title: str, policy: dict[str, Any], **rest: Any) -> Row:
    call = {
        "service": "s3",
        "operation": "list_objects_v2",
        "region": "us-east-1",
        "parameters": {"Bucket": "reports"},
        "arguments": {"endpoint_url": "https://store.example:9000"},
    }
    return Row(**{"title": title, "policy": policy, **call, **rest})


KIND = Kind(
    "Services that are not AWS's",
    """\
An S3-compatible store, or anything that speaks an AWS protocol, behind an endpoint service
(`vpce-svc-…`) of one's own. `serves` takes its host, with the port where that is not 443. The
certificate is usually for the service's own name, so `connect = "address"` is the way: the URL
stays, and the connection goes to the endpoint. Other HTTP clients ask
[`endpoint_router.resolve`](python.md#resolve).
""",
    (
        _row(
            "By address: the URL stays, the connection goes to the endpoint",
            policy(interface(_SERVICE, serves=_STORE, connect="address"), private="require"),
            url="https://store.example:9000/reports",
            scope="s3/us-east-1",
        ),
        _row(
            "Virtual-host style",
            policy(interface(_SERVICE, serves=_STORE, connect="address"), private="require"),
            config={"s3": {"addressing_style": "virtual"}},
            url="https://reports.store.example:9000/",
            scope="s3/us-east-1",
        ),
        _row(
            "By name, where the certificate covers it; the port is kept",
            policy(interface(_SERVICE, serves=_STORE), private="require"),
            url=f"https://{_SERVICE}:9000/reports",
            scope="s3/us-east-1",
        ),
        _row(
            "Another port is another service",
            policy(
                interface(_SERVICE, serves=["store.example"], connect="address"),
                private="require",
            ),
            code="endpoint_url.undeclared",
            says="https://store.example:9000",
        ),
        _row(
            "The endpoint's name resolves to public addresses",
            policy(interface(_SERVICE, serves=_STORE, connect="address"), private="require"),
            dns={_SERVICE: "public"},
            code="private.public_address",
            says=_SERVICE,
        ),
        _row(
            "Preferred only: then the store's own host",
            policy(interface(_SERVICE, serves=_STORE, connect="address"), private="prefer"),
            dns={_SERVICE: "SERVFAIL"},
            url="https://store.example:9000/reports",
            scope="s3/us-east-1",
        ),
        _row(
            "FIPS is attested, with a reason",
            policy(
                interface(
                    _SERVICE,
                    serves=_STORE,
                    connect="address",
                    fips=True,
                    reason="its TLS is validated: audit of 2026-03",
                ),
                private="require",
                fips="require",
                fips_basis="attested",
            ),
            url="https://store.example:9000/reports",
            scope="s3/us-east-1",
        ),
        _row(
            "FIPS, and nobody attests it",
            policy(
                interface(_SERVICE, serves=_STORE, connect="address"),
                private="require",
                fips="require",
            ),
            code="private.no_endpoint",
            says="does not carry FIPS",
        ),
    ),
)
