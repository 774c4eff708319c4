"""Asynchronous clients: skipped as a whole where nobody has aiobotocore."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("aiobotocore") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from tests.support.lab_client import lab  # noqa: F401  # a fixture
