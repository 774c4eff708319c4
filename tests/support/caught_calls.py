"""Sessions under a policy whose calls end where they would leave the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.session import Session

from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.sdk.activation.installation import Installation
from tests.support.sessions import new_session
from tests.support.wire import Caught, nothing_leaves, on_the_wire

PUBLIC = "52.94.0.10"


def session(policy: dict[str, Any], dns: Callable[[str], str | None] = lambda _: PUBLIC) -> Session:
    """A session under *policy*; *dns* tells a name's address, or ``None`` where it fails."""

    def look_up(name: str, _timeout: float) -> Answer:
        address = dns(name)
        if address is None:
            return Answer(name, "failed", detail="SERVFAIL")
        return Answer(name, "answered", (address,), ttl=300)

    made = new_session()
    Installation(policy, world=World(lookup=lambda _: look_up), environ={})(made)
    return made


def sent_to(client: Any, operation: str, **arguments: Any) -> str:
    """The host that a call would reach."""
    with pytest.raises(Caught) as caught:
        getattr(client, operation)(**arguments)
    return on_the_wire(caught.value.request).host


@pytest.fixture
def no_network() -> Iterator[None]:
    """Requests end in :class:`Caught`, for want of a network."""
    with nothing_leaves():
        yield
