"""What a review remarks on, and what it leaves alone, each with its id."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.policy.load import load
from endpoint_router.policy.remarks import NOTES, REMARKS
from endpoint_router.review.findings import Review, review

TODAY = datetime.date(2026, 6, 1)
ROOT = Path(__file__).resolve().parents[2]
ID, OTHER = "vpce-0123456789abcdef0-abcdefgh", "vpce-0fedcba9876543210-hgfedcba"


def vpce(service: str = "kms", id: str = ID, region: str = "us-east-1", **more: Any) -> Any:
    """An interface endpoint by its DNS name."""
    return {"dns_names": [f"{id}.{service}.{region}.vpce.amazonaws.com"], **more}


def reviewed(policy: dict[str, Any]) -> Review:
    def of_code() -> Any:
        return load(policy, environ={}, system_policy="", today=TODAY, days=30)

    return review("code", of_code, today=TODAY)


def ids(policy: dict[str, Any]) -> list[str]:
    return [finding.id for finding in reviewed(policy).findings]


FIPS = {"fips": "require"}
PRIVATE = {"private": "require"}
GATEWAY = {"type": "gateway", "service": "s3", "region": "us-east-1"}
WAIVER = {"fips": "off", "reason": "r"}
#: Id, and a policy that it is remarked of.
REMARKED: list[tuple[str, dict[str, Any]]] = [
    ("attested", {"vpc_endpoints": [vpce(fips=True, reason="r")]}),
    ("demand.contradicted", {"defaults": PRIVATE, "network": {"private": []}}),
    ("endpoint.idle", {"vpc_endpoints": [vpce("s3", serves=[
        "s3-outposts.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"])]}),
    ("endpoint.labels_lost", {"vpc_endpoints": [vpce("execute-api",
                              serves=["*.execute-api.us-east-1.amazonaws.com"])]}),
    ("endpoint.overlap", {"vpc_endpoints": [vpce(), vpce(id=OTHER)]}),
    ("endpoint.overlap", {"vpc_endpoints": [
        vpce("any", serves=["*.us-east-1.amazonaws.com"], connect="address"),
        vpce(id=OTHER, connect="address")]}),
    ("endpoint.overlap", {"custom_endpoints": [
        {"url": "https://minio.example", "services": ["s3"]},
        {"url": "https://minio.example:443/", "services": ["s3*"]}]}),
    ("endpoint.unusable", {"defaults": FIPS, "vpc_endpoints": [vpce()]}),
    ("endpoint.unusable", {"defaults": {**FIPS, "fips_basis": "listed"},
                           "vpc_endpoints": [vpce("kms-fips")]}),
    ("endpoint.unusable", {"defaults": {"private": "off"}, "vpc_endpoints": [vpce()]}),
    ("endpoint.unusable", {"defaults": {"allowed_regions": ["eu-*"]}, "vpc_endpoints": [vpce()]}),
    ("endpoint.unusable", {"defaults": FIPS, "custom_endpoints": [
        {"url": "https://minio.example", "services": ["s3"]}]}),
    ("gateway.declared", {"vpc_endpoints": [GATEWAY]}),
    ("mode.off", {"mode": "off"}),
    ("network.everything", {"network": {"private": ["0.0.0.0/0"]}}),
    ("private_dns.needed", {"rules": [{"services": ["kms"], **PRIVATE}]}),
    ("report.unrecorded", {"mode": "report"}),
    ("rule.hidden", {"rules": [{**FIPS}, {"services": ["kms"], **FIPS}]}),
    ("rule.never", {"rules": [{"regions": ["eu-west-1"], "partitions": ["aws-us-gov"], **FIPS}]}),
    ("rule.refused", {"defaults": {"allowed_regions": ["us-*"]},
                      "rules": [{"regions": ["eu-*"], **FIPS}]}),
    ("selector.unknown", {"rules": [{"services": ["brand-new"], **FIPS}]}),
    ("waiver.ended", {"defaults": FIPS, "rules": [{**WAIVER, "expires": "2026-05-31"}]}),
    ("waiver.ends", {"defaults": FIPS, "rules": [{**WAIVER, "expires": "2026-07-01"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("id", "policy"), REMARKED)
def test_remarked(id: str, policy: dict[str, Any]) -> None:
    (finding,) = (each for each in reviewed(policy).findings if each.id == id)
    assert finding.severity == ("note" if id in NOTES else "warning")
    assert finding.message
    assert finding.path


#: Policies that nothing is wrong with, although they look a little like those above.
UNREMARKED: list[dict[str, Any]] = [
    # The second is for callers of its own zone, for FIPS, or by another way.
    {"vpc_endpoints": [vpce(id=f"{ID}-us-east-1a"), vpce(id=f"{OTHER}-us-east-1b")]},
    {"vpc_endpoints": [vpce(), vpce("kms-fips", id=OTHER)]},
    {"vpc_endpoints": [vpce(), vpce("sts", id=OTHER)]},
    # Some call may use it.
    {"defaults": FIPS, "vpc_endpoints": [vpce()], "rules": [{"services": ["kms"], **WAIVER}]},
    {"defaults": FIPS, "vpc_endpoints": [vpce("kms-fips")]},
    {"defaults": FIPS, "vpc_endpoints": [vpce(
        "monitoring", serves=["monitoring-fips.us-east-1.amazonaws.com"], connect="address")]},
    {"defaults": {"allowed_regions": ["us-east-?"]}, "vpc_endpoints": [vpce()]},
    # Private DNS may serve every host, and no endpoint need be declared.
    {"defaults": PRIVATE},
    {"rules": [{"services": ["kms"], **PRIVATE}], "vpc_endpoints": [vpce()]},
    {"rules": [{"regions": ["eu-west-1"], "partitions": ["aws"], **FIPS}]},
    {"rules": [{"regions": ["us-west-9"], "partitions": ["aws"], **FIPS}]},
]  # fmt: skip


@pytest.mark.parametrize("policy", UNREMARKED)
def test_unremarked(policy: dict[str, Any]) -> None:
    assert {*ids(policy)} <= {"selector.unknown"}


def test_all_misspelt_names_are_found_at_once() -> None:
    rules = [{"services": ["kmss"], **FIPS}, {"regions": ["us-gov-wst-1"], **FIPS}]
    found = reviewed({"rules": rules})
    assert [(each.severity, each.path) for each in found.findings] == [
        ("error", "rules[0].services"),
        ("error", "rules[1].regions"),
    ]
    assert found.loaded is None


def test_each_id_is_documented_and_remarked_somewhere() -> None:
    elsewhere = {"document.unused", "file.writable", "variable.unused"}  # of an environment
    assert {id for id, _ in REMARKED} | elsewhere == set(REMARKS)
    page = (ROOT / "docs" / "how-to" / "check-a-policy-in-ci.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.+?) \|$", page, re.MULTILINE))
    assert rows == dict(REMARKS)


@pytest.mark.parametrize("name", ["document.unused", "file.writable", "variable.unused"])
def test_of_an_environment(name: str, tmp_path: Path) -> None:
    text = 'version = 1\n[defaults]\nfips = "require"\n'
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(text)
    other.write_text(text.replace("require", "prefer"))
    environ = {"ENDPOINT_ROUTER_POLICY": str(one)}
    more: dict[str, Any] = {}
    if name == "document.unused":
        more = {"profile": "p", "profile_policy": str(other)}
    elif name == "file.writable":
        one.chmod(0o666)
    else:
        environ["ENDPOINT_ROUTER_VPC_ENDPOINTS"] = "kms.us-east-1.amazonaws.com"

    def of_environment() -> Any:
        return load(None, environ=environ, system_policy="", today=TODAY, **more)

    (finding,) = review("environment", of_environment, today=TODAY).findings
    assert finding.id == name
