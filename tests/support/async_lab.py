"""Asynchronous clients that are routed to the lab: as :mod:`.lab_client`, with aiobotocore.

Needs aiobotocore; each test runs a loop of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from endpoint_router.lab.network import Lab
from tests.support.lab_client import ONE_ATTEMPT, REGION, installed


def session_for(lab: Lab, policy: Mapping[str, Any], **environ: str) -> AioSession:
    """A fresh session whose clients are routed to the lab by *policy*."""
    session = plain_session(lab)
    installed(lab, policy, environ)(session)
    return session


def plain_session(lab: Lab) -> AioSession:
    """One that nobody routes."""
    session = AioSession()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    return session


def client_of(
    session: AioSession, service: str = "kms", region: str = REGION, **options: Any
) -> Any:
    """A client to enter, which tries once unless ``retries`` say otherwise."""
    arguments = options.pop("arguments", {})
    config = {"retries": ONE_ATTEMPT, "connect_timeout": 2, "read_timeout": 5, **options}
    return session.create_client(service, region, config=AioConfig(**config), **arguments)


def calls(
    lab: Lab, policy: Mapping[str, Any], call: Callable[[Any], Awaitable[Any]], **options: Any
) -> Any:
    """What *call* comes to, made with a routed client that is entered and closed."""

    async def main() -> Any:
        async with client_of(session_for(lab, policy), **options) as client:
            return await call(client)

    return asyncio.run(main())
