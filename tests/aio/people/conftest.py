"""Skipped where nobody has aiobotocore."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("aiobotocore") is None:
    collect_ignore_glob = ["test_*.py"]
