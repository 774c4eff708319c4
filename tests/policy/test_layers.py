"""Three layers become one policy, and every value remembers where it was written."""

from __future__ import annotations

import datetime
import enum
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy.load import load
from endpoint_router.policy.loaded import LoadedPolicy
from endpoint_router.policy.model import (
    CustomEndpoint,
    Dns,
    GatewayEndpoint,
    InterfaceEndpoint,
    Log,
    Network,
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


#: Layer, weakest first, and the value of ``defaults.fips_basis`` that it gives.
LAYERS = ("document", "variable", "code")


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
        else ("listed", Origin("file", path, 3))
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
def test_an_empty_profile_key_counts_as_unset(empty: str, loaded: Any) -> None:
    result = loaded(profile_policy=empty, profile="dev")
    assert result.policy == Policy()
    assert "'dev' is empty" in result.warnings[0]


# --- what code may pass -------------------------------------------------------------------------


class Texts(str, enum.Enum):
    REQUIRE = "require"


def cycle() -> dict[str, Any]:
    table: dict[str, Any] = {}
    table["defaults"] = table
    return table


@pytest.mark.parametrize(
    ("policy", "where", "found"),
    [
        (17, "code", "an object of type int"),
        ([], "code", "an object of type list"),
        (b"p.toml", "code", "an object of type bytes"),
        (Settings(), "code", "an object of type Settings"),
        ({1: 2}, "code, 1", 'unknown key "1"'),
        ({None: 2}, "code", "Only dicts with str"),
        ({"fips": "require"}, "code, fips", 'unknown key "fips"'),
        ({"defaults": None}, "code, defaults", "None"),
        ({"defaults": []}, "code, defaults", "[]"),
        ({"defaults": {"fips": b"off"}}, "code, defaults.fips", "b'off'"),
        ({"defaults": {"fips": object()}}, "code", "type object"),
        ({"defaults": {"fips": "\ud800"}}, "code", "surrogates"),
        ({"\ud800": 1}, "code", "surrogates"),
        ({"log": {"\ud800": "x"}}, "code", "surrogates"),
        ({"version": 10**5000}, "code", ""),
        ({"dns": {"timeout": 10**400}}, "code, dns.timeout", "an integer of 1329 bits"),
        ({"rules": {"services": "s3"}}, "code, rules", "{'services': 's3'}"),
        ({"rules": ["s3"]}, "code, rules[0]", '"s3"'),
        ({"rules": [{"services": "s3"}]}, "code, rules[0].services", '"s3"'),
        ({"rules": [{"services": [""]}]}, "code, rules[0].services[0]", '""'),
        ({"rules": [{}, {"expires": 3}]}, "code, rules[1].expires", "3"),
        ({"vpc_endpoints": [{"type": "interface"}]}, "code, vpc_endpoints[0]", "no dns_names"),
        ({"x" * 500: 1}, f"code, {'x' * 77}...", f'unknown key "{"x" * 77}..."'),
        (cycle(), "code", "recursion"),
    ],
)
def test_what_code_may_not_pass(policy: object, where: str, found: str, refusal: Any) -> None:
    error = refusal(policy)
    assert error.where == where
    assert found in error.found


def test_what_code_may_pass_besides(loaded: Any) -> None:
    assert loaded({"defaults": {"fips": Texts.REQUIRE}}).policy.defaults.fips == "require"
    assert loaded({"defaults": Settings(fips="require")}).policy.defaults.fips == "require"
    assert loaded({"rules": (Rule(services=("s3",)),)}).policy.rules == (Rule(services=("s3",)),)


@pytest.mark.parametrize(
    ("policy", "path", "nearest"),
    [
        ({"default": {}}, "default", "defaults"),
        ({"vpc_endpoint": []}, "vpc_endpoint", "vpc_endpoints"),
        ({"defaults": {"fpis": "off"}}, "defaults.fpis", "fips"),
        ({"defaults": {"fips": "requre"}}, "defaults.fips", "require"),
        ({"rules": [{"service": ["s3"]}]}, "rules[0].service", "services"),
        ({"rules": [{"expire": ""}]}, "rules[0].expire", "expires"),
        ({"rules": [{"fips": "of"}]}, "rules[0].fips", "off"),
        (
            {"vpc_endpoints": [{"type": "interfaces", "dns_names": [KMS]}]},
            "vpc_endpoints[0].type",
            "interface",
        ),
        (
            {"vpc_endpoints": [{**interface(KMS), "serve": []}]},
            "vpc_endpoints[0].serve",
            "serves",
        ),
        (
            {"vpc_endpoints": [{"type": "gateway", "service": "dynamo", "region": "r"}]},
            "vpc_endpoints[0].service",
            "dynamodb",
        ),
        (
            {"vpc_endpoints": [{"type": "gateway", "service": "s3", "regions": "r"}]},
            "vpc_endpoints[0].regions",
            "region",
        ),
        ({"custom_endpoints": [{"urls": "x"}]}, "custom_endpoints[0].urls", "url"),
        ({"network": {"privat": []}}, "network.privat", "private"),
        ({"dns": {"time_out": 1}}, "dns.time_out", "timeout"),
        ({"log": {"decision": ""}}, "log.decision", "decisions"),
    ],
)
def test_typos_have_a_place_and_the_nearest_right_name(
    policy: dict[str, Any], path: str, nearest: str, write: Any, refusal: Any
) -> None:
    assert refusal(policy).where == f"code, {path}"
    file = write(json.dumps({"version": 1, **policy}, indent=1), "p.json")
    error = refusal(file)
    assert error.where.endswith(f", {path}")
    line = int(error.where.removeprefix(f"{file}:").partition(",")[0])
    with open(file) as lines:
        assert f'"{path.rpartition(".")[2]}"' in lines.read().splitlines()[line - 1]
    assert error.hint == f"Did you mean {nearest!r}?"
    assert nearest in error.expected


def test_expected_keys_are_those_of_the_table(refusal: Any) -> None:
    error = refusal({"vpc_endpoints": [{"type": "gateway", "x": 1}]})
    assert error.expected == "one of type, service, region, prefix_list"


STRUCTS = (
    Policy,
    Settings,
    Rule,
    InterfaceEndpoint,
    GatewayEndpoint,
    CustomEndpoint,
    Network,
    Dns,
    Log,
)
KEYS = st.sampled_from(
    sorted({"x", "type", *(key for struct in STRUCTS for key in struct.__struct_fields__)})
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.dates(),
    st.binary(max_size=3),
    st.sampled_from(
        ["require", "prefer", "off", "interface", "gateway", "s3", KMS, "https://[", "10.0.0.0/8"]
    ),
)


@settings(max_examples=500, deadline=None)
@given(
    st.dictionaries(
        KEYS,
        st.recursive(
            VALUES,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_whatever_code_passes_nothing_but_a_policy_error_comes_out(policy: dict[str, Any]) -> None:
    with suppress(PolicyError):
        result = load(policy, environ={})
        # The result is stable: loading it again changes nothing.
        assert load(result.policy, environ={}).policy == result.policy


def test_the_process_environment_is_the_default(write: Any) -> None:
    program = "from endpoint_router.policy.load import load; print(load().policy.defaults.fips)"
    environ = {**os.environ, "ENDPOINT_ROUTER_FIPS": "require"}
    environ = {key: value for key, value in environ.items() if not key.endswith("ROUTER_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "require"


#: Every key, each with a value that is not its default.
FULL: dict[str, Any] = {
    "version": 1,
    "mode": "report",
    "locked": True,
    "defaults": {
        "fips": "require",
        "fips_basis": "named",
        "private": "off",
        "dual_stack": "prefer",
        "regional": "require",
        "allowed_regions": ["us-*"],
        "endpoint_url": "deny",
        "presigned": "routed",
        "account_id_hosts": "off",
    },
    "rules": [
        {
            "services": ["s3"],
            "operations": ["Get*"],
            "regions": ["us-*"],
            "partitions": ["aws"],
            "fips": "off",
            "fips_basis": "listed",
            "private": "require",
            "dual_stack": "off",
            "regional": "off",
            "allowed_regions": ["us-east-1"],
            "endpoint_url": "check",
            "presigned": "public",
            "account_id_hosts": "auto",
            "reason": "r",
            "expires": "2027-03-31",
        }
    ],
    "vpc_endpoints": [
        {
            "type": "interface",
            "dns_names": ["VPCE-0a-1b.kms.us-east-1.vpce.amazonaws.com."],
            "serves": ["kms.us-east-1.amazonaws.com"],
            "connect": "address",
            "fips": True,
            "zone": "us-east-1a",
            "reason": "r",
        },
        {
            "type": "gateway",
            "service": "s3",
            "region": "us-east-1",
            "prefix_list": ["52.92.0.0/17"],
        },
    ],
    "custom_endpoints": [
        {
            "url": "https://minio.example:9000",
            "services": ["s3"],
            "fips": True,
            "private": True,
            "reason": "r",
        }
    ],
    "network": {"private": ["10.1.0.0/16"], "zone": "none"},
    "dns": {
        "servers": ["10.0.0.2"],
        "timeout": 1.5,
        "min_ttl": 1,
        "max_ttl": 2,
        "negative_ttl": 3,
        "failure_ttl": 4,
        "max_stale": 5,
    },
    "log": {"decisions": "stderr"},
}


def test_digests_stay_what_they_are_in_written_logs(loaded: Any) -> None:
    empty = "sha256:81fba4d7d12dcd715259546cfdf9c11d37751ed749872f0b927f1b9654effa80"
    full = "sha256:d8434dbce0210f3ef0a505bb49e23dc53f8210a08d21aa19c64d8e473d642b47"
    assert loaded().digest() == loaded({}).digest() == empty
    assert loaded(FULL).digest() == full


@pytest.mark.parametrize("name", ["policy.json", "policy.toml"])
def test_the_name_of_the_schema_is_no_part_of_the_policy(
    name: str, write: Any, loaded: Any, refusal: Any
) -> None:
    text = '"$schema" = "policy.schema.json"\nversion = 1\n'
    plain, other = "version = 1\n", text.replace('"policy.schema.json"', "3")
    if name == "policy.json":
        text = '{"$schema": "urn:endpoint-router:policy:1",\n"version": 1}'
        plain, other = '{"version": 1}', '{"version": 1,\n"$schema": 3}'
    result = loaded(write(text, name))
    without = loaded(write(plain, f"plain-{name}"))
    assert result.policy == without.policy
    assert result.digest() == without.digest()
    assert "$schema" not in result.origins
    error = refusal(write(other, name))
    assert error.where == f"{write(other, name)}:{2 if 'json' in name else 1}, $schema"
    assert error.found == "3"


def test_the_schema_may_be_named_inline_and_in_code(loaded: Any) -> None:
    inline = '{"$schema": "x", "version": 1, "mode": "report"}'
    assert loaded(environ={"ENDPOINT_ROUTER_POLICY": inline}).policy == Policy(mode="report")
    given = {"$schema": "x", "mode": "report"}
    assert loaded(given).policy == Policy(mode="report")
    assert "$schema" in given
