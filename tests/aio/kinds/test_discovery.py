"""Endpoint discovery, through asynchronous clients."""

from tests.kinds.test_discovery import (
    test_a_cell_that_nobody_declared_is_refused,
    test_a_cell_that_the_policy_declares_by_a_pattern,
    test_a_cell_with_an_interface_endpoint,
    test_a_declared_cell_at_a_public_address_is_refused,
    test_an_account_that_moves_to_another_cell,
    test_another_cell_than_the_endpoints_is_refused,
    test_what_dynamodb_names_is_routed_like_its_own_host,
    timestream,
)

__all__ = [
    "test_a_cell_that_nobody_declared_is_refused",
    "test_a_cell_that_the_policy_declares_by_a_pattern",
    "test_a_cell_with_an_interface_endpoint",
    "test_a_declared_cell_at_a_public_address_is_refused",
    "test_an_account_that_moves_to_another_cell",
    "test_another_cell_than_the_endpoints_is_refused",
    "test_what_dynamodb_names_is_routed_like_its_own_host",
    "timestream",
]
