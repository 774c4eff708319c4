"""Passwords in URLs, through asynchronous clients."""

from tests.sdk.calls.test_passwords_in_urls import *  # noqa: F403  # the same rows
