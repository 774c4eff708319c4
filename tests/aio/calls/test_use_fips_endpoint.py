"""FIPS that the client wants, through asynchronous clients."""

from tests.sdk.calls.test_use_fips_endpoint import *  # noqa: F403  # the same rows
