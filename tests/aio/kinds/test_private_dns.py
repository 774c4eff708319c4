"""What private DNS proves, to asynchronous clients."""

from tests.kinds.test_private_dns import (
    test_a_private_zone_with_the_apex_alone,
)

__all__ = [
    "test_a_private_zone_with_the_apex_alone",
]
