"""DNS that fails, through asynchronous clients."""

from tests.sdk.calls.test_dns_outages import *  # noqa: F403  # the same rows
