"""Every service in every partition, through asynchronous clients."""

from tests.sweep.test_all_of_aws import *  # noqa: F403  # the same rows
