"""One measured program: makes clients or calls, so many times. Other modules run and time it.

``python -m benchmarks.subject SUBJECT SCENARIO COUNT``. The difference between two counts is the
cost of one, without start-up. The answer comes from where urllib3 would begin.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from functools import partial
from typing import Any

if __name__ == "__main__":
    # As if it were not installed: its threads vary the count by two percent from run to run.
    sys.modules["awscrt"] = None  # type: ignore[assignment]

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.session import Session

REGION = "us-west-2"
VPCE = {
    "sts": "vpce-0123456789abcdef0-abcdefgh.sts.us-west-2.vpce.amazonaws.com",
    "dynamodb": "vpce-0123456789abcdef0-abcdefgh.dynamodb.us-west-2.vpce.amazonaws.com",
    "kms": "vpce-0123456789abcdef0-abcdefgh.kms.us-west-2.vpce.amazonaws.com",
    "s3": "bucket.vpce-0123456789abcdef0-abcdefgh.s3.us-west-2.vpce.amazonaws.com",
}
CALLS: dict[str, tuple[str, dict[str, Any], bytes]] = {
    "sts": (
        "get_caller_identity",
        {},
        b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"
        b"</GetCallerIdentityResult></GetCallerIdentityResponse>",
    ),
    "s3": ("head_object", {"Bucket": "example", "Key": "key"}, b""),
    "dynamodb": (
        "get_item", {"TableName": "table", "Key": {"id": {"S": "1"}}}, b'{"Item":{"id":{"S":"1"}}}'
    ),
    "kms": ("list_keys", {}, b'{"Keys":[]}'),
}  # fmt: skip

#: As in a VPC with an outbound proxy, which the VPC endpoints are reached without.
PROXIES = {
    "HTTPS_PROXY": "http://proxy.example:3128",
    "HTTP_PROXY": "http://proxy.example:3128",
    "NO_PROXY": "169.254.169.254,localhost,.vpce.amazonaws.com,.internal.example",
}


def canned(body: bytes) -> Any:
    """A ``send`` that answers at once."""

    def send(self: Any, request: Any) -> AWSResponse:
        response = AWSResponse(request.url, 200, {}, None)
        response._content = body
        return response

    return send


def world() -> Any:
    """Every name exists: VPC endpoints privately, the rest publicly. No DNS server is asked.

    The clock stands still, at the price of one that goes: under valgrind so few calls take a second
    that what is done once in a second would count as theirs, the more the busier the machine.
    """
    from endpoint_router.probe.clock import freeze_aware
    from endpoint_router.router import World
    from endpoint_router.routing.answer import Answer

    def lookup(_dns: Any) -> Any:
        def answer(name: str, _timeout: float) -> Answer:
            address = "10.20.0.10" if ".vpce." in name else "52.94.0.10"
            return Answer(name, "answered", (address,), ttl=300)

        return answer

    still = partial(float, 1.0)
    return World(clock=freeze_aware(still, still), lookup=lookup)


def routed(policy: dict[str, Any]) -> boto3.Session:
    """A session under *policy*."""
    from endpoint_router.sdk.activation.installation import Installation

    installation = Installation(policy, world=world(), environ={})
    session = Session()
    installation(session)
    return boto3.Session(botocore_session=session)


def pinned() -> dict[str, Any]:
    """A policy under which every call goes to confirmed addresses of a VPC endpoint."""
    names = [name.replace("bucket.", "*.") for name in VPCE.values()]
    endpoints = [{"type": "interface", "dns_names": [name]} for name in names]
    return {"defaults": {"private": "require"}, "vpc_endpoints": endpoints}


def session_for(subject: str) -> boto3.Session:
    """The subject's session."""
    if subject == "router-fips":
        return routed({"defaults": {"fips": "require"}})
    if subject == "router-vpce":
        return routed(pinned())
    log = {"decisions": os.path.join(os.environ["HOME"], "decisions.jsonl")}
    if subject == "router-logged":
        return routed({**pinned(), "log": log})
    if subject == "router-report":
        return routed({"mode": "report", "defaults": {"fips": "require"}, "log": log})
    if subject == "xray":
        from aws_xray_sdk.core import patch, xray_recorder

        xray_recorder.configure(sampling=False, context_missing="IGNORE_ERROR")
        patch(["botocore"])
    elif subject == "opentelemetry":
        from opentelemetry.instrumentation.botocore import BotocoreInstrumentor

        BotocoreInstrumentor().instrument()
    elif subject == "localstack":
        from localstack_client.patch import enable_local_endpoints

        enable_local_endpoints()
    return boto3.Session()


def arguments_for(subject: str, service: str) -> dict[str, Any]:
    """What makes plain botocore send to the URL that the compared subject sends to."""
    if subject == "plain-fips":
        return {"config": Config(use_fips_endpoint=True)}
    if subject == "plain-localstack":
        from localstack_client.config import get_service_endpoint

        return {"endpoint_url": get_service_endpoint(service)}
    if subject in ("plain-vpce", "xray", "opentelemetry"):
        config = Config(s3={"addressing_style": "virtual"})
        return {"endpoint_url": f"https://{VPCE[service]}", "config": config}
    return {}


def main(subject: str, scenario: str, count: int) -> None:
    """Run *scenario* (``call:sts``, ``client:kms``, ``proxied:kms``) *count* times."""
    kind, service = scenario.split(":")
    if kind == "proxied":
        os.environ.update(PROXIES)
    operation, arguments, body = CALLS[service]
    URLLib3Session.send = canned(body)
    session = session_for(subject)
    extra = arguments_for(subject, service)
    client = session.client(service, REGION, **extra)
    time.sleep(1)  # the first client's look-ups land: what is measured is the steady state
    session.client(service, REGION, **extra)
    gc.disable()  # a collection more or less between two counts would drown the difference
    if kind != "call":
        for _ in range(count):
            session.client(service, REGION, **extra)
        return
    method = getattr(client, operation)
    for _ in range(count):
        method(**arguments)


if __name__ == "__main__":
    os.environ.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
