"""Requests that somebody has a client sign, and sends himself: kombu's, tokens, presigned URLs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSRequest
from botocore.session import Session

import endpoint_router
from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError
from endpoint_router.lab.network import Lab
from tests.support import own_sender
from tests.support.kombu_calls import call, query_request, signed
from tests.support.lab_client import client_for, hosts, only, scope
from tests.support.plain_wire import normalised

SQS = "sqs.us-east-1.amazonaws.com"
SQS_FIPS = "sqs-fips.us-east-1.amazonaws.com"
SQS_VPCE = "vpce-0123456789abcdef0-abcdefgh.sqs.us-east-1.vpce.amazonaws.com"
QUEUE = f"https://{SQS}/123456789012/tasks"
PRIVATE, PUBLIC = "10.20.0.41", "52.94.0.41"

FIPS: dict[str, Any] = {"defaults": {"fips": "require"}}
PRIVATE_DNS: dict[str, Any] = {"defaults": {"private": "require"}}
ENDPOINT = {"type": "interface", "dns_names": [SQS_VPCE]}
VPCE: dict[str, Any] = {"defaults": {"private": "require"}, "vpc_endpoints": [ENDPOINT]}


@pytest.fixture(autouse=True)
def sqs(lab: Lab) -> None:
    lab.host(SQS, PUBLIC)
    lab.host(SQS_FIPS, "52.94.0.42")
    lab.host(SQS_VPCE, "10.20.0.42")


def poll(lab: Lab, client: Any, operation: str = "ReceiveMessage") -> int:
    """As celery's worker does."""
    return call(lab, client, operation, {"MaxNumberOfMessages": 10}, QUEUE)


# --- kombu


def test_nothing_is_demanded_so_it_is_plain_botocores(lab: Lab) -> None:
    plain = Session().create_client("sqs", "us-east-1")
    for policy in ({}, {"mode": "off", **FIPS}, {"mode": "report", **FIPS}):
        routed = client_for(lab, policy, "sqs")
        expected, request = (signed(each, "ReceiveMessage", {}, QUEUE) for each in (plain, routed))
        assert request.url.rstrip("/") == expected.url.rstrip("/")
        assert list(request.headers) == list(expected.headers)
        for name, value in expected.headers.items():
            assert normalised(request.headers[name].encode()) == normalised(value.encode())
        assert request.data == expected.data


def test_fips(lab: Lab) -> None:
    client = client_for(lab, FIPS, "sqs")
    poll(lab, client)
    assert (only(lab).host, only(lab).sni) == (SQS_FIPS, SQS_FIPS)
    assert scope(only(lab)) == ("sqs", "us-east-1")


def test_a_plain_host_that_fips_forbids(lab: Lab) -> None:
    """By the queue's URL, as with a botocore whose SQS speaks the query protocol."""
    client = client_for(lab, FIPS, "sqs")
    for method in ("POST", "GET"):
        request = query_request(client, "DeleteMessage", QUEUE, method)
        kind = "presign-url" if method == "GET" else "standard"
        client._request_signer.sign("DeleteMessage", request, signing_type=kind)
        assert urlsplit(request.url).netloc == SQS_FIPS
        own_sender.send(lab, request)
    assert hosts(lab) == [SQS_FIPS] * 2


def test_a_rule_for_the_operation_counts(lab: Lab) -> None:
    """The client shows one URL for all of them, and kombu takes it for all of them."""
    rule = {"services": ["sqs"], "operations": ["ReceiveMessage"], "fips": "off", "reason": "x"}
    client = client_for(lab, {**FIPS, "rules": [rule]}, "sqs")
    poll(lab, client)
    poll(lab, client, "DeleteMessage")
    assert hosts(lab) == [SQS, SQS_FIPS]


def test_private_dns_is_no_proof_to_who_dials_for_himself(lab: Lab) -> None:
    lab.host(SQS, PRIVATE)
    client = client_for(lab, PRIVATE_DNS, "sqs")
    client.list_queues()  # botocore's own connection is pinned
    lab.host(SQS, PUBLIC)  # kombu's would follow
    for _ in range(2):
        with pytest.raises(EndpointDenied) as refusal:
            poll(lab, client)
        assert refusal.value.code == "private.unpinned"
        assert "looks the name up by itself" in refusal.value.reason
    assert [address for address, _ in lab.dialled] == [PRIVATE]


def test_a_name_that_only_the_endpoint_bears_is(lab: Lab) -> None:
    client = client_for(lab, VPCE, "sqs")
    poll(lab, client)
    assert (only(lab).host, only(lab).sni) == (SQS_VPCE, SQS_VPCE)


def test_nor_is_an_endpoint_that_is_reached_by_address(lab: Lab) -> None:
    endpoint = {**ENDPOINT, "connect": "address"}
    client = client_for(lab, {**VPCE, "vpc_endpoints": [endpoint]}, "sqs")
    with pytest.raises(EndpointDenied) as refusal:
        poll(lab, client)
    assert refusal.value.code == "private.unpinned"
    preferred = {"defaults": {"private": "prefer"}, "vpc_endpoints": [endpoint]}
    poll(lab, client_for(lab, preferred, "sqs"))
    assert (only(lab).host, only(lab).address) == (SQS, PUBLIC)


def test_what_dns_cannot_tell_is_refused_at_once(lab: Lab) -> None:
    lab.dns.down()
    client = client_for(lab, {**VPCE, "dns": {"timeout": 0.2}}, "sqs")
    with pytest.raises(EndpointUnverified) as refusal:
        poll(lab, client)
    assert refusal.value.code == "private.unverified"
    assert lab.dialled == []


@pytest.mark.parametrize("policy", [FIPS, {"defaults": {"allowed_regions": ["us-*"]}}])
def test_a_handler_cannot_lead_it_away(lab: Lab, policy: dict[str, Any]) -> None:
    client = client_for(lab, policy, "sqs")
    elsewhere = "sqs.eu-west-1.amazonaws.com"
    lab.host(elsewhere, "52.94.0.50")

    def lead_away(request: Any, **_: Any) -> None:
        request.url = f"https://{elsewhere}/"

    client.meta.events.register("before-sign", lead_away)
    with pytest.raises(EndpointDenied) as refusal:
        poll(lab, client)
    assert refusal.value.code == "guard.changed"
    assert lab.dialled == []


def test_a_host_of_somebody_elses(lab: Lab) -> None:
    client = client_for(lab, FIPS, "sqs")
    request = query_request(client, "ReceiveMessage", "https://sqs.elsewhere.example/", "POST")
    with pytest.raises(EndpointDenied) as refusal:
        client._request_signer.sign("ReceiveMessage", request, signing_type="standard")
    assert refusal.value.code == "endpoint_url.undeclared"
    untouched = client_for(lab, {}, "sqs", endpoint_url="http://localhost:9324")
    url = "http://localhost:9324/queue/tasks"
    assert signed(untouched, "ReceiveMessage", {}, url).url.startswith("http://localhost:9324")


@pytest.mark.parametrize("mode", ["enforce", "report"])
def test_it_is_on_record(lab: Lab, tmp_path: Path, mode: str) -> None:
    log = tmp_path / "log.jsonl"
    client = client_for(lab, {"mode": mode, **FIPS, "log": {"decisions": str(log)}}, "sqs")
    poll(lab, client)
    poll(lab, client)
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["operation"], line["outcome"], line["host"]) == (
        "ReceiveMessage",
        "allowed",
        SQS_FIPS,
    )
    assert line["sent"] == (SQS_FIPS if mode == "enforce" else SQS)


def test_under_a_broken_policy_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PolicyError):
        endpoint_router.install({"version": 99})
    try:
        client = Session().create_client("sqs", "us-east-1")
        with pytest.raises(PolicyError):
            signed(client, "ReceiveMessage", {}, QUEUE)
        rds = Session().create_client("rds", "us-east-1")
        assert rds.generate_db_auth_token("db.example", 5432, "me")
    finally:
        endpoint_router.uninstall()


# --- who else signs without a call


TOKENS = [
    ("rds", "generate_db_auth_token", ("db.c1.us-east-1.rds.amazonaws.com", 5432, "me")),
    ("rds", "generate_db_auth_token", ("10.20.0.9", 3306, "me", "eu-west-1")),
    ("dsql", "generate_db_connect_auth_token", ("abc.dsql.us-east-1.on.aws",)),
    ("dsql", "generate_db_connect_admin_auth_token", ("abc.dsql.us-east-1.on.aws",)),
]
STRICT = {
    "defaults": {
        "fips": "require",
        "private": "require",
        "presigned": "routed",
        "allowed_regions": ["us-gov-*"],
        "endpoint_url": "deny",
    }
}


@pytest.mark.parametrize("policy", [{}, STRICT, {**STRICT, "mode": "report"}])
@pytest.mark.parametrize(("service", "method", "arguments"), TOKENS)
def test_a_databases_token_is_none_of_our_business(
    lab: Lab, service: str, method: str, arguments: Any, policy: dict[str, Any]
) -> None:
    if service not in Session().get_available_services():
        pytest.skip(f"this botocore has no {service}")
    plain = Session().create_client(service, "us-east-1")
    routed = client_for(lab, policy, service)
    expected, token = (getattr(each, method)(*arguments) for each in (plain, routed))
    assert normalised(token.encode()) == normalised(expected.encode())
    assert lab.dns.questions == []


@pytest.mark.parametrize("operation", ["", "GetCallerIdentity"])
def test_a_presigned_url_that_is_made_by_the_signer_itself(lab: Lab, operation: str) -> None:
    """As recipes for EKS make its token: it is no database's, and AWS's own host is in it."""
    url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
    asked = {"method": "GET", "url": url, "body": {}, "headers": {}, "context": {}}

    def presigned(policy: dict[str, Any]) -> str:
        client = client_for(lab, policy, "sts")
        signer = client._request_signer
        made: str = signer.generate_presigned_url({**asked, "context": {}}, operation)
        return made

    for policy in ({}, PRIVATE_DNS, {"defaults": {"fips": "require"}, "mode": "report"}):
        assert presigned(policy).startswith("https://sts.us-east-1.amazonaws.com/?Action=")
    with pytest.raises(EndpointDenied) as refusal:
        presigned(FIPS)
    assert refusal.value.code == "fips.no_basis"


def test_an_empty_context_is_what_tells_them(lab: Lab) -> None:
    """botocore's own calls have one that is not empty, on each version."""
    contexts: list[Any] = []
    client = Session().create_client("sqs", "us-east-1")
    original = client._request_signer.sign

    def sign(operation: str, request: AWSRequest, *arguments: Any, **options: Any) -> None:
        contexts.append(dict(request.context))
        original(operation, request, *arguments, **options)

    client._request_signer.sign = sign
    client.generate_presigned_url("list_queues")
    client.meta.events.register("before-send", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        client.list_queues()
    assert len(contexts) == 2
    assert all(contexts)
