"""Declared URLs, through asynchronous clients."""

from tests.sdk.calls.test_declared_urls import *  # noqa: F403  # the same rows
