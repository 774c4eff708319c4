"""A bucket elsewhere: botocore follows S3's redirect, and each attempt is decided anew.

``S3RegionRedirectorv2`` puts another region's host into the finished request. What counts is what
the servers saw: the policy holds for the new region as it does for the first.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.lab import Fault
from endpoint_router.lab.network import Lab
from tests.support.lab_client import client_for, hosts, resolves

from .table import interface, policy, vpce

HOME, AWAY = "us-west-2", "eu-west-1"
HOME_NAME, AWAY_NAME = vpce("s3", HOME), vpce("s3", AWAY, id="1")
HOME_FIPS_NAME = vpce("s3-fips", HOME, id="2")
BOTH_REGIONS = (interface(f"*.{HOME_NAME}"), interface(f"*.{AWAY_NAME}"))
MOVED = Fault(301, "PermanentRedirect", (("x-amz-bucket-region", AWAY),))

AT_HOME = f"payroll.bucket.{HOME_NAME}"
PUBLIC_AWAY = f"payroll.s3.{AWAY}.amazonaws.com"
FIPS_AWAY = f"payroll.s3-fips.{AWAY}.amazonaws.com"


@pytest.fixture(autouse=True)
def two_regions(lab: Lab) -> None:
    """Buckets of two regions, public and behind an endpoint; no FIPS away from home."""
    for number, region in enumerate((HOME, AWAY)):
        for host in (f"s3.{region}.amazonaws.com", f"*.s3.{region}.amazonaws.com"):
            lab.host(host, f"52.94.2.{number}")
    for number, name in enumerate((HOME_NAME, AWAY_NAME, HOME_FIPS_NAME)):
        for host in (f"bucket.{name}", f"*.bucket.{name}"):
            lab.host(host, f"10.20.2.{number}")
    for host in (f"s3-fips.{HOME}.amazonaws.com", f"*.s3-fips.{HOME}.amazonaws.com"):
        lab.host(host, "52.94.2.9")


def s3(lab: Lab, made: dict[str, Any], **config: Any) -> Any:
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    return client_for(lab, made, "s3", HOME, Config(retries=retries, **config))


def get(client: Any) -> Any:
    return client.get_object(Bucket="payroll", Key="k")


def regions(lab: Lab) -> list[str]:
    """The region of each signature, in order."""
    return [seen.region for seen in lab.seen]


def test_the_other_region_has_an_endpoint_too(lab: Lab) -> None:
    client = s3(lab, policy(*BOTH_REGIONS, private="require"))
    lab.fail_next(1, MOVED)
    get(client)
    assert hosts(lab) == [AT_HOME, f"payroll.bucket.{AWAY_NAME}"]
    assert regions(lab) == [HOME, AWAY]


def test_what_was_learned_is_decided_on_like_any_call(lab: Lab) -> None:
    """The redirector remembers the bucket's region; other buckets stay at home."""
    client = s3(lab, policy(*BOTH_REGIONS, private="require"))
    lab.fail_next(1, MOVED)
    get(client)
    lab.seen.clear()
    get(client)
    client.get_object(Bucket="elsewhere", Key="k")
    assert hosts(lab) == [f"payroll.bucket.{AWAY_NAME}", f"elsewhere.bucket.{HOME_NAME}"]
    assert regions(lab) == [AWAY, HOME]


def test_preferably_private_goes_public_in_the_other_region(lab: Lab) -> None:
    client = s3(lab, policy(interface(f"*.{HOME_NAME}"), private="prefer"))
    lab.fail_next(1, MOVED)
    get(client)
    assert hosts(lab) == [AT_HOME, PUBLIC_AWAY]
    assert regions(lab) == [HOME, AWAY]


def test_a_refusal_names_the_other_region_each_time(lab: Lab) -> None:
    client = s3(lab, policy(interface(f"*.{HOME_NAME}"), private="require"))
    lab.fail_next(1, MOVED)
    for _ in range(2):  # the second one is refused before anything is sent
        with pytest.raises(EndpointDenied) as refusal:
            get(client)
        assert refusal.value.code == "private.public_address"
        assert refusal.value.host == PUBLIC_AWAY
        assert refusal.value.region == AWAY
    assert hosts(lab) == [AT_HOME]


def test_an_endpoint_that_the_application_named_is_not_taken_along(lab: Lab) -> None:
    """botocore by itself would sign for the other region and ask the same endpoint again."""
    made = policy(interface(f"*.{HOME_NAME}"), private="require")
    retries: Any = {"mode": "standard", "total_max_attempts": 3}
    client = client_for(
        lab,
        made,
        "s3",
        HOME,
        Config(retries=retries),
        endpoint_url=f"https://bucket.{HOME_NAME}",
    )
    lab.fail_next(1, MOVED)
    with pytest.raises(EndpointDenied) as refusal:
        get(client)
    assert refusal.value.host == PUBLIC_AWAY
    assert hosts(lab) == [AT_HOME]


def test_fips_goes_along(lab: Lab) -> None:
    for host in (f"s3-fips.{AWAY}.amazonaws.com", f"*.s3-fips.{AWAY}.amazonaws.com"):
        lab.host(host, "52.94.2.10")
    client = s3(lab, policy(interface(f"*.{HOME_FIPS_NAME}"), fips="require", private="prefer"))
    lab.fail_next(1, MOVED)
    get(client)
    assert hosts(lab) == [f"payroll.bucket.{HOME_FIPS_NAME}", FIPS_AWAY]
    assert regions(lab) == [HOME, AWAY]


def test_the_other_region_has_no_fips(lab: Lab) -> None:
    client = s3(lab, policy(fips="require"))
    lab.fail_next(1, MOVED)
    with pytest.raises(EndpointDenied) as refusal:
        get(client)
    assert (refusal.value.code, refusal.value.host) == ("fips.absent", FIPS_AWAY)
    assert hosts(lab) == [f"payroll.s3-fips.{HOME}.amazonaws.com"]


def test_preferably_fips_does_without_it_in_the_other_region(lab: Lab) -> None:
    client = s3(lab, policy(fips="prefer"))
    lab.fail_next(1, MOVED)
    get(client)
    assert hosts(lab) == [f"payroll.s3-fips.{HOME}.amazonaws.com", PUBLIC_AWAY]


def test_fips_that_is_private_at_home_only(lab: Lab) -> None:
    resolves(lab, f"*.s3-fips.{AWAY}.amazonaws.com", "52.94.2.10")
    client = s3(lab, policy(interface(f"*.{HOME_FIPS_NAME}"), fips="require", private="require"))
    lab.fail_next(1, MOVED)
    with pytest.raises(EndpointDenied) as refusal:
        get(client)
    assert (refusal.value.code, refusal.value.host) == ("private.public_address", FIPS_AWAY)
    assert hosts(lab) == [f"payroll.bucket.{HOME_FIPS_NAME}"]


def test_the_other_region_is_not_allowed(lab: Lab) -> None:
    client = s3(lab, policy(*BOTH_REGIONS, private="require", allowed_regions=["us-*"]))
    lab.fail_next(1, MOVED)
    with pytest.raises(EndpointDenied) as refusal:
        get(client)
    assert refusal.value.code == "region.not_allowed"
    assert AWAY in refusal.value.reason
    assert hosts(lab) == [AT_HOME]


def test_a_rule_for_the_other_region_speaks(lab: Lab) -> None:
    made = policy(interface(f"*.{HOME_NAME}"), private="require")
    made["rules"] = [{"regions": [AWAY], "private": "off", "reason": "the archive is there"}]
    client = s3(lab, made)
    lab.fail_next(1, MOVED)
    get(client)
    assert hosts(lab) == [AT_HOME, PUBLIC_AWAY]


def test_path_style_stays_path_style(lab: Lab) -> None:
    client = s3(lab, policy(*BOTH_REGIONS, private="require"), s3={"addressing_style": "path"})
    lab.fail_next(1, MOVED)
    get(client)
    assert [(seen.host, seen.path) for seen in lab.seen] == [
        (f"bucket.{HOME_NAME}", "/payroll/k"),
        (f"bucket.{AWAY_NAME}", "/payroll/k"),
    ]


def test_head_bucket_is_answered_without_a_body(lab: Lab) -> None:
    client = s3(lab, policy(*BOTH_REGIONS, private="require"))
    lab.fail_next(1, Fault(400, headers=(("x-amz-bucket-region", AWAY),)))
    client.head_bucket(Bucket="payroll")
    assert hosts(lab) == [AT_HOME, f"payroll.bucket.{AWAY_NAME}"]


def test_the_region_has_to_be_asked_for(lab: Lab) -> None:
    """No header says where the bucket is: the redirector asks, and that call is routed."""
    client = s3(lab, policy(*BOTH_REGIONS, private="require"))
    lab.fail_next(1, Fault(301, "PermanentRedirect"))
    lab.fail_next(1, MOVED)
    get(client)
    assert [(seen.operation, seen.host) for seen in lab.seen] == [
        ("GetObject", AT_HOME),
        ("HeadBucket", AT_HOME),
        ("HeadBucket", f"payroll.bucket.{AWAY_NAME}"),
        ("GetObject", f"payroll.bucket.{AWAY_NAME}"),
    ]


def test_an_access_point_is_not_redirected(lab: Lab) -> None:
    """Its ARN says where it is; botocore follows no redirect for it."""
    for host in (f"accesspoint.{HOME_NAME}", f"*.accesspoint.{HOME_NAME}"):
        lab.host(host, "10.20.2.0")
    client = s3(lab, policy(*BOTH_REGIONS, private="require"))
    lab.fail_next(1, MOVED)
    with pytest.raises(client.exceptions.ClientError):
        client.get_object(Bucket=f"arn:aws:s3:{HOME}:111122223333:accesspoint/payroll", Key="k")
    assert hosts(lab) == [f"payroll-111122223333.accesspoint.{HOME_NAME}"]
