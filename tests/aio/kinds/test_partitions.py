"""Every partition, through asynchronous clients."""

from tests.kinds.test_partitions import (
    test_a_partition_by_its_own_suffix,
    test_a_region_that_botocore_refuses_itself,
)

__all__ = [
    "test_a_partition_by_its_own_suffix",
    "test_a_region_that_botocore_refuses_itself",
]
