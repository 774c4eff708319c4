"""On premises: endpoints by their own names, the VPC's resolver, and a store that is not AWS's."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import endpoint_router
from endpoint_router.cli import main as command_line
from endpoint_router.lab.network import Lab
from tests.docs_pages.pages import example, examples
from tests.support.lab_client import client_for, hosts, lab

__all__ = ["lab"]

PAGE = "how-to/on-premises"
STORE = "minio.internal.example"
VPCE = "vpce-0123456789abcdef0-abcdefgh.kms-fips.us-east-1.vpce.amazonaws.com"


def policy(nth: int) -> dict[str, object]:
    """The page's nth policy, as values."""
    try:
        import tomllib
    except ModuleNotFoundError:
        import tomli as tomllib
    return tomllib.loads(examples(PAGE, "toml")[nth].text)


@pytest.fixture
def premises(lab: Lab) -> Lab:
    lab.host(STORE, "192.168.7.10", ports=(9000,))
    lab.host(VPCE, "10.20.0.10")
    return lab


def test_the_store_and_the_endpoint_are_reached(premises: Lab) -> None:
    store = client_for(premises, policy(0), "s3", endpoint_url=f"https://{STORE}:9000")
    store.list_buckets()
    client_for(premises, policy(0), "kms").list_keys()
    assert [(seen.host, seen.address) for seen in premises.seen] == [
        (f"{STORE}:9000", "192.168.7.10"),
        (VPCE, "10.20.0.10"),
    ]


def test_any_other_url_is_refused(premises: Lab) -> None:
    premises.host("other.internal.example", "192.168.7.11", ports=(9000,))
    other = client_for(
        premises, policy(0), "s3", endpoint_url="https://other.internal.example:9000"
    )
    with pytest.raises(endpoint_router.EndpointDenied) as refused:
        other.list_buckets()
    assert refused.value.code == "endpoint_url.undeclared"
    assert premises.seen == []


def test_the_vpcs_resolver_makes_standard_names_private(lab: Lab) -> None:
    """The lab's DNS server stands for the inbound endpoint, whose addresses the page names."""
    lab.host("kms.us-east-1.amazonaws.com", "10.20.0.10")
    assert policy(1)["dns"] == {"servers": ["10.20.0.2", "10.20.1.2"]}
    wanted = {**policy(1), "dns": {}}
    client_for(lab, wanted, "kms").list_keys()
    assert hosts(lab) == ["kms.us-east-1.amazonaws.com"]


def test_addresses_of_the_data_centre_are_not_the_vpcs(lab: Lab) -> None:
    """Why the networks are named: 10.99 is private, and not behind the endpoint."""
    lab.host("kms.us-east-1.amazonaws.com", "10.99.0.10")
    with pytest.raises(endpoint_router.EndpointDenied) as refused:
        client_for(lab, {**policy(1), "dns": {}}, "kms").list_keys()
    assert refused.value.code == "private.public_address"


def test_explain_knows_the_store(
    premises: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.toml").write_text(examples(PAGE, "toml")[0].text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENDPOINT_ROUTER_DNS_SERVERS", premises.dns_server)
    monkeypatch.setenv("ENDPOINT_ROUTER_DNS_TIMEOUT", "60")
    lines = example(PAGE, "sh").splitlines()
    (command,) = (line for line in lines if line.startswith("endpoint-router explain"))
    assert command_line.main(shlex.split(command)[1:]) == 0
    compile(example(PAGE, "python"), PAGE, "exec")
    assert f"https://{STORE}:9000" in example(PAGE, "python")
