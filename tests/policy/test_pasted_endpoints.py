"""DNS names of endpoints, as Terraform prints them and people paste them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.aws.bad_name import BadName
from endpoint_router.policy.pasted_endpoints import pasted_endpoints
from tests.support.examples import examples

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
    assert pasted_endpoints(text) == expected


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
    with pytest.raises(BadName):
        pasted_endpoints(text)
    if text.strip("[],"):  # not hidden by good company
        error = refusal(environ={"ENDPOINT_ROUTER_VPC_ENDPOINTS": f"{KMS},{text},{KMS_A}"})
        assert error.where == "ENDPOINT_ROUTER_VPC_ENDPOINTS"


@settings(max_examples=examples(200), deadline=None)
@given(st.permutations([KMS, KMS_A, KMS_B, KMS_FIPS, S3, S3_A, OWN]), st.sampled_from([",", " "]))
def test_order_does_not_matter_but_for_preference(order: list[str], separator: str) -> None:
    found = pasted_endpoints(separator.join(order))
    assert len(found) == 3
    for one in found:
        dns_names = one["dns_names"]
        assert isinstance(dns_names, list)
        assert dns_names[0] in (KMS, KMS_FIPS, S3)
        assert OWN not in dns_names
    firsts = [min(order.index(n) for n in one["dns_names"]) for one in found]  # type: ignore[attr-defined]
    assert firsts == sorted(firsts)
