"""Presigned URLs, through asynchronous clients."""

from tests.sdk.calls.test_presigned_urls import *  # noqa: F403  # the same rows
