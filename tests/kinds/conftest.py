"""Assertions of the framework tell what they saw."""

import pytest

pytest.register_assert_rewrite("tests.kinds.table")
