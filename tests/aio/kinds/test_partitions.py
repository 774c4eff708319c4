"""Every partition, through asynchronous clients."""

from tests.kinds.test_partitions import *  # noqa: F403  # the same rows
