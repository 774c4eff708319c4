"""Host prefixes end to end, through asynchronous clients."""

from tests.kinds.test_host_prefixes import (
    states,
    test_a_synchronous_execution_has_an_endpoint_of_its_own,
    test_the_endpoint_for_states_does_not_serve_it,
    test_the_host_prefix_is_not_lost,
    test_where_nothing_is_demanded_it_is_as_the_application_wants,
)

__all__ = [
    "states",
    "test_a_synchronous_execution_has_an_endpoint_of_its_own",
    "test_the_endpoint_for_states_does_not_serve_it",
    "test_the_host_prefix_is_not_lost",
    "test_where_nothing_is_demanded_it_is_as_the_application_wants",
]
