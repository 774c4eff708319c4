"""Every operation with a host prefix, through asynchronous clients."""

from tests.kinds.test_host_prefixes_generated import (
    test_an_endpoint_for_the_bare_host_serves_none_of_them,
    test_each_goes_to_the_endpoint_that_serves_its_prefixed_host,
    test_fips_is_botocores_own_prefixed_host_or_refused,
)

__all__ = [
    "test_an_endpoint_for_the_bare_host_serves_none_of_them",
    "test_each_goes_to_the_endpoint_that_serves_its_prefixed_host",
    "test_fips_is_botocores_own_prefixed_host_or_refused",
]
