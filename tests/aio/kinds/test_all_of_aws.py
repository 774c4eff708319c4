"""Every service in every partition, through asynchronous clients."""

from tests.sweep.test_all_of_aws import (
    global_hosts,
    regions,
    test_fips_required,
    test_vpc_endpoint_keeps_the_signing_scope,
)

__all__ = [
    "global_hosts",
    "regions",
    "test_fips_required",
    "test_vpc_endpoint_keeps_the_signing_scope",
]
