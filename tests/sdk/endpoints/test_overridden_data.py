"""Data of one's own in the place of botocore's: refused where it names hosts, and only there."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from endpoint_router.lab.network import Lab
from tests.support.another_host import FIPS, refused
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_VPCE,
    client_for,
    hosts,
    installed,
    only,
)

EVIL = "kms.us-east-1.evil.example"
#: Each binds a call, and has nothing against this host but where it comes from.
BINDING = [
    {"defaults": {"allowed_regions": ["us-east-1"]}},
    {"defaults": {"endpoint_url": "deny"}},
    {"defaults": {"private": "require"}},
    {"defaults": {"regional": "require"}},
]
RULESET = "kms/2014-11-01/endpoint-rule-set-1"
MODEL = "kms/2014-11-01/service-2"
EXTRAS = "kms/2014-11-01/service-2.sdk-extras"

Override = Callable[[str, Any], Path]


@pytest.fixture(autouse=True)
def evil(lab: Lab) -> None:
    """Up, would answer, and resolves privately."""
    lab.host(EVIL, "10.20.0.66")
    lab.host(f"evil.example.{KMS}", "10.20.0.66")
    lab.host("evil.example", "10.20.0.66")


@pytest.fixture
def override(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Override:
    """Puts data in front of botocore's own; the folder is in AWS_DATA_PATH."""
    # Extras are merged into the model that was read: no other test may share that.
    monkeypatch.setattr(Loader, "FILE_LOADER_CLASS", JSONFileLoader)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "models"))

    def put(name: str, data: Any) -> Path:
        file = tmp_path / "models" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data))
        return file

    return put


def shipped(name: str) -> Any:
    """What botocore ships, as it is written."""
    return copy.deepcopy(JSONFileLoader().load_file(f"{Loader.BUILTIN_DATA_PATH}/{name}"))


def to(host: str) -> dict[str, Any]:
    """A ruleset that names *host*, whatever is asked."""
    fips = {"builtIn": "AWS::UseFIPS", "type": "Boolean", "required": True, "default": False}
    endpoint = {"conditions": [], "endpoint": {"url": f"https://{host}"}, "type": "endpoint"}
    return {"version": "1.0", "parameters": {"UseFIPS": fips}, "rules": [endpoint]}


def with_host_prefix(prefix: str) -> Any:
    model = shipped(MODEL)
    model["operations"]["ListKeys"]["endpoint"] = {"hostPrefix": prefix}
    return model


def partitions_elsewhere() -> Any:
    table = shipped("partitions")
    table["partitions"][0]["outputs"]["dnsSuffix"] = "evil.example"
    return table


def endpoints_elsewhere() -> Any:
    table = shipped("endpoints")
    table["partitions"][0]["dnsSuffix"] = "evil.example"
    return table


# --- FIPS


def test_no_basis_for_fips_in_an_endpoints_file_of_ones_own(lab: Lab, override: Override) -> None:
    file = override("endpoints", endpoints_elsewhere())
    refusal = refused(lab, client_for(lab, FIPS), "fips.data_overridden")
    assert str(file) in refusal.reason


def test_no_basis_for_fips_in_a_ruleset_of_ones_own(lab: Lab, override: Override) -> None:
    """``use_fips_endpoint`` still reads True, and the ruleset sends the call to the plain host."""
    file = override(RULESET, to(KMS))
    refusal = refused(lab, client_for(lab, FIPS), "fips.data_overridden")
    assert str(file) in refusal.reason


def test_no_basis_for_fips_in_a_model_of_ones_own(lab: Lab, override: Override) -> None:
    override(MODEL, with_host_prefix("evil.example/"))
    refused(lab, client_for(lab, FIPS), "fips.data_overridden")


# --- whatever binds


@pytest.mark.parametrize("policy", BINDING, ids=str)
def test_a_ruleset_that_names_another_host(
    lab: Lab, override: Override, policy: dict[str, Any]
) -> None:
    file = override(RULESET, to(EVIL))
    refusal = refused(lab, client_for(lab, policy), "data.overridden")
    assert str(file) in refusal.reason
    assert str(file) in refusal.remedy


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("partitions", partitions_elsewhere),
        ("endpoints", endpoints_elsewhere),
        (MODEL, lambda: with_host_prefix("evil.example/")),
        (MODEL, lambda: with_host_prefix("evil.example.")),
        (
            EXTRAS,
            lambda: {
                "version": 1.0,
                "merge": {
                    "operations": {"ListKeys": {"endpoint": {"hostPrefix": "evil.example/"}}}
                },
            },
        ),
        ("kms/2099-01-01/endpoint-rule-set-1", lambda: to(EVIL)),
    ],
    ids=["partitions", "endpoints", "prefix", "label", "extras", "newer-version"],
)
def test_every_file_that_can_name_a_host(
    lab: Lab, override: Override, name: str, data: Callable[[], Any]
) -> None:
    file = override(name, data())
    refusal = refused(lab, client_for(lab, BINDING[1]), "data.overridden")
    assert str(file) in refusal.reason
    assert str(file) in refusal.remedy


def test_a_search_path_of_the_loader(lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / f"{RULESET}.json.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress(json.dumps(to(EVIL)).encode()))
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    session.get_component("data_loader").search_paths.insert(0, str(tmp_path))
    installed(lab, BINDING[0])(session)
    refusal = refused(lab, session.create_client("kms", "us-east-1"), "data.overridden")
    assert str(file) in refusal.reason


def test_a_file_that_comes_after_the_first_client(lab: Lab, override: Override) -> None:
    """Each session reads for itself, and once."""
    policy = BINDING[0]
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installed(lab, policy)(session)
    session.create_client("kms", "us-east-1").list_keys()
    override(RULESET, to(EVIL))
    session.create_client("kms", "us-east-1").list_keys()
    assert hosts(lab) == [KMS, KMS]
    lab.seen.clear()
    refused(lab, client_for(lab, policy), "data.overridden")


def test_a_loader_of_ones_own(lab: Lab) -> None:
    """What it hands over is anybody's data."""

    class OwnLoader:
        def __init__(self, loader: Any) -> None:
            self._loader = loader

        def __getattr__(self, name: str) -> Any:
            if name == "_cache":
                raise AttributeError(name)
            return getattr(self._loader, name)

    session = Session()
    session.register_component("data_loader", OwnLoader(session.get_component("data_loader")))
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installed(lab, BINDING[0])(session)
    refusal = refused(lab, session.create_client("kms", "us-east-1"), "data.overridden")
    assert "OwnLoader" in refusal.reason


def test_data_of_another_shape(lab: Lab, override: Override) -> None:
    """What botocore can use all the same."""
    model = shipped(MODEL)
    del model["operations"]["ListKeys"]["input"]
    model["operations"]["Odd"] = {"name": "Odd", "http": {}, "endpoint": []}
    override(MODEL, model)
    refused(lab, client_for(lab, BINDING[0]), "data.overridden")


def test_where_nothing_binds_an_application_may_have_any_data(lab: Lab, override: Override) -> None:
    override(RULESET, to(EVIL))
    client_for(lab, {}).list_keys()
    assert only(lab).host == EVIL


# --- declared


def test_a_host_that_the_policy_declares(lab: Lab, override: Override) -> None:
    override(RULESET, to(EVIL))
    declared = {"url": f"https://{EVIL}", "services": ["kms"], "private": True, "reason": "ours"}
    policy = {"defaults": {"private": "require"}, "custom_endpoints": [declared]}
    client_for(lab, policy).list_keys()
    assert only(lab).host == EVIL


def test_a_declared_endpoint_that_serves_the_host(lab: Lab, override: Override) -> None:
    override(RULESET, to(EVIL))
    endpoint = {"type": "interface", "dns_names": [KMS_VPCE], "serves": [EVIL]}
    client_for(lab, {"defaults": {"private": "require"}, "vpc_endpoints": [endpoint]}).list_keys()
    assert only(lab).host == KMS_VPCE


# --- what names no host differently


@pytest.mark.parametrize("name", [RULESET, MODEL])
def test_a_copy_of_botocores_own(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (own,) = Path(Loader.BUILTIN_DATA_PATH).glob(f"{name}.json*")  # .gz from 1.32 on
    shutil.copy(own, (tmp_path / name).with_name(own.name))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    client_for(lab, FIPS).list_keys()
    client_for(lab, BINDING[0]).list_keys()
    assert hosts(lab) == [KMS_FIPS, KMS]


@pytest.mark.parametrize("name", ["endpoints", "partitions"])
def test_a_copy_of_the_tables(lab: Lab, override: Override, name: str) -> None:
    override(name, shipped(name))
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS


def test_a_newer_model(lab: Lab, override: Override) -> None:
    """More operations, other documentation: no host differs."""
    model = shipped(MODEL)
    model["documentation"] = "newer"
    model["metadata"]["auth"] = ["aws.auth#sigv4"]
    model["operations"]["ListLocks"] = {
        **model["operations"]["ListKeys"],
        "name": "ListLocks",
        "endpoint": {"hostPrefix": "locks-"},
    }
    override(MODEL, model)
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS


def test_a_newer_operation_whose_prefix_is_a_host(lab: Lab, override: Override) -> None:
    model = shipped(MODEL)
    model["operations"]["ListLocks"] = {
        **model["operations"]["ListKeys"],
        "name": "ListLocks",
        "endpoint": {"hostPrefix": "evil.example/"},
    }
    override(MODEL, model)
    refused(lab, client_for(lab, BINDING[0]), "data.overridden")


def test_newer_tables(lab: Lab, override: Override) -> None:
    """Another region, another service, another partition."""
    endpoints, partitions = shipped("endpoints"), shipped("partitions")
    endpoints["partitions"][0]["regions"]["us-east-9"] = {"description": "new"}
    endpoints["partitions"][0]["services"]["locks"] = {"endpoints": {"us-east-9": {}}}
    override("endpoints", endpoints)
    partitions["partitions"][0]["regions"]["us-east-9"] = {"description": "new"}
    moon = copy.deepcopy(partitions["partitions"][-1])
    moon.update(id="aws-moon", regionRegex=r"^moon\-\w+\-\d+$", regions={"moon-east-1": {}})
    partitions["partitions"].append(moon)
    override("partitions", partitions)
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS


def test_a_partition_that_takes_a_region_away(lab: Lab, override: Override) -> None:
    table = partitions_elsewhere()
    table["partitions"] = [*shipped("partitions")["partitions"], table["partitions"][0]]
    override("partitions", table)
    refused(lab, client_for(lab, BINDING[0]), "data.overridden")


def test_a_file_of_another_service(lab: Lab, override: Override) -> None:
    override("sqs/2012-11-05/endpoint-rule-set-1", to(EVIL))
    session = Session()
    session.set_config_variable("ca_bundle", lab.ca_bundle)
    installed(lab, FIPS)(session)
    session.create_client("sqs", "us-east-1")
    session.create_client("kms", "us-east-1").list_keys()
    assert only(lab).host == KMS_FIPS


# --- services that botocore does not have


def beta(endpoint_prefix: str) -> Any:
    model = shipped(MODEL)
    model["metadata"].update(endpointPrefix=endpoint_prefix, serviceId="Beta")
    return model


@pytest.mark.parametrize("policy", BINDING[:3], ids=str)
def test_a_service_of_ones_own_by_the_pattern_of_endpoints_json(
    lab: Lab, override: Override, policy: dict[str, Any]
) -> None:
    override("beta/2026-01-01/service-2", beta("beta"))
    lab.host("beta.us-east-1.amazonaws.com", "10.20.0.77")
    client_for(lab, policy, "beta").list_keys()
    assert only(lab).host == "beta.us-east-1.amazonaws.com"


@pytest.mark.parametrize("policy", BINDING[:3], ids=str)
@pytest.mark.parametrize("host", ["beta.us-east-1.amazonaws.com", EVIL])
def test_a_service_of_ones_own_with_a_ruleset(
    lab: Lab, override: Override, policy: dict[str, Any], host: str
) -> None:
    """AWS's own hosts count: nothing was replaced."""
    override("beta/2026-01-01/service-2", beta("beta"))
    override("beta/2026-01-01/endpoint-rule-set-1", to(host))
    lab.host("beta.us-east-1.amazonaws.com", "10.20.0.77")
    client = client_for(lab, policy, "beta")
    if host == EVIL:
        refused(lab, client, "data.overridden")
    else:
        client.list_keys()
        assert only(lab).host == host


def test_a_service_of_ones_own_under_fips(lab: Lab, override: Override) -> None:
    override("beta/2026-01-01/service-2", beta("beta"))
    override("beta/2026-01-01/endpoint-rule-set-1", to("beta.us-east-1.amazonaws.com"))
    refused(lab, client_for(lab, FIPS, "beta"), "fips.data_overridden")


def test_a_service_of_ones_own_whose_prefix_is_a_host(lab: Lab, override: Override) -> None:
    override("beta/2026-01-01/service-2", beta("evil.example/"))
    refused(lab, client_for(lab, BINDING[0], "beta"), "data.overridden")
