"""The label of routed clients, which are asynchronous."""

from tests.sdk.calls.test_label import *  # noqa: F403  # the same rows
