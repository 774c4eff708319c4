"""Endpoint discovery, through asynchronous clients."""

from tests.kinds.test_discovery import *  # noqa: F403  # the same rows
