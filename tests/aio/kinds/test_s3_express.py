"""Express One Zone, through asynchronous clients."""

from tests.kinds.test_s3_express import (
    pytestmark,
    test_a_session_does_not_carry_a_call_past_the_policy,
    test_a_session_that_is_refused_ends_the_call,
    test_not_even_a_session_is_asked_for_at_a_public_host,
    test_one_client_for_both_kinds_of_bucket,
    test_session_and_call_are_fips,
    test_session_and_call_go_to_the_same_private_host,
)

__all__ = [
    "pytestmark",
    "test_a_session_does_not_carry_a_call_past_the_policy",
    "test_a_session_that_is_refused_ends_the_call",
    "test_not_even_a_session_is_asked_for_at_a_public_host",
    "test_one_client_for_both_kinds_of_bucket",
    "test_session_and_call_are_fips",
    "test_session_and_call_go_to_the_same_private_host",
]
