"""A locked document: the layers above may tighten, never loosen."""

from __future__ import annotations

import datetime
import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint_router.errors import PolicyError
from endpoint_router.policy.environment import VARIABLES
from endpoint_router.policy.load import load
from endpoint_router.policy.rules import GRADED, ORDER, speak, weaker

KMS = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"
TODAY = datetime.date(2026, 6, 1)


def locked(**policy: Any) -> str:
    return json.dumps({"version": 1, "locked": True, **policy})


def overlay(path: tuple[str, ...], value: object) -> dict[str, Any]:
    return {path[0]: value if len(path) == 1 else overlay(path[1:], value)}


GRADES = [(("mode",) if key == "mode" else ("defaults", key), ORDER[key]) for key in ORDER]


@pytest.mark.parametrize(("path", "order"), GRADES, ids=lambda value: str(value[-1]))
def test_a_graded_setting(
    path: tuple[str, ...], order: tuple[str, ...], loaded: Any, refusal: Any
) -> None:
    variable = next((one.name for one in VARIABLES if one.path == path), None)
    for below, above in itertools.product(order, order):
        document = locked(**overlay(path, below))
        for code, environ, where in (
            (overlay(path, above), {}, f"code, {'.'.join(path)}"),
            (None, {variable: above}, variable),
        ):
            if where is None:  # endpoint_url has no variable
                assert path[-1] == "endpoint_url"
                continue
            environ = {**environ, "ENDPOINT_ROUTER_POLICY": document}
            if order.index(above) >= order.index(below):
                policy = loaded(code, environ).policy
                assert getattr(policy if len(path) == 1 else policy.defaults, path[-1]) == above
            else:
                error = refusal(code, environ)
                assert error.code == "policy.locked"
                assert error.where == where
                assert above in error.found
                assert f'"{below}" or stricter' in error.expected
                assert "inline ENDPOINT_ROUTER_POLICY, " + ".".join(path) in error.expected


def test_both_origins_are_named_with_their_lines(write: Any, refusal: Any) -> None:
    path = write('version = 1\nlocked = true\n[defaults]\nfips = "require"\n')
    error = refusal({"defaults": {"fips": "off"}}, {"ENDPOINT_ROUTER_POLICY": path})
    assert error.where == "code, defaults.fips"
    assert error.expected == f'"require" or stricter, locked by {path}:4, defaults.fips'
    error = refusal({"defaults": {"private": "off"}}, {"ENDPOINT_ROUTER_POLICY": path})
    assert error.expected == f'"prefer" or stricter, locked by {path}:2 at its default'


def test_unlocked_nothing_is_refused(loaded: Any) -> None:
    document = json.dumps({"version": 1, "defaults": {"fips": "require"}})
    result = loaded({"defaults": {"fips": "off"}}, {"ENDPOINT_ROUTER_POLICY": document})
    assert result.policy.defaults.fips == "off"


RULE_REQUIRES = locked(rules=[{"services": ["s3"], "fips": "require"}])


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        (locked(), {"locked": False}, "locked"),
        (
            locked(defaults={"allowed_regions": ["us-*"]}),
            {"defaults": {"allowed_regions": []}},
            "defaults.allowed_regions",
        ),
        (
            locked(defaults={"allowed_regions": ["us-*"]}),
            {"defaults": {"allowed_regions": ["us-*", "eu-*"]}},
            "defaults.allowed_regions",
        ),
        (locked(), {"network": {"private": ["52.0.0.0/8"]}}, "network.private"),
        (locked(), {"network": {"private": ["0.0.0.0/0"]}}, "network.private"),
        (locked(), {"network": {"private": ["2000::/3"]}}, "network.private"),
        (
            locked(network={"private": ["10.1.0.0/16"]}),
            {"network": {"private": ["10.0.0.0/8"]}},
            "network.private",
        ),
        (
            locked(network={"private": ["10.0.0.0/16"]}),
            {"network": {"private": ["10.0.0.0/8"]}},
            "network.private",
        ),
        (locked(), {"dns": {"servers": ["10.0.0.2"]}}, "dns.servers"),
        (locked(dns={"servers": ["10.0.0.2"]}), {"dns": {"servers": []}}, "dns.servers"),
        (locked(log={"decisions": "/a/b"}), {"log": {"decisions": ""}}, "log.decisions"),
        (locked(log={"decisions": "/a/b"}), {"log": {"decisions": "stderr"}}, "log.decisions"),
        (locked(log={"user_agent": True}), {"log": {"user_agent": False}}, "log.user_agent"),
        # a rule against the locked defaults
        (
            locked(defaults={"fips": "require"}),
            {"rules": [{"fips": "prefer", "reason": "r"}]},
            "rules[0].fips",
        ),
        (locked(), {"rules": [{"private": "off", "reason": "r"}]}, "rules[0].private"),
        (
            locked(defaults={"allowed_regions": ["us-*"]}),
            {"rules": [{"allowed_regions": [], "reason": "r"}]},
            "rules[0].allowed_regions",
        ),
        # a rule against the locked rules
        (RULE_REQUIRES, {"rules": [{"fips": "prefer"}]}, "rules[0].fips"),
        (RULE_REQUIRES, {"rules": [{"services": ["kms"], "fips": "off"}]}, "rules[0].fips"),
        # a rule that would take the place of a locked one by what it leaves out
        (RULE_REQUIRES, {"rules": [{"dual_stack": "require"}]}, "rules[0]"),
        (RULE_REQUIRES, {"rules": [{}]}, "rules[0]"),
        (
            locked(rules=[{"allowed_regions": ["us-*"]}]),
            {"rules": [{"services": ["s3"]}]},
            "rules[0]",
        ),
        # attestations
        (
            locked(),
            {
                "vpc_endpoints": [
                    {"type": "interface", "dns_names": [KMS], "fips": True, "reason": "r"}
                ]
            },
            "vpc_endpoints[0].fips",
        ),
        (
            locked(),
            {
                "custom_endpoints": [
                    {"url": "https://a", "services": ["s3"], "fips": True, "reason": "r"}
                ]
            },
            "custom_endpoints[0].fips",
        ),
        (
            locked(),
            {
                "custom_endpoints": [
                    {"url": "https://a", "services": ["s3"], "private": True, "reason": "r"}
                ]
            },
            "custom_endpoints[0].private",
        ),
        # declaring an endpoint is what endpoint_url = "deny" is opened by
        (
            locked(defaults={"endpoint_url": "deny"}),
            {"custom_endpoints": [{"url": "https://a", "services": ["s3"]}]},
            "custom_endpoints[0].url",
        ),
        (
            locked(rules=[{"endpoint_url": "deny"}]),
            {"custom_endpoints": [{"url": "https://a", "services": ["s3"]}]},
            "custom_endpoints[0].url",
        ),
    ],
)
def test_loosening_is_refused(
    document: str, code: dict[str, Any], path: str, loaded: Any, refusal: Any
) -> None:
    error = refusal(code, {"ENDPOINT_ROUTER_POLICY": document})
    assert error.code == "policy.locked"
    assert error.where == f"code, {path}"
    assert "locked by inline ENDPOINT_ROUTER_POLICY" in error.expected
    # It is the lock that refuses, not the value as such.
    loaded(code, {"ENDPOINT_ROUTER_POLICY": document.replace('"locked": true', '"locked": false')})


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (locked(), {}),
        (locked(), {"locked": True}),
        (
            locked(defaults={"allowed_regions": ["us-*", "eu-*"]}),
            {"defaults": {"allowed_regions": ["us-*"]}},
        ),
        (locked(), {"defaults": {"allowed_regions": ["eu-*"]}}),
        (locked(), {"network": {"private": ["10.20.0.0/16", "fd00::/8"]}}),
        (locked(), {"network": {"private": []}}),
        # a preference among endpoints that are judged alike
        (locked(network={"zone": "us-gov-west-1a"}), {"network": {"zone": "usgw1-az3"}}),
        (locked(network={"zone": "us-gov-west-1a"}), {"network": {"zone": "none"}}),
        (locked(network={"private": ["52.0.0.0/8"]}), {"network": {"private": ["52.1.0.0/16"]}}),
        (locked(dns={"servers": ["10.0.0.2"]}), {"dns": {"servers": ["10.0.0.2"]}}),
        (locked(log={"decisions": "/a/b"}), {"log": {"decisions": "/a/b"}}),
        (locked(), {"log": {"decisions": "/a/b"}}),
        (locked(), {"dns": {"timeout": 1, "min_ttl": 0, "max_ttl": 9, "max_stale": 0}}),
        (
            locked(defaults={"presigned": "routed"}),
            {"defaults": {"presigned": "public", "account_id_hosts": "auto"}},
        ),
        (RULE_REQUIRES, {"rules": [{"services": ["kms"], "fips": "require"}]}),
        (RULE_REQUIRES, {"defaults": {"fips": "require"}, "rules": [{"dual_stack": "require"}]}),
        (locked(rules=[{"private": "off", "reason": "r"}]), {"rules": [{"private": "require"}]}),
        (locked(), {"vpc_endpoints": [{"type": "interface", "dns_names": [KMS]}]}),
        (
            locked(),
            {"vpc_endpoints": [{"type": "gateway", "service": "s3", "region": "us-east-1"}]},
        ),
        (locked(), {"custom_endpoints": [{"url": "https://a", "services": ["s3"]}]}),
    ],
)
def test_tightening_and_what_is_free_is_allowed(
    document: str, code: dict[str, Any], loaded: Any
) -> None:
    result = loaded(code, {"ENDPOINT_ROUTER_POLICY": document})
    assert result.policy.locked


def test_variables_under_a_lock(loaded: Any, refusal: Any) -> None:
    document = {"ENDPOINT_ROUTER_POLICY": locked(defaults={"allowed_regions": ["us-*"]})}
    for suffix, good, bad in (
        ("ALLOWED_REGIONS", "us-*", "us-*,eu-*"),
        ("PRIVATE_NETWORKS", "10.0.0.0/16", "11.0.0.0/16"),
        ("DNS_TIMEOUT", "1", None),
        ("ZONE", "usgw1-az1", None),
        ("VPC_ENDPOINTS", KMS, None),
        ("DNS_SERVERS", None, "10.0.0.2"),
    ):
        name = f"ENDPOINT_ROUTER_{suffix}"
        if good:
            loaded(environ={**document, name: good})
        if bad:
            error = refusal(environ={**document, name: bad})
            assert (error.code, error.where) == ("policy.locked", name)


def test_code_can_lock_nothing_above_it(loaded: Any) -> None:
    result = loaded({"locked": True}, {"ENDPOINT_ROUTER_FIPS": "off"})
    assert result.policy.locked


# --- a locked document is not displaced -----------------------------------------------------------


def test_another_document_does_not_open_the_lock(write: Any, loaded: Any, refusal: Any) -> None:
    loose = write('version = 1\n[defaults]\nfips = "off"\n')
    environ = {"ENDPOINT_ROUTER_POLICY": locked(defaults={"fips": "require"})}
    error = refusal(loose, environ)
    assert (error.code, error.where) == ("policy.locked", f"{loose}:3, defaults.fips")
    profile = {"profile_policy": environ["ENDPOINT_ROUTER_POLICY"], "profile": "p"}
    error = refusal(None, {"ENDPOINT_ROUTER_POLICY": loose}, **profile)
    assert "locked by profile p, defaults.fips" in error.expected

    silent = write('version = 1\n[defaults]\nregional = "require"\n', "silent.toml")
    defaults = loaded(silent, environ).policy.defaults
    assert (defaults.fips, defaults.regional) == ("require", "require")


def test_a_lock_upon_a_lock(write: Any, loaded: Any, refusal: Any) -> None:
    middle = write('version = 1\nlocked = true\n[defaults]\ndual_stack = "require"\n')
    environ = {"ENDPOINT_ROUTER_POLICY": locked(defaults={"fips": "require"})}
    assert loaded(middle, environ).policy.defaults.fips == "require"
    error = refusal(middle, {**environ, "ENDPOINT_ROUTER_DUAL_STACK": "off"})
    assert f"locked by {middle}:4" in error.expected
    error = refusal(middle, {**environ, "ENDPOINT_ROUTER_FIPS": "off"})
    assert "locked by inline ENDPOINT_ROUTER_POLICY" in error.expected


# --- never weaker ---------------------------------------------------------------------------------

DEMAND = st.sampled_from(["off", "prefer", "require"])
REGIONS = st.lists(st.sampled_from(["us-*", "eu-*", "ap-*"]), unique=True)
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    **{key: st.sampled_from(order) for key, order in ORDER.items() if key != "mode"},
    "allowed_regions": REGIONS,
    "presigned": st.sampled_from(["public", "routed"]),
}
NETWORKS = st.lists(
    st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "fc00::/7", "fd00::/8", "52.0.0.0/8"])
)
RULES = st.fixed_dictionaries(
    {"reason": st.just("r")},
    optional={
        "services": st.lists(st.sampled_from(["s3", "kms", "*", "s*"]), max_size=2),
        "regions": st.lists(st.sampled_from(["us-*", "eu-west-1"]), max_size=1),
        **SETTINGS,
    },
)


def tables(rules: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "mode": st.sampled_from(ORDER["mode"]),
            "defaults": st.fixed_dictionaries({}, optional=SETTINGS),
            "rules": st.lists(RULES, max_size=rules),
            "network": st.fixed_dictionaries({"private": NETWORKS}),
        },
    )


VARIABLE_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "ENDPOINT_ROUTER_MODE": st.sampled_from(ORDER["mode"]),
        "ENDPOINT_ROUTER_FIPS": DEMAND,
        "ENDPOINT_ROUTER_PRIVATE": DEMAND,
        "ENDPOINT_ROUTER_FIPS_BASIS": st.sampled_from(ORDER["fips_basis"]),
        "ENDPOINT_ROUTER_ALLOWED_REGIONS": REGIONS.filter(bool).map(",".join),
    },
)
CALLS = list(itertools.product(["s3", "kms", "ses"], ["us-east-1", "eu-west-1", ""]))


def test_the_result_is_never_weaker_than_the_locked_layer() -> None:
    accepted, tightened = [0], [0]
    codes: list[str] = []

    @settings(
        max_examples=600,
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(
        document=tables(2),
        middle=st.none() | tables(1),
        environ=VARIABLE_VALUES,
        code=st.none() | tables(1),
    )
    def check(
        document: dict[str, Any],
        middle: dict[str, Any] | None,
        environ: dict[str, str],
        code: dict[str, Any] | None,
    ) -> None:
        text = locked(**document)
        floor = load(text, environ={}, today=TODAY)
        if middle is None:
            documents = {"ENDPOINT_ROUTER_POLICY": text}
            more: dict[str, Any] = {}
        else:
            documents = {"ENDPOINT_ROUTER_POLICY": json.dumps({"version": 1, **middle})}
            more = {"profile_policy": text, "profile": "p"}
        try:
            merged = load(code, environ={**environ, **documents}, today=TODAY, **more)
        except PolicyError as error:
            codes.append(error.code)
            return
        accepted[0] += 1
        tightened[0] += merged.policy.defaults != floor.policy.defaults
        assert merged.policy.locked
        assert not weaker("mode", merged.policy.mode, floor.policy.mode)
        for (service, region), key in itertools.product(CALLS, GRADED):
            before, after = (
                speak(one, service=service, region=region, operation="", partition="", today=TODAY)
                for one in (floor, merged)
            )
            assert not weaker(key, getattr(after.settings, key), getattr(before.settings, key)), (
                key,
                service,
            )

    check()
    assert accepted[0] > 100
    assert tightened[0] > 20
    assert len(codes) > 100
    assert set(codes) == {"policy.locked"}
