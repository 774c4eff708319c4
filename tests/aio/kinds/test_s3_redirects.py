"""Redirects of S3, through asynchronous clients."""

from tests.kinds.test_s3_redirects import *  # noqa: F403  # the same rows
