"""The lab, for the tests here that need servers; assertions of the framework tell what they saw."""

import pytest

from tests.support.lab_client import lab

__all__ = ["lab"]

pytest.register_assert_rewrite("tests.kinds.table")
