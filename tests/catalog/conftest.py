"""All services in a region, read once."""

from __future__ import annotations

import pytest

from endpoint_router.catalog.reading import Catalog
from endpoint_router.catalog.values import Row


@pytest.fixture(scope="session")
def known() -> Catalog:
    return Catalog()


@pytest.fixture(scope="session")
def rows(known: Catalog) -> list[Row]:
    """Of the region whose plain hosts may be FIPS."""
    return [row for service in known.services for row in known.rows(service, ["us-gov-west-1"])]
