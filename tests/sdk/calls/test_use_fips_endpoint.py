"""``use_fips_endpoint`` asks for FIPS where no policy does, and takes none away."""

from __future__ import annotations

import pytest
from botocore.config import Config

from endpoint_router.lab.network import Lab
from tests.support.another_host import FIPS, OTHER, another_host, refused
from tests.support.lab_client import KMS, KMS_FIPS, client_for, only

__all__ = ["another_host"]


def test_use_fips_endpoint_false(lab: Lab) -> None:
    client_for(lab, FIPS, config=Config(use_fips_endpoint=False)).list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_fips_endpoint_false_in_the_environment(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "false")
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_fips_endpoint_asks_for_it_where_no_policy_does(lab: Lab) -> None:
    client_for(lab, {}, config=Config(use_fips_endpoint=True)).list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_fips_endpoint_is_not_forgotten_next_to_a_url(lab: Lab) -> None:
    """With any endpoint URL botocore drops ``use_fips_endpoint``, and calls the plain host."""
    config = Config(use_fips_endpoint=True)
    refused(
        lab,
        client_for(lab, {}, config=config, endpoint_url=f"https://{OTHER}"),
        "endpoint_url.undeclared",
    )
    client_for(lab, {}, config=config, endpoint_url=f"https://{KMS}").list_keys()
    assert only(lab).host == KMS_FIPS
