"""Calls that carry a presigned URL, through asynchronous clients."""

from tests.kinds.test_nested_presigns import *  # noqa: F403  # the same rows
