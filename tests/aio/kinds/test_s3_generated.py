"""Every operation of S3 on every kind of bucket, through asynchronous clients."""

from tests.kinds.test_s3_generated import (
    test_every_operation_on_every_kind_of_bucket,
)

__all__ = [
    "test_every_operation_on_every_kind_of_bucket",
]
