"""Every operation with a host prefix, through asynchronous clients."""

from tests.kinds.test_host_prefixes_generated import *  # noqa: F403  # the same rows
