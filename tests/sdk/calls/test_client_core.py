"""The core of a client waits for nothing: its steps serve an event loop as well as a thread.

The resolver of these tests does not answer before the loop has ticked. Were any step to wait by
itself, the loop would stand still, and the answer would never come.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router.awaiting import run as drive
from endpoint_router.policy.load import load
from endpoint_router.router import Router, World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk import seams
from endpoint_router.sdk.activation.hooks import Clients
from tests.support.wire import nothing_leaves

VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
#: The standard host may be private by private DNS.
NAMES = ["kms.us-east-1.amazonaws.com", VPCE]
POLICY = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [VPCE]}],
}


class Resolver:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked: list[str] = []

    def __call__(self, name: str, _timeout: float) -> Answer:
        self.asked.append(name)
        self.may_answer.wait(60)
        address = "10.20.0.10" if ".vpce." in name else "52.94.0.10"
        return Answer(name, "answered", (address,), ttl=300)


@pytest.fixture
def no_network() -> Iterator[None]:
    with nothing_leaves():
        yield


def core_of(resolver: Resolver) -> tuple[Router, Any, Any]:
    """A router, the core of a KMS client, and that client's model."""
    loaded = load({**POLICY, "dns": {"timeout": 60.0}}, environ={})
    router = Router(loaded, World(lookup=lambda _dns: resolver))
    client = Session().create_client("kms", "us-east-1")
    wrapper = Clients(router).make(seams.client_parts(client))
    return router, wrapper._core, client


@pytest.mark.usefixtures("no_network")
def test_a_loop_goes_on_while_a_call_is_decided() -> None:
    resolver = Resolver()
    router, core, client = core_of(resolver)
    model = client.meta.service_model.operation_model("ListKeys")

    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()

        async def fulfil(want: Any) -> Any:
            return await loop.run_in_executor(None, router.fulfil, want)

        async def tick() -> None:
            for _ in range(3):
                await asyncio.sleep(0)
            resolver.may_answer.set()

        deciding = (drive(core.resolving(model, {}, {}), fulfil) for _ in range(5))
        *endpoints, _ = await asyncio.gather(*deciding, tick())
        return endpoints

    assert [endpoint.url for endpoint in asyncio.run(main())] == [
        "https://kms.us-east-1.amazonaws.com"
    ] * 5
    assert sorted(resolver.asked) == NAMES


@pytest.mark.usefixtures("no_network")
def test_a_thread_and_a_loop_share_routes() -> None:
    resolver = Resolver()
    resolver.may_answer.set()
    router, core, client = core_of(resolver)
    model = client.meta.service_model.operation_model("ListKeys")
    context: dict[str, Any] = {}
    endpoint = router.run(core.resolving(model, {}, context))
    assert context["endpoint_router"].target == f"https://{VPCE}"
    routes = core.routes("ListKeys", {}, router.world.clock())
    assert core.takes(routes, endpoint, model, {}, {}, router.world.clock())
    assert sorted(resolver.asked) == NAMES
