"""Zonal names: the endpoint of the caller's own availability zone."""

from __future__ import annotations

from typing import Any

from .table import Kind, Row, policy

_ID = "vpce-0123456789abcdef0-abcdefgh"


def _name(zone: str = "", label: str = "kms") -> str:
    at = f"-{zone}" if zone else ""
    return f"{_ID}{at}.{label}.us-east-1.vpce.amazonaws.com"


_ALL = [_name(), _name("us-east-1a"), _name("us-east-1b")]


def _row(title: str, zone: str, endpoints: list[dict[str, Any]], **rest: Any) -> Row:
    made = {**policy(*endpoints, private=rest.pop("private", "require"))}
    if zone:
        made["network"] = {"zone": zone}
    call = {
        "service": "kms",
        "operation": "list_keys",
        "region": "us-east-1",
        "scope": "kms/us-east-1",
    }
    return Row(**{"title": title, "policy": made, **call, **rest})


def _pasted(*names: str, **rest: Any) -> dict[str, Any]:
    return {"type": "interface", "dns_names": list(names), **rest}


KIND = Kind(
    "Zonal names",
    """\
The name of an interface endpoint in the caller's own availability zone comes before the regional
name, and another zone's after it. Where the zonal name stops resolving or connecting, the regional
one takes its place, until it returns. The zone comes from `network.zone`, `ENDPOINT_ROUTER_ZONE` or
the platform's metadata. [Prefer the same zone](../how-to/prefer-the-same-zone.md).
""",
    (
        _row(
            "The own zone's name first",
            "us-east-1b",
            [_pasted(*_ALL)],
            url=f"https://{_name('us-east-1b')}/",
        ),
        _row(
            "No name for the own zone",
            "us-east-1f",
            [_pasted(*_ALL)],
            url=f"https://{_name()}/",
        ),
        _row("No preference", "none", [_pasted(*_ALL)], url=f"https://{_name()}/"),
        _row(
            "The zonal name is gone from DNS",
            "us-east-1b",
            [_pasted(*_ALL)],
            dns={_name("us-east-1b"): "NXDOMAIN"},
            url=f"https://{_name()}/",
        ),
        _row(
            "Nobody answers for the zonal name",
            "us-east-1b",
            [_pasted(*_ALL)],
            dns={_name("us-east-1b"): "SERVFAIL"},
            url=f"https://{_name()}/",
        ),
        _row(
            "By zone id, where the names are another account's",
            "use1-az4",
            [
                _pasted(_name()),
                _pasted(_name("us-east-1a"), zone="use1-az4"),
                _pasted(_name("us-east-1b"), zone="use1-az6"),
            ],
            url=f"https://{_name('us-east-1a')}/",
        ),
        _row(
            "Another zone's name is the last resort",
            "use1-az1",
            [_pasted(_name("us-east-1a"), zone="use1-az4"), _pasted(_name())],
            dns={_name(): "NXDOMAIN"},
            url=f"https://{_name('us-east-1a')}/",
        ),
        _row(
            "FIPS comes before the zone",
            "us-east-1b",
            [_pasted(*_ALL), _pasted(_name(label="kms-fips"))],
            policy={
                "defaults": {"fips": "prefer", "private": "require"},
                "vpc_endpoints": [_pasted(*_ALL), _pasted(_name(label="kms-fips"))],
                "network": {"zone": "us-east-1b"},
            },
            url=f"https://{_name(label='kms-fips')}/",
        ),
        _row(
            "Buckets in the own zone",
            "us-east-1a",
            [_pasted(f"*.{_name(label='s3')}", f"*.{_name('us-east-1a', 's3')}")],
            service="s3",
            operation="list_objects_v2",
            parameters={"Bucket": "reports"},
            scope="s3/us-east-1",
            url=f"https://reports.bucket.{_name('us-east-1a', 's3')}/",
        ),
        _row(
            "By address: the URL stays, the connection goes to the own zone",
            "us-east-1a",
            [_pasted(*_ALL, connect="address")],
            url="https://kms.us-east-1.amazonaws.com/",
        ),
    ),
)
