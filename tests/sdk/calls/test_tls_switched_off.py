"""``use_ssl=False``, plain ``http://`` and ``verify=False``: no way past FIPS."""

from __future__ import annotations

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from endpoint_router.lab.network import Lab
from tests.support.another_host import FIPS, OTHER, another_host, refused
from tests.support.lab_client import KMS, KMS_FIPS, ONE_ATTEMPT, client_for, installed, only

__all__ = ["another_host"]


def test_use_ssl_false(lab: Lab) -> None:
    refused(lab, client_for(lab, FIPS, use_ssl=False), "tls.plaintext")


def test_use_ssl_false_would_work_without_a_policy(lab: Lab) -> None:
    client_for(lab, {}, use_ssl=False).list_keys()
    seen = only(lab)
    assert (seen.host, seen.port) == (KMS, 80)


@pytest.mark.parametrize("host", [KMS, KMS_FIPS])
def test_a_plain_http_url_of_aws_counts_as_not_given_either(lab: Lab, host: str) -> None:
    client_for(lab, FIPS, endpoint_url=f"http://{host}").list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.port) == (KMS_FIPS, KMS_FIPS, 443)


def test_a_plain_http_url_of_somebody_else(lab: Lab) -> None:
    refused(lab, client_for(lab, FIPS, endpoint_url=f"http://{OTHER}"), "endpoint_url.undeclared")


def test_verify_false(lab: Lab) -> None:
    refused(lab, client_for(lab, FIPS, verify=False), "tls.unverified")


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_an_empty_ca_bundle_is_never_a_way_to_switch_verification_off(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Some releases of botocore take an empty value for ``verify=False``, others ignore it."""
    monkeypatch.setenv(name, "")
    session = Session()
    installed(lab, FIPS)(session)
    with pytest.raises(BotoCoreError, match=r"tls\.unverified|Invalid CA bundle|VERIFY_FAILED"):
        session.create_client("kms", "us-east-1", config=Config(retries=ONE_ATTEMPT)).list_keys()
    assert lab.seen == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_verification_off_is_the_applications_business_where_nothing_is_required(lab: Lab) -> None:
    client_for(lab, {"defaults": {"fips": "prefer"}}, verify=False).list_keys()
    assert only(lab).host == KMS_FIPS
