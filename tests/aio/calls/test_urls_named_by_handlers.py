"""URLs that handlers name, through asynchronous clients."""

from tests.sdk.calls.test_urls_named_by_handlers import *  # noqa: F403  # the same rows
