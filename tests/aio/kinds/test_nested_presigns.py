"""Calls that carry a presigned URL, through asynchronous clients."""

from tests.kinds.test_nested_presigns import (
    test_a_copy_within_the_region,
    test_a_url_that_the_application_nests_itself_is_left_alone,
    test_both,
    test_fips_holds_for_both,
    test_preferably_fips_does_without_it_for_the_source,
    test_report_mode_tells_the_same,
    test_the_call_is_private_and_its_url_is_public,
    test_the_source_has_no_fips_host,
    test_the_source_is_in_a_region_that_is_not_allowed,
    test_without_demands_it_is_as_botocore_makes_it,
)

__all__ = [
    "test_a_copy_within_the_region",
    "test_a_url_that_the_application_nests_itself_is_left_alone",
    "test_both",
    "test_fips_holds_for_both",
    "test_preferably_fips_does_without_it_for_the_source",
    "test_report_mode_tells_the_same",
    "test_the_call_is_private_and_its_url_is_public",
    "test_the_source_has_no_fips_host",
    "test_the_source_is_in_a_region_that_is_not_allowed",
    "test_without_demands_it_is_as_botocore_makes_it",
]
