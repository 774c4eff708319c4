"""Credentials and the calls behind them, through asynchronous clients."""

from tests.sdk.calls.test_credentials import *  # noqa: F403  # the same rows
