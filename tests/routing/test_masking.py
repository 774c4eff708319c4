"""What a call's parameters put into a host is nowhere in a record; what is no secret stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from endpoint_router.policy.load import load
from endpoint_router.router import Router, World
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.case import Decision
from endpoint_router.routing.masking import Mask
from endpoint_router.routing.rendering import as_data
from endpoint_router.sdk import seams
from endpoint_router.sdk.activation.hooks import Clients
from tests.support.examples import examples

ACCOUNT = "123456789012"
S3_VPCE = "*.vpce-0123456789abcdef0-abcdefgh.s3.us-east-1.vpce.amazonaws.com"
PRIVATE = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [S3_VPCE]}],
}
MINIO = {
    "custom_endpoints": [
        {"url": "https://minio.corp.example:9000", "services": ["s3"]},
    ],
}
POLICIES: dict[str, dict[str, Any]] = {
    "public": {},
    "fips": {"defaults": {"fips": "require"}},
    "prefer": {"defaults": {"fips": "prefer"}},
    "interface": PRIVATE,
    "no endpoint": {"defaults": {"private": "require"}},
    "regions": {"defaults": {"allowed_regions": ["eu-*"]}},
}

Decide = Callable[..., Decision]


def decider(policy: Mapping[str, Any], service: str = "s3", **arguments: Any) -> Decide:
    """Decisions about calls of one client, under DNS that quotes the name it was asked for."""

    def failing(name: str, _timeout: float) -> Answer:
        # An absence, so that every candidate is considered, and its text holds the name.
        return Answer(name, "absent", detail=f"NXDOMAIN for {name}.", ttl=60.0)

    config = Config(signature_version="v4", s3=arguments.pop("s3", None))
    arguments.setdefault("region_name", "us-east-1")
    client = Session().create_client(service, config=config, **arguments)
    router = Router(load(dict(policy), environ={}), World(lookup=lambda _dns: failing))
    routing = Clients(router).make(seams.client_parts(client))

    def decide(operation: str, **parameters: Any) -> Decision:
        # The client is kept: what is routed refers to it weakly.
        return routing.explain(client.meta.service_model.operation_model(operation), parameters)

    return decide


def line(decision: Decision, sent: str = "") -> str:
    return json.dumps([as_data(decision, masked=True), Mask(decision)(sent)])


_LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=3, max_size=12).filter(
    lambda text: text[0] != "-" != text[-1]
)
BUCKETS = st.lists(_LABEL, min_size=1, max_size=3).map(".".join).filter(lambda name: len(name) >= 6)
DECIDERS: dict[str, Decide] = {}


@pytest.fixture(params=[*POLICIES, "minio", "undeclared", "undeclared vpce"])
def decide(request: pytest.FixtureRequest) -> Decide:
    name = request.param
    if name not in DECIDERS:
        virtual = {"s3": {"addressing_style": "virtual"}}
        if name == "minio":
            DECIDERS[name] = decider(MINIO, endpoint_url="https://minio.corp.example:9000")
        elif name == "undeclared":
            url = "https://Minio.corp.example:9000"
            DECIDERS[name] = decider(POLICIES["fips"], endpoint_url=url, **virtual)
        elif name == "undeclared vpce":
            url = f"https://{S3_VPCE.replace('*', 'bucket')}"
            DECIDERS[name] = decider(POLICIES["fips"], endpoint_url=url, **virtual)
        else:
            DECIDERS[name] = decider(POLICIES[name])
    return DECIDERS[name]


@given(bucket=BUCKETS)
@example(bucket="000.vpce")
@example(bucket="s3.backup")
@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
def test_no_bucket_name_is_in_a_line(decide: Decide, bucket: str) -> None:
    other = decide("PutObject", Bucket="another-one", Key="k")
    assume(bucket not in line(other))
    decision = decide("PutObject", Bucket=bucket, Key="k")
    sent = f"{bucket}.s3.us-east-1.amazonaws.com"
    assert bucket not in line(decision, sent)


#: What botocore refuses, and quotes in its own way: some of it bare, some of it in the text's midst.
SECRET = "zqpayrollqz"
_ODD = st.one_of(
    st.sampled_from(["", "`", '"', "`.`", " ", "\n", "..", "/", "\\", "é", "A"]), st.text()
)


@st.composite
def wrong_buckets(draw: st.DrawFn) -> str:
    """Names and ARNs that are none, with the secret where a name, an account or a type is due."""
    secret = f"{draw(_ODD)}{SECRET}{draw(_ODD)}"
    service = draw(st.sampled_from(["s3", "s3-outposts", "s3-object-lambda", secret]))
    account = draw(st.sampled_from([ACCOUNT, secret]))
    resource = draw(
        st.sampled_from(
            [
                f"accesspoint/{secret}",
                f"accesspoint:x:{secret}",
                f"outpost/{secret}/accesspoint/x",
                f"outpost/op-01/{secret}/x",
                f"{secret}/x",
                secret,
            ]
        )
    )
    return draw(st.sampled_from([secret, f"arn:aws:{service}:us-east-1:{account}:{resource}"]))


@given(bucket=wrong_buckets())
@example(bucket=f"arn:aws:s3:us-east-1:{ACCOUNT}:{SECRET}/x y {SECRET}")
@example(bucket=f'a"b {SECRET}')
@example(bucket=f"arn:aws:s3-outposts:us-east-1:{ACCOUNT}:outpost/op-01/`{SECRET}/x")
@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
def test_nor_is_what_botocore_quotes_of_a_name_that_is_none(decide: Decide, bucket: str) -> None:
    try:
        decision = decide("PutObject", Bucket=bucket, Key="k")
    except BotoCoreError:  # where its URL stays, botocore refuses in its own words
        return
    assert SECRET not in line(decision).lower()


def test_the_virtual_hosts_above_were_none_without_a_mask(decide: Decide) -> None:
    """Or the test before would show nothing."""
    decision = decide("PutObject", Bucket="payroll", Key="k")
    if "minio" not in decision.host:
        assert "payroll" in json.dumps(as_data(decision))
        assert "*." in line(decision)


ARN = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/payroll"
OUTPOST = (
    f"arn:aws:s3-outposts:us-east-1:{ACCOUNT}:outpost/op-01234567890123456/accesspoint/payroll"
)
LAMBDA = f"arn:aws:s3-object-lambda:us-east-1:{ACCOUNT}:accesspoint/payroll"


@pytest.mark.parametrize("policy", ["public", "fips", "interface", "no endpoint"])
@pytest.mark.parametrize(
    "bucket", [ARN, OUTPOST, LAMBDA, f"{ARN}/x/y", ARN.replace("s3:us", "s3:eu")]
)
def test_access_points_and_accounts(policy: str, bucket: str) -> None:
    decision = decider(POLICIES[policy])("GetObject", Bucket=bucket, Key="k")
    text = line(decision)
    assert "payroll" not in text
    assert ACCOUNT not in text
    assert "op-01234567890123456" not in text


@pytest.mark.parametrize("policy", ["public", "fips", "no endpoint"])
def test_accounts_in_host_prefixes(policy: str) -> None:
    decision = decider(POLICIES[policy], "s3control")("ListAccessPoints", AccountId=ACCOUNT)
    assert ACCOUNT in json.dumps(as_data(decision))
    assert ACCOUNT not in line(decision)


def test_other_labels_in_host_prefixes() -> None:
    if "neptune-graph" not in Session().get_available_services():
        pytest.skip("this botocore does not know neptune-graph")
    decide = decider(POLICIES["no endpoint"], "neptune-graph")
    decision = decide("ExecuteQuery", graphIdentifier="g-payroll01")
    assert "g-payroll01" in decision.host
    assert "g-payroll01" not in line(decision, f"{decision.host}")
    assert as_data(decision, masked=True)["host"].startswith("*.us-east-1.neptune-graph.")


def test_constant_host_prefixes_stay() -> None:
    decision = decider(POLICIES["no endpoint"], "servicediscovery")("DiscoverInstances")
    assert as_data(decision, masked=True) == as_data(decision)
    assert decision.host.startswith("data-servicediscovery.")


def test_a_declared_endpoint_keeps_its_name() -> None:
    decision = decider(PRIVATE)("PutObject", Bucket="payroll", Key="k")
    hosts = [one["host"] for one in as_data(decision, masked=True)["candidates"]]
    assert f"*.bucket.{S3_VPCE[2:]}" in hosts
    assert "*.s3.amazonaws.com" in hosts


@pytest.mark.parametrize("bucket", ["amazonaws", "bucket", "public", "vpce", "kms"])
def test_a_bucket_called_like_something_else_spoils_nothing(bucket: str) -> None:
    decide = decider(PRIVATE, s3={"addressing_style": "virtual"})
    usual = as_data(decide("PutObject", Bucket="payroll-2026", Key="k"), masked=True)
    odd = as_data(decide("PutObject", Bucket=bucket, Key="k"), masked=True)
    assert _without_time(odd) == _without_time(usual)


def _without_time(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "evidence": [{**one, "at": 0} for one in data["evidence"]]}


def test_a_decision_in_capitals(decide: Decide) -> None:
    decision = decide("PutObject", Bucket="payroll", Key="k")
    shouted = replace(decision, reason=decision.reason.upper(), remedy=decision.remedy.upper())
    assert "PAYROLL" not in line(shouted)
