"""Hosts that handlers change, through asynchronous clients."""

from tests.sdk.calls.test_hosts_changed_by_handlers import *  # noqa: F403  # the same rows
