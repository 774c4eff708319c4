"""A client has one policy: the one that was attached last speaks, alone."""

from __future__ import annotations

import pytest
from botocore.session import Session

import endpoint_router
from tests.support.caught_calls import sent_to

FIPS = {"defaults": {"fips": "require"}}


@pytest.mark.usefixtures("no_network")
def test_a_client_has_one_router() -> None:
    """Attached over what is installed: the last policy speaks, alone."""
    target = "vpce-0a-1b.kms-fips.us-east-1.vpce.amazonaws.com"
    endpoint_router.install(FIPS)
    try:
        client = Session().create_client("kms", "us-east-1")
        attached = {
            **FIPS,
            "vpc_endpoints": [{"type": "interface", "dns_names": [target]}],
            "dns": {"servers": ["127.0.0.1:9"], "timeout": 0.2},
        }
        endpoint_router.attach(client, {**attached, "defaults": {"private": "off", "fips": "off"}})
        assert sent_to(client, "list_keys") == "kms.us-east-1.amazonaws.com"
        endpoint_router.attach(client, attached)
        assert sent_to(client, "list_keys") == "kms-fips.us-east-1.amazonaws.com"
    finally:
        endpoint_router.uninstall()
