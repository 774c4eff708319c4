"""Handlers of ``creating-client-class`` beside ours: nothing that they do loses the routing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

import endpoint_router
from endpoint_router.lab.network import Lab
from tests.support.installing import FIPS, goes_to, kms, unrouted
from tests.support.lab_client import KMS, KMS_FIPS, policy_for

EVENT = "creating-client-class"


class Mixin:
    """Passes every other base class by."""

    def __init__(self, **parts: Any) -> None:
        BaseClient.__init__(self, **parts)  # type: ignore[arg-type]


class Polite:
    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.polite = True


def rebuild(base_classes: list[type], **_: Any) -> None:
    base_classes[:] = [BaseClient]


def put_first(base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, Mixin)


def own_initializer(class_attributes: dict[str, Any], **_: Any) -> None:
    def __init__(self: Any, **parts: Any) -> None:
        BaseClient.__init__(self, **parts)

    class_attributes["__init__"] = __init__


@pytest.mark.parametrize("event", [EVENT, f"{EVENT}.kms"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("handler", [rebuild, put_first, own_initializer])
def test_a_handler_that_rearranges_the_class(
    lab: Lab, handler: Callable[..., None], when: str, event: str
) -> None:
    session = unrouted(lab)
    if when == "before":
        session.register(event, handler)
    endpoint_router.attach(session, policy_for(lab, FIPS))
    if when == "after":
        session.get_component("event_emitter").register_last(event, handler)
    client = kms(session)
    assert goes_to(client) == KMS_FIPS
    endpoint_router.uninstall()
    assert goes_to(client) == KMS


def test_what_others_add_stays(lab: Lab) -> None:
    session = unrouted(lab)
    endpoint_router.attach(session, policy_for(lab, FIPS))
    session.register(EVENT, lambda base_classes, **_: base_classes.insert(0, Polite))
    client = kms(session)
    assert client.polite
    assert isinstance(client, Polite)
    assert goes_to(client) == KMS_FIPS
