"""Redirects of S3, through asynchronous clients."""

from tests.kinds.test_s3_redirects import (
    test_a_refusal_names_the_other_region_each_time,
    test_a_rule_for_the_other_region_speaks,
    test_an_access_point_is_not_redirected,
    test_an_endpoint_that_the_application_named_is_not_taken_along,
    test_fips_goes_along,
    test_fips_that_is_private_at_home_only,
    test_head_bucket_is_answered_without_a_body,
    test_path_style_stays_path_style,
    test_preferably_fips_does_without_it_in_the_other_region,
    test_preferably_private_goes_public_in_the_other_region,
    test_the_other_region_has_an_endpoint_too,
    test_the_other_region_has_no_fips,
    test_the_other_region_is_not_allowed,
    test_the_region_has_to_be_asked_for,
    test_what_was_learned_is_decided_on_like_any_call,
    two_regions,
)

__all__ = [
    "test_a_refusal_names_the_other_region_each_time",
    "test_a_rule_for_the_other_region_speaks",
    "test_an_access_point_is_not_redirected",
    "test_an_endpoint_that_the_application_named_is_not_taken_along",
    "test_fips_goes_along",
    "test_fips_that_is_private_at_home_only",
    "test_head_bucket_is_answered_without_a_body",
    "test_path_style_stays_path_style",
    "test_preferably_fips_does_without_it_in_the_other_region",
    "test_preferably_private_goes_public_in_the_other_region",
    "test_the_other_region_has_an_endpoint_too",
    "test_the_other_region_has_no_fips",
    "test_the_other_region_is_not_allowed",
    "test_the_region_has_to_be_asked_for",
    "test_what_was_learned_is_decided_on_like_any_call",
    "two_regions",
]
