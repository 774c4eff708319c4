"""``allowed_regions``: the client's region, the signature's and the host's must each be allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from tests.kinds.table import policy
from tests.support.asked import asked, lists
from tests.support.caught_calls import sent_to, session
from tests.support.wire import Caught, on_the_wire

pytestmark = pytest.mark.usefixtures("no_network")

GOV = ["us-gov-*"]
#: Of services with a host for all regions: a call without parameters.
CALLS = {
    "iam": "list_users",
    "kms": "list_keys",
    "organizations": "list_accounts",
    "route53": "list_hosted_zones",
    "s3": "list_buckets",
    "savingsplans": "describe_savings_plans",
    "sqs": "list_queues",
    "sts": "get_caller_identity",
    "support": "describe_services",
}


def goes(
    service: str, region: str | None, allowed: list[str], *, fips: str = "off", **arguments: Any
) -> str:
    """The host that a call reaches, or the code of its refusal."""
    return under(
        {"defaults": {"allowed_regions": allowed, "fips": fips}}, service, region, **arguments
    )


def under(made: Mapping[str, Any], service: str, region: str | None, **arguments: Any) -> str:
    client = session(dict(made)).create_client(service, region, **arguments)
    try:
        return sent_to(client, CALLS[service])
    except EndpointDenied as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("service", "region", "allowed", "comes"),
    [
        ("kms", "us-gov-west-1", GOV, "kms.us-gov-west-1.amazonaws.com"),
        ("kms", "us-east-1", GOV, "region.not_allowed"),
        # A service that its partition has once is exempt within it, and never across.
        ("iam", "us-gov-west-1", GOV, "iam.us-gov.amazonaws.com"),
        ("iam", "us-east-1", GOV, "region.not_allowed"),
        ("iam", "us-east-1", ["eu-*"], "iam.amazonaws.com"),
        ("iam", "eu-west-1", ["eu-west-1"], "iam.amazonaws.com"),
        ("iam", "cn-north-1", ["us-*", "eu-*"], "region.not_allowed"),
        # A region that the installed botocore does not know is one all the same.
        ("iam", "eu-newplace-7", ["eu-newplace-7"], "iam.amazonaws.com"),
        ("iam", "us-east-1", ["eu-newplace-7"], "iam.amazonaws.com"),
        # Pseudo-regions stand for their partitions.
        ("iam", "aws-us-gov-global", GOV, "iam.us-gov.amazonaws.com"),
        ("iam", "aws-us-gov-global", ["us-east-1"], "region.not_allowed"),
        ("iam", "aws-global", ["us-east-1"], "iam.amazonaws.com"),
        ("iam", "aws-global", GOV, "region.not_allowed"),
        ("sts", "aws-global", ["us-east-1"], "sts.amazonaws.com"),
        ("sts", "aws-global", ["us-west-2"], "region.not_allowed"),
        # A host in another region than the client's.
        ("organizations", "eu-west-1", ["eu-*"], "region.not_allowed"),
        ("organizations", "eu-west-1", ["us-*"], "region.not_allowed"),
        ("organizations", "eu-west-1", ["eu-*", "us-*"], "organizations.us-east-1.amazonaws.com"),
        ("s3", None, ["us-east-1"], "s3.amazonaws.com"),
        ("s3", None, ["us-west-2"], "region.not_allowed"),
    ],
)
def test_which_calls_are_in_allowed_regions(
    service: str, region: str | None, allowed: list[str], comes: str
) -> None:
    assert goes(service, region, allowed) == comes


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2"])
def test_what_its_chosen_host_names_makes_a_service_regional(region: str) -> None:
    """``savingsplans`` has one host for all regions, and FIPS hosts in each."""
    came = goes("savingsplans", region, GOV, fips="require")
    assert came == "region.not_allowed"
    here = f"savingsplans-fips.{region}.amazonaws.com"
    # They are signed for us-east-1.
    assert goes("savingsplans", region, [region, "us-east-1"], fips="require") == here
    assert goes("savingsplans", region, [region], fips="require") == "region.not_allowed"


def test_fips_may_be_where_the_plain_host_is_not() -> None:
    """``support`` is in us-east-1, and botocore forms FIPS hosts of it in each region."""
    assert goes("support", "eu-west-1", ["eu-*"]) == "region.not_allowed"
    fips = "support-fips.eu-west-1.amazonaws.com"
    assert goes("support", "eu-west-1", ["eu-*"], fips="require") == fips
    made = {"defaults": {"allowed_regions": ["eu-*"], "fips": "prefer"}}
    assert under(made, "support", "eu-west-1") == fips


@pytest.mark.parametrize(
    "url",
    [
        "https://kms-fips.us-east-1.amazonaws.com",
        "https://kms.us-east-1.amazonaws.com",
        "https://sts.amazonaws.com",
        "https://iam.amazonaws.com",
        "https://s3.amazonaws.com",
        # Nothing in China is in us-gov-west-1.
        "https://kms.us-gov-west-1.amazonaws.com.cn",
        "https://abc.endpoint.events.amazonaws.com",
        "https://payroll.s3-accelerate.amazonaws.com",
        # A bucket's name says nothing about where it is.
        "https://us-gov-west-1.s3.amazonaws.com",
    ],
)
@pytest.mark.parametrize("service", ["kms", "iam"])
def test_a_govcloud_client_with_a_url_elsewhere(service: str, url: str) -> None:
    assert goes(service, "us-gov-west-1", GOV, endpoint_url=url) == "region.not_allowed"


def test_a_url_for_all_services_captures_those_without_regions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sqs.eu-west-1.amazonaws.com")
    assert goes("iam", "us-east-1", ["us-*"]) == "region.not_allowed"


@pytest.mark.parametrize("service", ["kms", "iam"])
def test_an_undeclared_host_that_is_not_aws(service: str) -> None:
    url = "https://elsewhere.example"
    region = "us-gov-west-1"
    client = session({"defaults": {"allowed_regions": GOV}}).create_client(
        service, region, endpoint_url=url
    )
    with pytest.raises(EndpointDenied) as refusal:
        getattr(client, CALLS[service])()
    assert refusal.value.code == "endpoint_url.undeclared"
    assert "allowed_regions" in refusal.value.reason
    # As the remedy has it:
    declared = {"url": url, "services": [service], "reason": "ours"}
    assert f'url = "{url}", services = ["{service}"]' in refusal.value.remedy
    made = {"defaults": {"allowed_regions": GOV}, "custom_endpoints": [declared]}
    assert under(made, service, region, endpoint_url=url) == "elsewhere.example"
    # Where nothing is demanded, an application may do as it likes.
    assert under({}, service, region, endpoint_url=url) == "elsewhere.example"


def test_a_declared_host_does_not_move_the_client() -> None:
    url = "https://elsewhere.example"
    made = {
        "defaults": {"allowed_regions": GOV},
        "custom_endpoints": [{"url": url, "services": ["*"]}],
    }
    assert under(made, "kms", "us-east-1", endpoint_url=url) == "region.not_allowed"


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
    ("host", "code"),
    [
        ("kms.elsewhere.example", "endpoint_url.undeclared"),
        ("kms.eu-west-1.amazonaws.com", "region.not_allowed"),
        ("iam.amazonaws.com", "region.not_allowed"),
        ("kms.us-gov-east-1.amazonaws.com", ""),
    ],
)
def test_a_host_that_the_call_itself_names(host: str, code: str) -> None:
    """As endpoint discovery does: whatever it answers is held against the policy."""
    client = session({"defaults": {"allowed_regions": GOV}}).create_client("kms", "us-gov-west-1")

    def lead_away(params: dict[str, Any], **_: Any) -> None:
        params["url"] = f"https://{host}/"

    client.meta.events.register("before-call", lead_away)
    if not code:
        assert sent_to(client, "list_keys") == host
        return
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == code


@pytest.mark.parametrize("allowed", [["us-*"], ["us-*", "eu-west-1"]])
@pytest.mark.parametrize(
    "host", ["kms.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com", "x.eu-west-1.api.aws"]
)
def test_an_endpoint_url_does_not_leave_the_allowed_regions(host: str, allowed: list[str]) -> None:
    code = "" if "eu-west-1" in allowed else "region.not_allowed"
    came = lists(policy(allowed_regions=allowed), f"https://{host}")
    assert (came.error.code if came.error else "") == code
    if code:
        with pytest.raises(EndpointDenied, match=r"region\.not_allowed.*eu-west-1"):
            asked(f"https://{host}/", policy(allowed_regions=allowed))


# --- hosts in no region


ACCELERATED = {"config": Config(s3={"use_accelerate_endpoint": True})}
ANYWHERE = {"services": ["s3"], "allowed_regions": ["*"], "reason": "as the remedy has it"}


def test_acceleration_is_in_no_region() -> None:
    made = {"defaults": {"allowed_regions": ["us-*"]}}
    client = session(made).create_client("s3", "us-east-1", **ACCELERATED)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_objects_v2(Bucket="payroll")
    assert refusal.value.code == "region.not_allowed"
    assert 'services = ["s3"], allowed_regions = ["*"] and a reason' in refusal.value.remedy
    for rule in ANYWHERE, {**ANYWHERE, "allowed_regions": []}:
        waived = session({**made, "rules": [rule]}).create_client("s3", "us-east-1", **ACCELERATED)
        host = sent_to(waived, "list_objects_v2", Bucket="payroll")
        assert host == "payroll.s3-accelerate.amazonaws.com"


def test_a_global_endpoint_of_eventbridge_is_in_no_region() -> None:
    pytest.importorskip("awscrt")  # it is signed with SigV4A
    made = {"defaults": {"allowed_regions": ["us-*"]}}
    client = session(made).create_client("events", "us-east-1")
    with pytest.raises(EndpointDenied) as refusal:
        client.put_events(Entries=[{"Detail": "{}"}], EndpointId="abcde.veo")
    assert refusal.value.code == "region.not_allowed"


# --- hosts beside the one that is not allowed


def test_the_regional_host_takes_the_place_of_a_global_one_that_is_elsewhere() -> None:
    legacy = session({"defaults": {"allowed_regions": ["eu-*"]}})
    legacy.set_config_variable("sts_regional_endpoints", "legacy")
    client = legacy.create_client("sts", "eu-west-1")
    with pytest.raises(Caught) as caught:
        client.get_caller_identity()
    sent = on_the_wire(caught.value.request)
    assert (sent.host, sent.signing_region) == ("sts.eu-west-1.amazonaws.com", "eu-west-1")
    # Nobody forbids the global one here.
    legacy = session({"defaults": {"allowed_regions": ["eu-*", "us-east-1"]}})
    legacy.set_config_variable("sts_regional_endpoints", "legacy")
    host = sent_to(legacy.create_client("sts", "eu-west-1"), "get_caller_identity")
    assert host == "sts.amazonaws.com"


@pytest.mark.parametrize(("private", "host"), [("prefer", "kms.us-gov-west-1.amazonaws.com")])
def test_an_endpoint_in_another_region_is_no_candidate(private: str, host: str) -> None:
    elsewhere = {
        "type": "interface",
        "dns_names": ["vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"],
        "serves": [host],
    }
    made = {
        "defaults": {"allowed_regions": GOV, "private": private},
        "vpc_endpoints": [elsewhere],
    }
    routed = session(made, lambda name: "10.20.0.10" if "vpce" in name else "52.94.0.10")
    assert sent_to(routed.create_client("kms", "us-gov-west-1"), "list_keys") == host


def test_the_endpoint_of_a_service_without_regions_may_be_where_aws_has_it() -> None:
    """IAM's is in us-east-1, for everybody in the partition."""
    name = "vpce-0a-1b.iam.us-east-1.vpce.amazonaws.com"
    made = {
        "defaults": {"allowed_regions": ["eu-*"], "private": "require"},
        "vpc_endpoints": [
            {"type": "interface", "dns_names": [name], "serves": ["iam.amazonaws.com"]}
        ],
    }
    client = session(made, lambda _: "10.20.0.10").create_client("iam", "eu-west-1")
    assert sent_to(client, "list_users") == name


# --- what a person reads


@pytest.mark.parametrize(
    ("service", "region", "allowed", "names", "says"),
    [
        (
            "kms",
            "eu-west-1",
            ["us-*"],
            ["eu-west-1"],
            "region eu-west-1 (the client's, the signature's, the host's) is not among",
        ),
        (
            "organizations",
            "eu-west-1",
            ["eu-*"],
            ["us-east-1"],
            "region us-east-1 (the signature's, the host's) is not among",
        ),
        (
            "organizations",
            "eu-west-1",
            ["ap-*"],
            ["eu-west-1", "us-east-1"],
            "region eu-west-1 (the client's) and region us-east-1 (the signature's, the host's)",
        ),
        ("iam", "us-east-1", GOV, ["us-east-1"], "all of partition aws is not among"),
        ("sts", "aws-global", ["us-west-2"], ["us-east-1"], "region us-east-1"),
    ],
)
def test_the_remedy_helps_when_it_is_followed(
    service: str, region: str, allowed: list[str], names: list[str], says: str
) -> None:
    client = session({"defaults": {"allowed_regions": allowed}}).create_client(service, region)
    with pytest.raises(EndpointDenied) as refusal:
        getattr(client, CALLS[service])()
    assert says in refusal.value.reason
    quoted = " and ".join(f'"{name}"' for name in names)
    assert f"add {quoted} to allowed_regions" in refusal.value.remedy
    assert goes(service, region, [*allowed, *names]).endswith("amazonaws.com")


def test_the_remedy_names_the_rule_that_spoke() -> None:
    rule = {"services": ["kms"], "allowed_regions": ["us-west-2"], "reason": "here only"}
    made: dict[str, Any] = {"defaults": {"allowed_regions": ["us-*"]}, "rules": [rule]}
    client = session(made).create_client("kms", "us-east-1")
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert 'add "us-east-1" to allowed_regions of rules[0]' in refusal.value.remedy


@pytest.mark.parametrize(
    ("url", "allowed", "code"),
    [
        ("https://iam.amazonaws.com/", ["eu-*"], ""),
        ("https://iam.amazonaws.com/", GOV, "region.not_allowed"),
        ("https://iam.us-gov.amazonaws.com/", GOV, ""),
        ("https://s3.amazonaws.com/", ["eu-*"], "region.not_allowed"),
        ("https://queue.amazonaws.com/", ["us-east-1"], ""),
        ("https://x.endpoint.events.amazonaws.com/", ["us-*"], "region.not_allowed"),
        ("https://elsewhere.example/", ["us-*"], "endpoint_url.undeclared"),
    ],
)
def test_resolve_says_the_same(url: str, allowed: list[str], code: str) -> None:
    made = policy(allowed_regions=allowed)
    if not code:
        assert asked(url, made).url == url
        return
    with pytest.raises(EndpointDenied) as refusal:
        asked(url, made)
    assert refusal.value.code == code
