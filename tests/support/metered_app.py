"""A WSGI application that calls the service that its path names: allowed, waived or refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from botocore.config import Config
from botocore.session import Session

from endpoint_router.errors import EndpointDenied
from endpoint_router.router import World
from endpoint_router.sdk.activation.installation import Installation
from tests.support.renewing import Loopback

REGION = "us-east-1"
#: What a path asks for, and where it goes; SQS goes nowhere.
CALLS = {"kms": "list_keys", "sns": "list_topics", "sqs": "list_queues"}
HOSTS = {"kms": f"kms-fips.{REGION}.amazonaws.com", "sns": f"sns.{REGION}.amazonaws.com"}
POLICY = {
    "defaults": {"fips": "require"},
    "rules": [
        {"services": ["sns"], "fips": "off", "reason": "SEC-1", "expires": "2999-12-31"},
        {"services": ["sqs"], "private": "require"},
    ],
    "dns": {"servers": [os.environ["LAB_DNS"]], "timeout": 30.0},
}
session = Session()
session.set_credentials("AKIDEXAMPLE", "secret-of-nobody")
session.set_config_variable("ca_bundle", os.environ["LAB_CA"])
Installation(POLICY, world=World(dialler=Loopback(int(os.environ["LAB_PORT"]))), environ={})(
    session
)
retries: Any = {"mode": "standard", "max_attempts": 1}
clients = {
    service: session.create_client(service, REGION, config=Config(retries=retries))
    for service in CALLS
}


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with the worker's pid, and what became of the call."""
    service = environ["PATH_INFO"].strip("/")
    try:
        getattr(clients[service], CALLS[service])()
        outcome = "allowed"
    except EndpointDenied:
        outcome = "denied"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {outcome}".encode()]
