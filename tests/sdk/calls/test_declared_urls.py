"""``endpoint_url``, however it is given: a host that no policy declares gets no call.

The undeclared host is up and would answer: what counts is that no server saw anything, or only
the FIPS one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.another_host import FIPS, OTHER, another_host, refused
from tests.support.caught_calls import sent_to, session
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    client_for,
    hosts,
    only,
    scope,
)

__all__ = ["another_host"]


def configured(path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path / "config"))


def by_argument(_monkeypatch: pytest.MonkeyPatch, _path: Path, url: str) -> dict[str, Any]:
    return {"endpoint_url": url}


def by_variable(monkeypatch: pytest.MonkeyPatch, _path: Path, url: str) -> dict[str, Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return {}


def by_service_variable(monkeypatch: pytest.MonkeyPatch, _path: Path, url: str) -> dict[str, Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
    return {}


def by_profile(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> dict[str, Any]:
    configured(path, monkeypatch, f"[default]\nendpoint_url = {url}\n")
    return {}


def by_services_section(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> dict[str, Any]:
    text = f"[default]\nservices = lab\n[services lab]\nkms =\n  endpoint_url = {url}\n"
    configured(path, monkeypatch, text)
    return {}


WAYS = [by_argument, by_variable, by_service_variable, by_profile, by_services_section]
Way = Callable[[pytest.MonkeyPatch, Path, str], dict[str, Any]]


@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_somebody_else_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    arguments = way(monkeypatch, tmp_path, f"https://{OTHER}")
    refusal = refused(lab, client_for(lab, FIPS, **arguments), "endpoint_url.undeclared")
    assert "[[custom_endpoints]]" in refusal.remedy
    assert f"https://{OTHER}" in refusal.remedy


@pytest.mark.parametrize("way", WAYS)
def test_without_a_policy_that_url_would_be_used(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    """Otherwise the test above could not fail."""
    client_for(lab, {}, **way(monkeypatch, tmp_path, f"https://{OTHER}")).list_keys()
    assert only(lab).host == OTHER


@pytest.mark.parametrize("host", [KMS, KMS_FIPS])
@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_aws_counts_as_not_given(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way, host: str
) -> None:
    client_for(lab, FIPS, **way(monkeypatch, tmp_path, f"https://{host}")).list_keys()
    seen = only(lab)
    assert seen.host == KMS_FIPS
    assert scope(seen) == ("kms", "us-east-1")


@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_a_plain_vpc_endpoint_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    endpoints = [{"type": "interface", "dns_names": [KMS_VPCE]}]
    client = client_for(
        lab,
        {**FIPS, "vpc_endpoints": endpoints},
        **way(monkeypatch, tmp_path, f"https://{KMS_VPCE}"),
    )
    try:
        client.list_keys()
    except EndpointDenied:
        assert lab.seen == []
    else:
        assert hosts(lab) == [KMS_FIPS]


@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_a_declared_fips_endpoint_passes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    endpoints = [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}]
    client_for(
        lab,
        {**FIPS, "vpc_endpoints": endpoints},
        **way(monkeypatch, tmp_path, f"https://{KMS_FIPS_VPCE}"),
    ).list_keys()
    assert only(lab).host == KMS_FIPS_VPCE


def test_a_custom_endpoint_passes_only_if_its_fips_is_attested(lab: Lab) -> None:
    custom = {"url": f"https://{OTHER}", "services": ["kms"], "reason": "lab"}
    url = f"https://{OTHER}"
    refused(
        lab,
        client_for(lab, {**FIPS, "custom_endpoints": [custom]}, endpoint_url=url),
        "fips.no_basis",
    )
    attested = {"fips": "require", "fips_basis": "attested"}
    policy = {"defaults": attested, "custom_endpoints": [{**custom, "fips": True}]}
    client_for(lab, policy, endpoint_url=url).list_keys()
    assert only(lab).host == OTHER


# --- what a declared URL is


MINIO = "https://minio.internal.example:9000"
ATTESTED = {
    "defaults": {"fips": "require", "fips_basis": "attested", "private": "require"},
    "custom_endpoints": [
        {"url": MINIO, "services": ["s3"], "fips": True, "private": True, "reason": "SEC-1"}
    ],
}
OUTPOSTS_ALIAS = "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3"


@pytest.mark.usefixtures("no_network")
def test_a_declared_endpoint_vouches_for_its_own_host_only() -> None:
    client = session(ATTESTED).create_client("s3", "us-east-1", endpoint_url=MINIO)
    assert sent_to(client, "list_buckets") == "minio.internal.example:9000"
    with pytest.raises(EndpointDenied) as refusal:
        client.get_object(Bucket=OUTPOSTS_ALIAS, Key="k")  # S3's ruleset ignores the URL
    assert refusal.value.code == "endpoint_url.undeclared"
    assert "s3-outposts" in refusal.value.host


@pytest.mark.usefixtures("no_network")
def test_an_url_that_two_parsers_read_differently_is_nobodys() -> None:
    url = "https://evil.example\\@minio.internal.example:9000"
    client = session(ATTESTED).create_client("s3", "us-east-1", endpoint_url=url)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_buckets()
    assert refusal.value.code == "endpoint_url.undeclared"
