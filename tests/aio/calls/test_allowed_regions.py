"""Regions that are allowed, through asynchronous clients."""

from tests.sdk.calls.test_allowed_regions import *  # noqa: F403  # the same rows
