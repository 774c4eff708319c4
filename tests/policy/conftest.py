"""Documents in real files, and a loader that sees no environment but the one it is given."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.errors import PolicyError
from endpoint_router.policy.load import load
from endpoint_router.policy.loaded import LoadedPolicy

TODAY = datetime.date(2026, 6, 1)

Load = Callable[..., LoadedPolicy]
Refusal = Callable[..., PolicyError]
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a document and return its path."""

    def write(content: str | bytes, name: str = "policy.toml") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture(scope="session")
def loaded() -> Load:
    """:func:`load` on 2026-06-01, in an empty environment."""

    def loaded(policy: Any = None, environ: dict[str, str] | None = None, **more: Any) -> Any:
        return load(policy, environ=environ or {}, today=TODAY, **more)

    return loaded


@pytest.fixture(scope="session")
def refusal(loaded: Load) -> Refusal:
    """The error of a policy that cannot be loaded."""

    def refusal(policy: Any = None, environ: dict[str, str] | None = None, **more: Any) -> Any:
        with pytest.raises(PolicyError) as caught:
            loaded(policy, environ, **more)
        error = caught.value
        assert error.where
        assert len(error.found) <= 200
        assert error.expected
        return error

    return refusal
