"""Hosts, DNS names of endpoints as Terraform prints them, networks and DNS servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.aws import names

KMS = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
KMS_A = "vpce-0123456789abcdef0-abcdefgh-us-east-1a.kms.us-east-1.vpce.amazonaws.com"
KMS_B = "vpce-0123456789abcdef0-abcdefgh-us-east-1b.kms.us-east-1.vpce.amazonaws.com"
KMS_FIPS = "vpce-0fedcba9876543210-abcdefgh.kms-fips.us-east-1.vpce.amazonaws.com"
S3 = "*.vpce-0a-1b.s3.us-east-1.vpce.amazonaws.com"
S3_A = "*.vpce-0a-1b-us-east-1a.s3.us-east-1.vpce.amazonaws.com"
OWN = "kms.us-east-1.amazonaws.com"


def endpoint(*dns_names: str, serves: list[str] | None = None) -> dict[str, object]:
    table: dict[str, object] = {"type": "interface", "dns_names": list(dns_names)}
    return {**table, "serves": serves} if serves else table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (KMS, [endpoint(KMS)]),
        (f"{KMS_B},{KMS},{KMS_A}", [endpoint(KMS, KMS_B, KMS_A)]),
        (f"{KMS} {KMS_A}\n{OWN}", [endpoint(KMS, KMS_A)]),
        (f"{KMS}, {KMS_FIPS}", [endpoint(KMS), endpoint(KMS_FIPS)]),
        (f"{KMS_FIPS}, {KMS}", [endpoint(KMS_FIPS), endpoint(KMS)]),
        (KMS_A, [endpoint(KMS_A)]),
        (json.dumps([KMS, KMS_A, OWN]), [endpoint(KMS, KMS_A)]),
        (json.dumps([KMS, KMS_FIPS], indent=2), [endpoint(KMS), endpoint(KMS_FIPS)]),
        (f'[\n  "{KMS}",\n  "{KMS_A}",\n]', [endpoint(KMS, KMS_A)]),  # terraform output
        (f"'{KMS}'", [endpoint(KMS)]),
        (f"{KMS},{KMS},{KMS.upper()},{KMS}.", [endpoint(KMS)]),
        (f"{S3_A} {S3}", [endpoint(S3, S3_A)]),
        (f"{S3} {S3[2:]}", [endpoint(S3)]),
        (f"{S3[2:]} {S3}", [endpoint(S3)]),
        (f"*.dkr.ecr.us-east-1.amazonaws.com {KMS}", [endpoint(KMS)]),
        (f"{OWN}={KMS}", [endpoint(KMS, serves=[OWN])]),
        (f"{OWN}={KMS},{OWN}={KMS_A}", [endpoint(KMS, KMS_A, serves=[OWN])]),
        (
            f"a.example.com={KMS} *.b.example.com={KMS}",
            [endpoint(KMS, serves=["a.example.com", "*.b.example.com"])],
        ),
        (f"a.example.com={S3}", [endpoint(S3, serves=["a.example.com"])]),
        (OWN, []),
        ("monitoring.us-east-1.api.aws", []),
        ("kms.cn-north-1.amazonaws.com.cn", []),
        ("kms.us-iso-east-1.c2s.ic.gov", []),
    ],
)
def test_pasted_endpoints(text: str, expected: list[dict[str, object]]) -> None:
    assert names.vpc_endpoints(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        ",",
        "kms.corp.example",
        "amazonaws.com",
        "xamazonaws.com",
        f"https://{KMS}",
        f"{KMS}:443",
        f"bucket.{S3[2:]}",
        f"={KMS}",
        f"{KMS}={KMS}",
        f"a b={KMS}",
        f"{OWN}=kms.corp.example",
        f"{OWN}={OWN}",
        f"a_=b={KMS}",
        # Misspelt names of endpoints must not pass for a service's own.
        "vpce-xyz-abcdefgh.kms.us-east-1.vpce.amazonaws.com",
        "vpce-0123456789abcdef0.kms.us-east-1.vpce.amazonaws.com",
        "vpce-0a-1b-us-east.kms.us-east-1.vpce.amazonaws.com",
        "vpce-0a-1b.kms.us-east-1.amazonaws.com",
        "kms.us-east-1.vpce.amazonaws.com",
        "vpce-svc-0a.us-east-1.vpce.amazonaws.com",
        '[{"dns_name": "x"}]',
        "-.amazonaws.com",
        "é.amazonaws.com",
    ],
)
def test_what_is_no_endpoint_is_refused(text: str, refusal: Any) -> None:
    with pytest.raises(names.BadName):
        names.vpc_endpoints(text)
    if text.strip("[],"):  # not hidden by good company
        error = refusal(environ={"ENDPOINT_ROUTER_VPC_ENDPOINTS": f"{KMS},{text},{KMS_A}"})
        assert error.where == "ENDPOINT_ROUTER_VPC_ENDPOINTS"


@pytest.mark.parametrize(
    "name",
    [
        KMS,
        KMS_A,
        KMS_FIPS,
        S3,
        S3_A,
        KMS.upper(),
        f"{KMS}.",
        "vpce-0-0.x.r.vpce.amazonaws.com.cn",
        "vpce-0a-1b.api.ecr.us-iso-east-1.vpce.c2s.ic.gov",
        "vpce-0a-1b-us-west-2-lax-1a.x.us-west-2.vpce.amazonaws.com",
        "vpce-0a-1b-eusc-de-east-1a.kms.eusc-de-east-1.vpce.amazonaws.eu",
        "vpce-0a-1b-us-gov-west-1a.kms.us-gov-west-1.vpce.amazonaws.com",
        "vpce-0a-1b.vpce-svc-0c.us-east-1.vpce.amazonaws.com",
    ],
)
def test_names_of_interface_endpoints(name: str) -> None:
    assert names.is_vpce(name)


@pytest.mark.parametrize(
    ("text", "host", "glob"),
    [
        ("a", True, True),
        ("a.b-c.d_e", True, True),
        ("10.0.0.1", True, True),
        ("1.example", True, True),
        ("*.example.com", False, True),
        ("a*b.example.com", False, True),
        ("s3.*.example.com", False, True),
        ("*", False, False),
        ("example.*", False, False),
        ("example.c*m", False, False),
        ("", False, False),
        (".", False, False),
        ("a..b", False, False),
        (".a", False, False),
        ("a.", False, False),
        ("-a.b", False, False),
        ("a-.b", False, False),
        ("a b", False, False),
        ("a/b", False, False),
        ("a:1", False, False),
        ("10.0.0.256", False, False),
        ("10.0.0", False, False),
        ("0x7f", False, False),
        ("é.com", False, False),
        ("a" * 64, False, False),
        (".".join(["a" * 63] * 4), False, False),
        ("a.b\n", False, False),
    ],
)
def test_hosts(text: str, host: bool, glob: bool) -> None:
    assert names.is_host(text) is host
    assert names.is_host_glob(text) is glob


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("10.0.0.2", True),
        ("10.0.0.2:53", True),
        ("dns.corp.example", True),
        ("dns.corp.example:5353", True),
        ("fd00::2", True),
        ("[fd00::2]", True),
        ("[fd00::2]:53", True),
        ("", False),
        (":53", False),
        ("10.0.0.2:", False),
        ("10.0.0.2:0", False),
        ("10.0.0.2:65536", False),
        ("10.0.0.2:x", False),
        ("10.0.0.2:٥٣", False),
        ("10.0.0.300", False),
        ("[10.0.0.2]:53", False),
        ("[fd00::2]:", False),
        ("[fd00::2]53", False),
        ("[fd00::2", False),
        ("fd00::g", False),
        ("https://dns.example", False),
        ("a b", False),
        ("*.example", False),
    ],
)
def test_dns_servers(text: str, good: bool, loaded: Any, refusal: Any) -> None:
    policy = {"dns": {"servers": ["10.0.0.2", text]}}
    if good:
        assert loaded(policy).policy.dns.servers == ("10.0.0.2", text)
    else:
        error = refusal(policy)
        assert error.where == "code, dns.servers[1]"
        assert '"host:port"' in error.expected


@pytest.mark.parametrize(
    ("text", "name", "ident"),
    [
        ("us-east-1a", True, False),
        ("us-gov-west-1c", True, False),
        ("us-isob-east-1a", True, False),
        ("eusc-de-east-1a", True, False),
        ("us-west-2-lax-1a", True, False),
        ("use1-az1", False, True),
        ("usgw1-az3", False, True),
        ("apne1-az4", False, True),
        ("use1-az12", False, True),
        ("eusc-dee1-az1", False, True),
        ("usw2-lax1-az1", False, True),
        ("", False, False),
        ("none", False, False),
        ("us-east-1", False, False),
        ("us-east-1ab", False, False),
        ("us-east-1A", False, False),
        ("us-east-1a\n", False, False),
        ("use1-az", False, False),
        ("use-az1", False, False),
        ("az1", False, False),
        ("use1-az1\n", False, False),
        ("use1-az\u0661", False, False),
        ("us-east-1-wl1-bos-wlz-1", False, False),  # Wavelength: no endpoints there
    ],
)
def test_zones(text: str, name: bool, ident: bool) -> None:
    assert (names.is_zone_name(text), names.is_zone_id(text)) == (name, ident)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("US-EAST-1A", "Did you mean 'us-east-1a'?"),
        (" use1-az1", "Did you mean 'use1-az1'?"),
        ("None", "Did you mean 'none'?"),
        ("us-gov-west-1", "as 'us-gov-west-1a'."),
        ("a", ""),
    ],
)
def test_a_bad_zone_is_told_a_better_one(zone: str, hint: str, refusal: Any) -> None:
    error = refusal({"network": {"zone": zone}})
    assert (error.where, hint in error.hint) == ("code, network.zone", True)
    assert bool(error.hint) is bool(hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10.0.0.1/8", "Did you mean '10.0.0.0/8'?"),
        ("fd00::1/8", "Did you mean 'fd00::/8'?"),
        ("10.0.0.0/33", ""),
        ("10.0.0/8", ""),
        ("corp", ""),
        ("", ""),
        ("10.0.0.0/8 ", ""),
    ],
)
def test_networks(text: str, hint: str, refusal: Any) -> None:
    error = refusal({"network": {"private": ["10.0.0.0/8", text]}})
    assert error.where == "code, network.private[1]"
    assert "CIDR" in error.expected
    assert error.hint == hint
    gateway = {"type": "gateway", "service": "s3", "region": "us-east-1", "prefix_list": [text]}
    error = refusal({"vpc_endpoints": [gateway]})
    assert error.where == "code, vpc_endpoints[0].prefix_list[0]"


def test_suffixes_are_those_of_botocore() -> None:
    data = Path(botocore.__file__).parent / "data" / "partitions.json"
    outputs = [one["outputs"] for one in json.loads(data.read_text())["partitions"]]
    known = {output[key] for output in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")}
    assert len(known) >= 8
    assert known <= set(names.AWS_SUFFIXES)


@settings(max_examples=200, deadline=None)
@given(st.permutations([KMS, KMS_A, KMS_B, KMS_FIPS, S3, S3_A, OWN]), st.sampled_from([",", " "]))
def test_order_does_not_matter_but_for_preference(order: list[str], separator: str) -> None:
    found = names.vpc_endpoints(separator.join(order))
    assert len(found) == 3
    for one in found:
        dns_names = one["dns_names"]
        assert isinstance(dns_names, list)
        assert dns_names[0] in (KMS, KMS_FIPS, S3)
        assert OWN not in dns_names
    firsts = [min(order.index(n) for n in one["dns_names"]) for one in found]  # type: ignore[attr-defined]
    assert firsts == sorted(firsts)
