"""Asks EC2 for endpoints and services: with credentials, in one account and region at a time.

By botocore alone, and by the policy in force where there is one: who demands FIPS of this machine
demands it of this command, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ProfileNotFound
from botocore.session import Session
from msgspec import Struct

from ..sdk.activation.announcing import is_anything_written
from ..sdk.activation.installation import Installation
from .described import Description, decode

__all__ = [
    "PATIENCE",
    "TWICE",
    "Answer",
    "Refused",
    "action_of",
    "ask",
    "regions_of",
    "session_for",
]

#: In a VPC without a route to AWS nobody wants to wait for botocore's own five minutes.
PATIENCE: Any = Config(connect_timeout=10, read_timeout=60)
#: Where a second attempt is enough.
TWICE: Any = PATIENCE.merge(Config(retries={"total_max_attempts": 2}))
#: Where the user did not say which profile.
_DEFAULT = "the default credentials"
_ACCOUNT = re.compile(r"arn:[a-z-]+:(?:iam|sts)::(\d{12}):")
_DENIED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException")


class Refused(Exception):
    """AWS did not answer the question; its text says which, where and why, in one line."""


class Answer(Struct, frozen=True):
    """What one account has in one region."""

    region: str
    described: tuple[Description, ...]


def session_for(profile: str | None, environ: Mapping[str, str] = os.environ) -> Any:
    """A botocore session, routed where there is a policy in force.

    :raises Refused: there is no such profile.
    :raises PolicyError: that policy cannot be used.
    """
    session = Session(profile=profile)
    try:
        session.get_scoped_config()
    except ProfileNotFound as error:
        raise Refused(str(error)) from None
    installation = Installation(None, environ=environ)
    if is_anything_written(installation.load(session), environ):
        installation.claim(session)
    return session


def regions_of(session: Any) -> list[str]:
    """The region of *session*'s own configuration, if it has one."""
    return list(filter(None, [session.get_config_variable("region")]))


def ask(session: Any, profile: str | None, region: str) -> Answer:
    """All pages of both questions.

    :raises Refused: AWS refuses one.
    :raises BotoCoreError: no credentials, no connection, or the policy in force.
    """
    client = session.create_client("ec2", region, config=TWICE)
    pages = []
    for operation in ("describe_vpc_endpoints", "describe_vpc_endpoint_services"):
        try:
            pages += [decode(page) for page in _pages(client, operation)]
        except ClientError as error:
            raise _refused(error, operation, profile, region) from None
        except ValueError as error:
            raise Refused(f"{region}: {operation}: {error}") from None
    return Answer(region, tuple(pages))


def _pages(client: Any, operation: str) -> Iterator[dict[str, Any]]:
    # Refuses a token that comes again, which would never end.
    yield from client.get_paginator(operation).paginate()


def action_of(service: str, operation: str) -> str:
    """As IAM calls it: ``ec2:DescribeVpcEndpoints`` for a client's ``describe_vpc_endpoints``."""
    return f"{service}:{''.join(word.capitalize() for word in operation.split('_'))}"


def _refused(error: ClientError, operation: str, profile: str | None, region: str) -> Refused:
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), str(said.get("Message", ""))
    account = _ACCOUNT.search(message)
    who = f"profile {profile}" if profile else _DEFAULT
    who = f"account {account[1]} ({who})" if account else who
    action = action_of("ec2", operation)
    if code in _DENIED:
        why = f"has no permission {action}"
        return Refused(f"{who} {why} in {region}. Ask for it, or give the answer by --from-file")
    return Refused(f"{who}, {action} in {region}: {code}: {message}")
