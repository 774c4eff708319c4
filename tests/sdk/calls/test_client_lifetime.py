"""A routed client goes when botocore's own would: as soon as nobody refers to it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from endpoint_router.lab.network import Lab
from tests.support.lab_client import client_for


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("demands", [{"fips": "require"}, {"mode": "off"}, {"fips": "nonsense"}])
def test_a_client_is_freed_with_its_connections(lab: Lab, demands: dict[str, str]) -> None:
    mode = demands.pop("mode", "enforce")
    client = client_for(lab, {"mode": mode, "defaults": demands})
    if demands.get("fips") == "require":
        client.list_keys()
        assert len(lab.seen) == 1
    parts = [client, client._endpoint, client._endpoint.http_session, client._ruleset_resolver]
    references = [weakref.ref(part) for part in parts]
    del client, parts
    assert [reference() for reference in references] == [None] * 4
