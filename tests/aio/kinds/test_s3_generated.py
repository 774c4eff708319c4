"""Every operation of S3 on every kind of bucket, through asynchronous clients."""

from tests.kinds.test_s3_generated import *  # noqa: F403  # the same rows
