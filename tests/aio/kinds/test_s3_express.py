"""Express One Zone, through asynchronous clients."""

from tests.kinds.test_s3_express import *  # noqa: F403  # the same rows
