"""What private DNS proves, to asynchronous clients."""

from tests.kinds.test_private_dns import *  # noqa: F403  # the same rows
