"""Skipped where nobody has aiobotocore, or the AWS of the tests: moto."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("aiobotocore") and find_spec("moto") else ["test_*.py"]
