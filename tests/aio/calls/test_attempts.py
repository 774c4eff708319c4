"""Each attempt of a call, through asynchronous clients."""

from tests.sdk.calls.test_attempts import *  # noqa: F403  # the same rows
