"""``connect = "address"`` for S3, domain by domain of botocore's hosts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.lab_client import only, questions, scope
from tests.support.pinning import addresses, pinned
from tests.support.private_zone import HERE, ID, endpoint, reference, requiring, shows

WEST = "us-west-2"
S3_NAME = f"{ID}.s3.{WEST}.vpce.amazonaws.com"
S3_FIPS_NAME = f"{ID}.s3-fips.{WEST}.vpce.amazonaws.com"
S3, S3_FIPS = endpoint(f"*.{S3_NAME}"), endpoint(f"*.{S3_FIPS_NAME}")
FAMILIES = ("s3", "s3-accesspoint", "s3-control")


def s3_combined() -> dict[str, Any]:
    """One endpoint for plain, FIPS, dual-stack and Object Lambda hosts, as its owner says."""
    hosts = [
        f"{family}{fips}{dual}.{WEST}.amazonaws.com"
        for family in (*FAMILIES, "s3-object-lambda")
        for fips in ("", "-fips")
        for dual in ("", ".dualstack")
    ]
    return endpoint(f"*.{S3_NAME}", *hosts, *(f"*.{host}" for host in hosts))


ACCESS_POINT = f"arn:aws:s3:{WEST}:123456789012:accesspoint/payroll"
OBJECT_LAMBDA = f"arn:aws:s3-object-lambda:{WEST}:123456789012:accesspoint/payroll"
ALIAS = "payroll-abcdefghijklmnopqrstuvwxyz0123-s3alias"


def listing(bucket: str) -> Callable[[Any], Any]:
    return lambda client: client.list_objects_v2(Bucket=bucket)


def getting(bucket: str) -> Callable[[Any], Any]:
    return lambda client: client.get_object(Bucket=bucket, Key="k")


def of_account(client: Any) -> Any:
    return client.delete_public_access_block(AccountId="123456789012")


S3_CALLS = [
    pytest.param("s3", listing("lab-bucket"), {}, "bucket", id="bucket"),
    pytest.param("s3", listing("lab-bucket"), {"addressing_style": "path"}, "bucket", id="path"),
    pytest.param("s3", listing("with.dots.in"), {}, "bucket", id="dotted"),
    pytest.param("s3", listing(ACCESS_POINT), {}, "accesspoint", id="access point"),
    pytest.param("s3", listing(ALIAS), {}, "bucket", id="alias"),
    pytest.param("s3", lambda client: client.list_buckets(), {}, "bucket", id="no bucket"),
    pytest.param("s3control", of_account, {}, "control", id="control"),
]
VARIANTS = {
    "plain": {},
    "FIPS": {"use_fips_endpoint": True},
    "dual-stack": {"use_dualstack_endpoint": True},
    "FIPS dual-stack": {"use_fips_endpoint": True, "use_dualstack_endpoint": True},
}


def goes_as_plain_botocores(
    lab: Lab,
    policy: dict[str, Any],
    service: str,
    region: str,
    call: Callable[[Any], Any],
    dials: str,
    **config: Any,
) -> None:
    """The server at the endpoint's address sees what plain botocore would send to the standard."""
    # botocore writes into what it is given.
    plain = reference(service, region, call, **copy.deepcopy(config))
    lab.host(dials, HERE, certificate=False)
    shows(lab, plain.host)
    call(pinned(lab, policy, service=service, region=region, **copy.deepcopy(config)))
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (plain.host, plain.host, HERE)
    assert scope(seen) == (plain.signing_name, plain.signing_region)
    assert set(addresses(lab)) == {HERE}
    assert questions(lab, dials) == 1


@pytest.mark.parametrize(("service", "call", "s3", "label"), S3_CALLS)
def test_s3(lab: Lab, service: str, call: Any, s3: Any, label: str) -> None:
    dials = f"{label}.{S3_NAME}"
    goes_as_plain_botocores(lab, requiring(S3), service, WEST, call, dials, s3=s3)


@pytest.mark.parametrize(("service", "call", "s3", "label"), S3_CALLS)
def test_s3_fips(lab: Lab, service: str, call: Any, s3: Any, label: str) -> None:
    policy = requiring(S3_FIPS, fips="require")
    config = {"s3": s3, "use_fips_endpoint": True}
    goes_as_plain_botocores(lab, policy, service, WEST, call, f"{label}.{S3_FIPS_NAME}", **config)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("service", "call", "s3", "label"), S3_CALLS)
def test_s3_on_an_endpoint_that_serves_every_variant(
    lab: Lab, service: str, call: Any, s3: Any, label: str, variant: str
) -> None:
    fips = "require" if "FIPS" in variant else "off"
    policy = requiring(s3_combined(), fips=fips)
    config = {"s3": s3, **VARIANTS[variant]}
    goes_as_plain_botocores(lab, policy, service, WEST, call, f"{label}.{S3_NAME}", **config)


@pytest.mark.parametrize("variant", ["plain", "dual-stack"])
def test_by_name_such_an_endpoint_is_one_host_for_all(lab: Lab, variant: str) -> None:
    lab.host(f"*.bucket.{S3_NAME}", HERE)
    lab.host(f"bucket.{S3_NAME}", HERE)
    policy = requiring({**s3_combined(), "connect": "name"})
    client = pinned(lab, policy, service="s3", region=WEST, **VARIANTS[variant])
    client.list_objects_v2(Bucket="lab-bucket")
    assert only(lab).host == f"lab-bucket.bucket.{S3_NAME}"
    assert scope(only(lab)) == ("s3", WEST)


@pytest.mark.parametrize("variant", ["plain", "FIPS"])
@pytest.mark.parametrize(
    "call",
    [
        getting(OBJECT_LAMBDA),
        lambda client: client.write_get_object_response(RequestRoute="route", RequestToken="t"),
    ],
    ids=["object", "response"],
)
def test_object_lambda(lab: Lab, call: Any, variant: str) -> None:
    policy = requiring(s3_combined(), fips="require" if variant == "FIPS" else "off")
    dials = f"bucket.{S3_NAME}"
    goes_as_plain_botocores(lab, policy, "s3", WEST, call, dials, **VARIANTS[variant])


@pytest.mark.parametrize(
    "call",
    [getting(OBJECT_LAMBDA), getting(f"arn:aws:s3-outposts:{WEST}:123456789012:outpost"
                                     "/op-01234567890123456/accesspoint/payroll")],
    ids=["object lambda", "outposts"],
)  # fmt: skip
def test_a_family_that_the_endpoint_does_not_serve_is_refused(lab: Lab, call: Any) -> None:
    lab.host(f"bucket.{S3_NAME}", HERE, certificate=False)
    with pytest.raises(EndpointDenied):
        call(pinned(lab, requiring(S3), service="s3", region=WEST))
    assert lab.dialled == []


def test_the_legacy_global_host(lab: Lab) -> None:
    name = f"{ID}.s3.us-east-1.vpce.amazonaws.com"
    entry = endpoint(f"*.{name}", "s3.amazonaws.com", "*.s3.amazonaws.com")
    call, dials = listing("lab-bucket"), f"bucket.{name}"
    goes_as_plain_botocores(lab, requiring(entry), "s3", "us-east-1", call, dials)
