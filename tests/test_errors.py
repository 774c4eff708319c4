"""Errors are values: they can be copied, and sent to another process."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from endpoint_router import EndpointDenied, EndpointUnverified


@pytest.mark.parametrize("kind", [EndpointDenied, EndpointUnverified])
def test_refusals_are_copied_and_pickled(kind: Any) -> None:
    fields = dict.fromkeys(
        ("code", "service", "operation", "region", "host", "rule", "reason", "remedy"), "x"
    )
    error = kind(**fields)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(twin), str(twin), twin.code) == (kind, str(error), "x")
