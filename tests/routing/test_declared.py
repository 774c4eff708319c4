"""The table from standard hosts to the declared endpoints that serve them."""

from __future__ import annotations

from endpoint_router.policy.declared_endpoints import parse_interface
from endpoint_router.policy.model import InterfaceEndpoint
from endpoint_router.routing.declared import DeclaredEndpoint, HostTable

ID = "vpce-0123456789abcdef0-abcdefgh"


def declared(index: int, name: str, serves: tuple[str, ...] = ()) -> DeclaredEndpoint:
    return parse_interface(InterfaceEndpoint(dns_names=(name,), serves=serves), index)


def test_the_table_joins_by_host() -> None:
    table = HostTable(
        (
            declared(0, f"{ID}.kms.us-east-1.vpce.amazonaws.com"),
            declared(1, f"{ID}.x.us-east-1.vpce.amazonaws.com", ("kms.us-east-1.amazonaws.com",)),
            declared(2, f"{ID}.kms-fips.us-east-1.vpce.amazonaws.com"),
        )
    )  # fmt: skip
    both = table.serving("kms.us-east-1.amazonaws.com")
    assert [one.index for one in both] == [0, 1]
    (fips,) = table.serving("kms-fips.us-east-1.amazonaws.com")
    assert fips.named_fips
    assert table.serving("kms.us-east-2.amazonaws.com") == ()
    assert table.index_of(f"{ID}.x.us-east-1.vpce.amazonaws.com") == 1
    assert table.index_of("kms.us-east-1.amazonaws.com") is None


def test_s3_labels_follow_the_family() -> None:
    table = HostTable((declared(0, f"*.{ID}.s3.us-east-1.vpce.amazonaws.com"),))
    expected = {
        "s3.us-east-1.amazonaws.com": "bucket",
        "my-bucket.s3.us-east-1.amazonaws.com": "my-bucket.bucket",
        "ap-111122223333.s3-accesspoint.us-east-1.amazonaws.com": "ap-111122223333.accesspoint",
        "111122223333.s3-control.us-east-1.amazonaws.com": "111122223333.control",
    }
    for host, label in expected.items():
        (one,) = table.serving(host)
        assert one.target == f"{label}.{ID}.s3.us-east-1.vpce.amazonaws.com"
    assert table.serving("my-bucket.s3.us-west-2.amazonaws.com") == ()
    assert table.serving("my-bucket.s3-fips.us-east-1.amazonaws.com") == ()
