"""Host prefixes end to end, through asynchronous clients."""

from tests.kinds.test_host_prefixes import *  # noqa: F403  # the same rows
