"""What DNS shows, through asynchronous clients."""

from tests.sdk.calls.test_verdicts_of_dns import *  # noqa: F403  # the same rows
