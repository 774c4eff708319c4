"""Stores of one's own, through asynchronous clients."""

from tests.sdk.calls.test_stores_of_ones_own import *  # noqa: F403  # the same rows
