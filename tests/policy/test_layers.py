"""Three layers become one policy, and every value remembers where it was written."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from endpoint_router.policy.loaded import LoadedPolicy
from endpoint_router.policy.model import (
    Dns,
    GatewayEndpoint,
    InterfaceEndpoint,
    Policy,
    Rule,
    Settings,
)
from endpoint_router.policy.origins import Origin

KMS = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"
SQS = "vpce-0a-1c.sqs.us-east-1.vpce.amazonaws.com"
SNS = "vpce-0a-1d.sns.us-east-1.vpce.amazonaws.com"


def interface(name: str) -> dict[str, object]:
    return {"type": "interface", "dns_names": [name]}


def test_nothing_at_all(loaded: Any) -> None:
    assert loaded() == LoadedPolicy.of(Policy())
    assert loaded({}) == loaded(Policy()) == loaded()


@pytest.mark.parametrize("present", range(1, 8))
def test_the_strongest_layer_wins(present: int, write: Any, loaded: Any) -> None:
    document, variable, code = (bool(present & bit) for bit in (1, 2, 4))
    path = write('version = 1\n[defaults]\nfips_basis = "listed"\n')
    environ = {"ENDPOINT_ROUTER_POLICY": path} if document else {}
    if variable:
        environ["ENDPOINT_ROUTER_FIPS_BASIS"] = "named"
    result = loaded({"defaults": {"fips_basis": "attested"}} if code else None, environ)
    value, origin = (
        ("attested", Origin("code"))
        if code
        else ("named", Origin("variable", "ENDPOINT_ROUTER_FIPS_BASIS"))
        if variable
        else ("listed", Origin("file", path, 3, 1))
    )
    assert result.policy.defaults.fips_basis == value
    assert result.origins["defaults.fips_basis"] == origin


def test_variables_win_over_a_document_that_code_names(write: Any, loaded: Any) -> None:
    path = write('version = 1\nmode = "report"\n[defaults]\nfips = "prefer"\n')
    result = loaded(path, {"ENDPOINT_ROUTER_FIPS": "require"})
    assert (result.policy.mode, result.policy.defaults.fips) == ("report", "require")


def test_tables_are_merged_key_by_key(write: Any, loaded: Any) -> None:
    path = write("version = 1\n[dns]\ntimeout = 1.0\nmin_ttl = 7\n")
    result = loaded(
        {"dns": {"max_stale": 9}},
        {"ENDPOINT_ROUTER_POLICY": path, "ENDPOINT_ROUTER_DNS_TIMEOUT": "3"},
    )
    assert result.policy.dns == Dns(timeout=3.0, min_ttl=7, max_stale=9)
    assert {key: str(origin) for key, origin in result.origins.items()} == {
        "version": f"file {path}:1",
        "dns.timeout": "ENDPOINT_ROUTER_DNS_TIMEOUT",
        "dns.min_ttl": f"file {path}:4",
        "dns.max_stale": "code",
    }
    assert str(result.origin("dns.max_ttl")) == "default"


def test_lists_inside_tables_are_replaced(write: Any, loaded: Any) -> None:
    path = write('version = 1\n[network]\nprivate = ["10.0.0.0/8"]\n')
    environ = {"ENDPOINT_ROUTER_POLICY": path, "ENDPOINT_ROUTER_PRIVATE_NETWORKS": "fd00::/8"}
    assert loaded(environ=environ).policy.network.private == ("fd00::/8",)


def test_rules_and_endpoints_are_joined_the_stronger_first(write: Any, loaded: Any) -> None:
    document = {
        "version": 1,
        "rules": [{"services": ["a"], "fips": "require"}, {"services": ["b"]}],
        "vpc_endpoints": [interface(KMS)],
        "custom_endpoints": [{"url": "https://a", "services": ["s3"]}],
    }
    path = write(json.dumps(document, indent=1), "p.json")
    result = loaded(
        {
            "rules": [{"services": ["c"]}],
            "vpc_endpoints": [interface(SNS)],
            "custom_endpoints": [{"url": "https://b", "services": ["s3"]}],
        },
        {"ENDPOINT_ROUTER_POLICY": path, "ENDPOINT_ROUTER_VPC_ENDPOINTS": SQS},
    )
    policy = result.policy
    assert [rule.services for rule in policy.rules] == [("c",), ("a",), ("b",)]
    assert [one.dns_names for one in policy.vpc_endpoints] == [(SNS,), (SQS,), (KMS,)]
    assert [one.url for one in policy.custom_endpoints] == ["https://b", "https://a"]
    kinds = {key: (origin.kind, origin.line) for key, origin in result.origins.items()}
    assert kinds["rules[0]"] == kinds["rules[0].services"] == ("code", 0)
    assert kinds["rules[1]"] == ("file", 4)
    assert kinds["rules[1].fips"] == ("file", 8)
    assert kinds["rules[2]"] == ("file", 10)
    assert kinds["vpc_endpoints[0].dns_names"] == ("code", 0)
    assert kinds["vpc_endpoints[1]"] == ("variable", 0)
    assert kinds["vpc_endpoints[2].type"][0] == "file"
    assert kinds["custom_endpoints[1].url"][0] == "file"
    assert "rules[3]" not in kinds


def test_a_policy_object_says_only_what_differs(loaded: Any) -> None:
    policy = Policy(
        defaults=Settings(fips="require"),
        rules=(
            Rule(
                services=("ses",),
                fips="prefer",
                reason="r",
                expires=datetime.date(2027, 1, 1),
            ),
        ),
        vpc_endpoints=(
            InterfaceEndpoint(dns_names=(KMS,)),
            GatewayEndpoint(service="s3", region="us-east-1", prefix_list=("52.92.0.0/17",)),
        ),
    )
    assert loaded(policy).policy == policy
    environ = {"ENDPOINT_ROUTER_PRIVATE": "require"}
    assert loaded(policy, environ).policy.defaults == Settings(fips="require", private="require")
    off = {"ENDPOINT_ROUTER_FIPS": "require"}
    assert loaded(Policy(defaults=Settings(fips="off")), off).policy.defaults.fips == "require"
    assert loaded({"defaults": {"fips": "off"}}, off).policy.defaults.fips == "off"


def test_names_of_endpoints_are_in_lower_case(loaded: Any) -> None:
    table = {"type": "interface", "dns_names": [f"{KMS.upper()}."], "serves": ["KMS.Example."]}
    (endpoint,) = loaded({"vpc_endpoints": [table]}).policy.vpc_endpoints
    assert (endpoint.dns_names, endpoint.serves) == ((KMS,), ("kms.example",))


def test_an_argument_is_not_changed(loaded: Any) -> None:
    policy: dict[str, Any] = {"rules": [{"services": ["s3"]}], "dns": {"timeout": 1}}
    before = json.dumps(policy)
    loaded(MappingProxyType(policy), {"ENDPOINT_ROUTER_DNS_TIMEOUT": "3"})
    assert json.dumps(policy) == before


# --- which document -----------------------------------------------------------------------------


@pytest.fixture
def documents(write: Any) -> Mapping[str, str]:
    return {
        name: write(f'version = 1\n[defaults]\nallowed_regions = ["{name}"]\n', f"{name}.toml")
        for name in ("code", "variable", "profile")
    }


def test_one_document_counts(documents: Mapping[str, str], loaded: Any) -> None:
    code, variable, profile = documents["code"], documents["variable"], documents["profile"]
    environ = {"ENDPOINT_ROUTER_POLICY": variable}
    for result, name, unused in (
        (loaded(code, environ, profile_policy=profile, profile="p"), "code", 2),
        (loaded(None, environ, profile_policy=profile, profile="p"), "variable", 1),
        (loaded(None, {}, profile_policy=profile, profile="p"), "profile", 0),
        (loaded({"mode": "enforce"}, environ), "variable", 0),
    ):
        assert result.policy.defaults.allowed_regions == (name,)
        assert len(result.warnings) == unused
        assert all("is not used" in warning for warning in result.warnings)


def test_the_same_document_twice_is_one(write: Any, loaded: Any) -> None:
    path = write('version = 1\nlocked = true\n[[rules]]\nprivate = "off"\nreason = "r"\n')
    result = loaded(path, {"ENDPOINT_ROUTER_POLICY": path}, profile_policy=path, profile="p")
    assert len(result.policy.rules) == 1
    assert not result.warnings


def test_a_document_that_is_not_used_must_still_be_readable(
    documents: Mapping[str, str], refusal: Any
) -> None:
    """Whether it is locked cannot be known otherwise."""
    error = refusal(documents["code"], {"ENDPOINT_ROUTER_POLICY": "/nowhere.toml"})
    assert error.where == "/nowhere.toml"


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_profile_key_is_an_error(empty: str, refusal: Any) -> None:
    error = refusal(profile_policy=empty, profile="dev")
    assert error.where == "profile dev, endpoint_router_policy"
    assert error.found == "nothing"
    assert "Remove the key" in error.hint


def test_the_process_environment_is_the_default(write: Any) -> None:
    program = "from endpoint_router.policy.load import load; print(load().policy.defaults.fips)"
    environ = {**os.environ, "ENDPOINT_ROUTER_FIPS": "require"}
    environ = {key: value for key, value in environ.items() if not key.endswith("ROUTER_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "require"
