"""Values that fit the model and make no sense, and rules that loosen."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

TODAY = datetime.date(2026, 6, 1)

KMS = "vpce-0a-1b.kms.us-east-1.vpce.amazonaws.com"
DAY = datetime.timedelta(days=1)


def interface(**more: object) -> dict[str, Any]:
    return {"vpc_endpoints": [{"type": "interface", "dns_names": [KMS], **more}]}


def custom(url: str = "https://minio.example:9000/x", **more: object) -> dict[str, Any]:
    return {"custom_endpoints": [{"url": url, "services": ["s3"], **more}]}


@pytest.mark.parametrize(
    "policy",
    [
        interface(),
        interface(dns_names=[f"*.{KMS}"]),
        interface(dns_names=["kms.hub.example"], serves=["kms.us-east-1.amazonaws.com"]),
        interface(serves=["*.s3.us-east-1.amazonaws.com"]),
        interface(fips=True, reason="r"),
        interface(fips=False),
        interface(zone="us-east-1a"),
        interface(zone="use1-az1"),
        {"network": {"zone": ""}},
        {"network": {"zone": "us-west-2-lax-1a"}},
        {"network": {"zone": "usw2-lax1-az1"}},
        {"network": {"zone": "none"}},
        interface(connect="name"),
        interface(connect="address"),
        custom(),
        custom("http://localhost:4566"),
        custom("https://10.0.0.1"),
        custom("https://[fd00::1]:9000"),
        custom("https://*.timestream.us-east-1.amazonaws.com"),
        custom(fips=True, private=True, reason="r"),
        custom(services=["s3", "s3*"]),
        {"dns": {"min_ttl": 10, "max_ttl": 10}},
        {"network": {"private": []}},
        {"log": {"decisions": ""}},
        {"log": {"decisions": "stderr"}},
        {"log": {"decisions": "stdout"}},
        {"log": {"decisions": "logger"}},
        {"log": {"decisions": "./decisions"}},
        {"log": {"decisions": "/var/log/app/decisions.jsonl"}},
        {"rules": [{"services": ["s?", "[ab]*", "sesv2", "iot-data"]}]},
        {"rules": [{"operations": ["Get*"], "regions": ["us-gov-*"], "partitions": ["*"]}]},
    ],
)
def test_good_values(policy: dict[str, Any], loaded: Any) -> None:
    result = loaded(policy)
    assert not result.warnings


@pytest.mark.parametrize(
    ("policy", "path", "found", "expected"),
    [
        (interface(dns_names=[]), "vpc_endpoints[0].dns_names", "empty list", "VPC endpoint"),
        (
            interface(dns_names=[KMS, "kms.us-east-1.amazonaws.com"]),
            "vpc_endpoints[0].dns_names[1]",
            "kms.us-east-1",
            "VPC endpoint",
        ),
        (
            interface(dns_names=["a b"], serves=["a"]),
            "vpc_endpoints[0].dns_names[0]",
            "a b",
            "serves",
        ),
        (
            interface(dns_names=[f"https://{KMS}"]),
            "vpc_endpoints[0].dns_names[0]",
            "https://",
            "VPC endpoint",
        ),
        (interface(dns_names=["."]), "vpc_endpoints[0].dns_names[0]", '""', "text of 1"),
        (interface(serves=["*"]), "vpc_endpoints[0].serves[0]", '"*"', "a host"),
        (interface(serves=["a", "a.*.b"]), "vpc_endpoints[0].serves[1]", '"a.*.b"', "a host"),
        (interface(serves=["https://a"]), "vpc_endpoints[0].serves[0]", "https", "a host"),
        (interface(fips=True), "vpc_endpoints[0].fips", "without a reason", "a reason"),
        (interface(fips=True, reason=" "), "vpc_endpoints[0].fips", "without", "a reason"),
        (interface(zone="us-east-1"), "vpc_endpoints[0].zone", "us-east-1", '"us-east-1a"'),
        (interface(zone="none"), "vpc_endpoints[0].zone", "none", '"use1-az1"'),
        (interface(zone="use1-az"), "vpc_endpoints[0].zone", "use1-az", '"use1-az1"'),
        ({"network": {"zone": "az1"}}, "network.zone", "az1", '("use1-az1"), or "none"'),
        (custom(""), "custom_endpoints[0].url", '""', "text of 1"),
        (custom("minio:9000"), "custom_endpoints[0].url", "minio", "https://"),
        (custom("ftp://minio"), "custom_endpoints[0].url", "ftp", "https:// or http://"),
        (custom("https://"), "custom_endpoints[0].url", "https://", "with a host"),
        (custom("https://:9000"), "custom_endpoints[0].url", ":9000", "with a host"),
        (custom("https:///path"), "custom_endpoints[0].url", "path", "with a host"),
        (custom("https://[::1"), "custom_endpoints[0].url", "[::1", "a URL"),
        (custom("https://[zz::1]"), "custom_endpoints[0].url", "zz", "a"),
        (custom("https://a:99999"), "custom_endpoints[0].url", "99999", "a URL"),
        (custom("https://a:0"), "custom_endpoints[0].url", ":0", "port"),
        (custom("https://u:p@a"), "custom_endpoints[0].url", "//***@a", "only"),
        (custom("https://a?b=c"), "custom_endpoints[0].url", "b=c", "only"),
        (custom("https://a\n.b"), "custom_endpoints[0].url", "\\n", "with a host"),
        (custom("https://*"), "custom_endpoints[0].url", "*", "glob of hosts"),
        (custom("https://a.*"), "custom_endpoints[0].url", "a.*", "glob of hosts"),
        (custom("https://a..b"), "custom_endpoints[0].url", "a..b", "glob of hosts"),
        (custom(services=[]), "custom_endpoints[0].services", "empty list", "boto3 client name"),
        (custom(services=["s 3"]), "custom_endpoints[0].services[0]", "s 3", "glob"),
        (custom(fips=True), "custom_endpoints[0].fips", "without a reason", "a reason"),
        (custom(private=True), "custom_endpoints[0].private", "without a reason", "a reason"),
        ({"rules": [{"services": ["s3 "]}]}, "rules[0].services[0]", '"s3 "', "glob"),
        ({"rules": [{"services": ["a", "s3,kms"]}]}, "rules[0].services[1]", "s3,kms", "glob"),
        ({"rules": [{"services": ["[ab"]}]}, "rules[0].services[0]", "[ab", "glob"),
        ({"rules": [{"operations": ["Get*\n"]}]}, "rules[0].operations[0]", "Get", "glob"),
        ({"rules": [{"regions": ["us/*"]}]}, "rules[0].regions[0]", "us/*", "glob"),
        ({"rules": [{"partitions": ["é"]}]}, "rules[0].partitions[0]", "é", "glob"),
        (
            {"rules": [{"allowed_regions": ["a b"]}]},
            "rules[0].allowed_regions[0]",
            "a b",
            "glob",
        ),
        (
            {"defaults": {"allowed_regions": ["us-*", "(us)"]}},
            "defaults.allowed_regions[1]",
            "(us)",
            "glob",
        ),
        ({"log": {"decisions": "stdin"}}, "log.decisions", "stdin", '"stderr", "stdout", "logger"'),
        ({"dns": {"timeout": 0}}, "dns.timeout", "0", "more than 0 and at most 60"),
        ({"dns": {"timeout": 61}}, "dns.timeout", "61", "at most 60"),
        ({"dns": {"timeout": float("nan")}}, "dns.timeout", "nan", "at most 60"),
        ({"dns": {"min_ttl": -1}}, "dns.min_ttl", "-1", "at least 0 and at most 86400"),
        ({"dns": {"max_stale": 86401}}, "dns.max_stale", "86401", "at most 86400"),
        ({"dns": {"max_ttl": 4}}, "dns.max_ttl", "4", "at least min_ttl (4 and 5 here)"),
        ({"dns": {"min_ttl": 301}}, "dns.min_ttl", "301", "at least min_ttl (300 and 301 here)"),
    ],
)
def test_bad_values(
    policy: dict[str, Any], path: str, found: str, expected: str, refusal: Any
) -> None:
    error = refusal(policy)
    assert error.where == f"code, {path}"
    assert found in error.found
    assert expected in error.expected
    assert error.code == "policy.invalid"


def test_a_bad_value_of_a_file_is_named_by_its_line(write: Any, refusal: Any) -> None:
    path = write('version = 1\n[network]\nprivate = [\n  "10.0.0.0/8",\n  "10.0.0.1/8",\n]\n')
    assert refusal(path).where == f"{path}:5, network.private[1]"


def test_ttls_of_two_layers(write: Any, refusal: Any) -> None:
    path = write("version = 1\n[dns]\nmax_ttl = 20\n")
    assert refusal({"dns": {"min_ttl": 30}}, {"ENDPOINT_ROUTER_POLICY": path}).where == (
        "code, dns.min_ttl"
    )


# --- rules that loosen --------------------------------------------------------------------------

LOOSE = [
    ({"fips": "require"}, {"fips": "prefer"}),
    ({"fips": "prefer"}, {"fips": "off"}),
    ({"fips_basis": "listed"}, {"fips_basis": "attested"}),
    ({}, {"fips_basis": "attested"}),
    ({}, {"private": "off"}),
    ({"dual_stack": "prefer"}, {"dual_stack": "off"}),
    ({"regional": "require"}, {"regional": "off"}),
    ({"endpoint_url": "deny"}, {"endpoint_url": "check"}),
    ({"allowed_regions": ["us-*"]}, {"allowed_regions": []}),
    ({"allowed_regions": ["us-*"]}, {"allowed_regions": ["us-*", "eu-*"]}),
    ({"fips": "off"}, {"fips": "require", "private": "off"}),
]
TIGHT = [
    ({}, {}),
    ({"fips": "require"}, {"fips": "require"}),
    ({}, {"fips": "require", "private": "require", "fips_basis": "listed"}),
    ({}, {"presigned": "routed"}),
    ({"presigned": "routed"}, {"presigned": "public"}),
    ({"allowed_regions": ["us-*", "eu-*"]}, {"allowed_regions": ["us-*"]}),
]


@pytest.mark.parametrize(("defaults", "rule"), LOOSE)
def test_a_rule_that_loosens_needs_a_reason(
    defaults: dict[str, Any], rule: dict[str, Any], loaded: Any, refusal: Any
) -> None:
    for reason in ({}, {"reason": ""}, {"reason": " \t"}):
        error = refusal({"defaults": defaults, "rules": [{}, {**rule, **reason}]})
        assert error.where.startswith("code, rules[1].")
        assert "weaker than the default" in error.found
        assert error.hint == 'Add reason = "..." to the rule.'
    good = {**rule, "reason": "SEC-1", "expires": TODAY + 15 * DAY}
    assert not loaded({"defaults": defaults, "rules": [good]}).warnings


@pytest.mark.parametrize(("defaults", "rule"), TIGHT)
def test_a_rule_that_does_not_loosen_does_not_end(
    defaults: dict[str, Any], rule: dict[str, Any], loaded: Any, refusal: Any
) -> None:
    assert not loaded({"defaults": defaults, "rules": [rule]}).warnings
    error = refusal({"defaults": defaults, "rules": [{**rule, "expires": "2027-01-01"}]})
    assert (error.where, error.found) == ("code, rules[0].expires", "2027-01-01")
    assert "loosens" in error.expected


def test_rules_are_held_against_the_merged_defaults(write: Any, loaded: Any, refusal: Any) -> None:
    path = write('version = 1\n[[rules]]\n[[rules]]\nservices = ["ses"]\nfips = "prefer"\n')
    loaded(path)
    # Also where a stronger layer's rule has moved it: the path is the one in its own file.
    code = {"rules": [{"services": ["s3"]}]}
    environ = {"ENDPOINT_ROUTER_POLICY": path, "ENDPOINT_ROUTER_FIPS": "require"}
    error = refusal(code, environ)
    assert error.where == f"{path}:5, rules[1].fips"
    assert error.found == '"prefer", weaker than the default "require"'


@pytest.mark.parametrize(
    ("days", "warning"),
    [
        (-1, "ended on 2026-05-31; it has no effect"),
        (0, "holds until 2026-06-01 (last day today): what it allows is refused after that day"),
        (1, "holds until 2026-06-02 (1 day): what it allows is refused after that day"),
        (14, "holds until 2026-06-15 (14 days): what it allows is refused after that day"),
        (15, ""),
    ],
)
def test_a_rule_that_has_ended_or_will_soon_is_a_warning(
    days: int, warning: str, write: Any, loaded: Any
) -> None:
    day = TODAY + days * DAY
    path = write(f'version = 1\n[[rules]]\nprivate = "off"\nreason = "r"\nexpires = {day}\n')
    result = loaded(path)
    assert len(result.policy.rules) == 1
    assert bool(result.warnings) is bool(warning)
    if warning:
        (said,) = result.warnings
        assert said.startswith(f"rules[0] (file {path}:2) {warning}")


def test_today_is_the_day_in_utc_by_default() -> None:
    from endpoint_router.policy.load import load

    rule = {"private": "off", "reason": "r"}
    today = datetime.datetime.now(datetime.timezone.utc).date()
    assert load({"rules": [{**rule, "expires": today - 2 * DAY}]}, environ={}).warnings
    assert not load({"rules": [{**rule, "expires": today + 20 * DAY}]}, environ={}).warnings


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_a_network_of_everything_is_a_warning(network: str, loaded: Any) -> None:
    (warning,) = loaded({"network": {"private": [network]}}).warnings
    assert "every address counts as private" in warning
