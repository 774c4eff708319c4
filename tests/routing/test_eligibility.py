"""What the policy alone forbids, and beside it what looks much the same and is not forbidden."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from endpoint_router.routing.case import ApiCall, Given, Session
from endpoint_router.routing.declared import Serving
from endpoint_router.routing.eligibility import prepared
from endpoint_router.routing.gateways import Gateway
from endpoint_router.routing.variants import Variant
from tests.routing.cases import PLAIN, VPCE, case

FIPS_ON, PRIVATE = {"fips": "require"}, {"private": "require"}
#: Of the only candidate: what it is itself, and what botocore resolved.
HTTP: dict[str, Any] = {"origin": f"http://{PLAIN}"}
CUSTOM: dict[str, Any] = {"kind": "custom"}
OPEN: dict[str, Any] = {"session": Session(verify=False)}
NO_PINS: dict[str, Any] = {"session": Session(can_pin=False)}
ELSEWHERE: dict[str, Any] = {"session": Session(sent_elsewhere=True)}
FORWARDS: dict[str, Any] = {"session": Session(forwards_https=True)}
URL: dict[str, Any] = {"given": Given("https://x.example")}
OF_AWS: dict[str, Any] = {"given": Given("https://kms.us-west-2.amazonaws.com")}
MADE_UP: dict[str, Any] = {
    "call": ApiCall("kms", "Encrypt", "x", "aws", client_region="us-oops-1", unknown_region=True)
}
OOPS = {"host": "kms.us-oops-1.amazonaws.com"}


def named(**more: Any) -> dict[str, Any]:
    """An interface endpoint's candidate."""
    serving = Serving(0, VPCE, VPCE, False, False, **more)
    return {"kind": "interface", "host": VPCE, "origin": f"https://{VPCE}", "serving": serving}


def fares(
    demands: dict[str, Any],
    candidate: dict[str, Any],
    resolved: dict[str, Any],
    **more: Any,
) -> str:
    """The code that rules the only candidate out, or the whole call; empty for none."""
    asked = case(demands)
    *_, only = asked.candidates
    changed = replace(only, **{"resolved": replace(only.resolved, **resolved), **candidate})
    found = prepared(replace(asked, candidates=(changed,), **more))
    if found.refusal:
        return f"the call: {found.refusal.code}, {found.refusal.setting}"
    assert len(found.contenders) + len(found.dropped) == 1
    return "".join(f"{each.code}, {each.setting}" for each in found.dropped)


@pytest.mark.parametrize(
    ("demands", "candidate", "more", "expected"),
    [
        # TLS that is not there, or that somebody else ends.
        (FIPS_ON, HTTP, {}, "tls.plaintext, fips"),
        (PRIVATE, HTTP, {}, "tls.plaintext, private"),
        ({"fips": "prefer"}, HTTP, {}, ""),
        ({"allowed_regions": ["us-*"]}, HTTP, {}, ""),
        (PRIVATE, {**HTTP, **CUSTOM}, {}, ""),
        (FIPS_ON, {**HTTP, **CUSTOM, "fips_basis": "listed"}, {}, "tls.plaintext, fips"),
        (FIPS_ON, {}, OPEN, "the call: tls.unverified, fips"),
        ({"regional": "require"}, {}, OPEN, "the call: tls.unverified, regional"),
        ({"private": "prefer", "endpoint_url": "deny"}, {}, OPEN, ""),
        (FIPS_ON, {"proxy": "https://p:1"}, FORWARDS, "tls.unverified, fips"),
        (FIPS_ON, {"proxy": "http://p:1"}, FORWARDS, ""),
        (FIPS_ON, {"proxy": "https://p:1"}, {}, ""),
        ({"fips": "prefer"}, {"proxy": "https://p:1"}, FORWARDS, ""),
        # A way that does not lead where it must.
        (PRIVATE, {"proxy": "http://p:1"}, {}, "private.proxy, private"),
        (PRIVATE, {**CUSTOM, "private_attested": True, "proxy": "http://p:1"}, {},
            "private.proxy, private"),
        ({"private": "prefer"}, {"proxy": "http://p:1"}, {}, ""),
        ({"private": "prefer"}, {**named(), "proxy": "http://p:1"}, {}, "private.proxy, private"),
        (PRIVATE, {}, NO_PINS, "private.unpinned, private"),
        (PRIVATE, {}, ELSEWHERE, "private.unpinned, private"),
        (PRIVATE, {**CUSTOM, "private_attested": True}, NO_PINS, ""),
        ({"private": "prefer"}, {}, NO_PINS, ""),
        (PRIVATE, {"gateway": Gateway(0, "s3", "us-east-1")}, NO_PINS, ""),
        # An endpoint's name proves itself, by TLS; an address behind a standard name does not.
        (PRIVATE, named(), NO_PINS, ""),
        (PRIVATE, named(by_address=True), NO_PINS, "private.unpinned, private"),
        (PRIVATE, {**named(), "host": PLAIN}, NO_PINS, "private.unpinned, private"),
        (PRIVATE, {"host": VPCE, "origin": f"https://{VPCE}"}, NO_PINS,
            "private.unpinned, private"),
        ({"private": "prefer"}, {**named(), "origin": f"http://{VPCE}"}, NO_PINS,
            "private.unpinned, private"),
        # A name without a place for the bucket.
        ({}, named(lost="bucket"), {"call": ApiCall("s3", "GetObject", "us-east-1", "aws")},
            "private.no_endpoint, private"),
        ({}, named(), {"call": ApiCall("s3", "GetObject", "us-east-1", "aws")}, ""),
        ({}, named(lost="1234"), {}, ""),
        # Hosts that are nobody's.
        (PRIVATE, {"host": "kms.evil.example"}, {}, "endpoint_url.undeclared, private"),
        ({"endpoint_url": "deny"}, {"host": "kms.evil.example"}, {},
            "endpoint_url.undeclared, endpoint_url"),
        (PRIVATE, {**CUSTOM, "host": "kms.evil.example"}, {}, ""),
        ({"fips": "prefer"}, {"host": "kms.evil.example"}, {}, ""),
    ],
)  # fmt: skip
def test_one_candidate(
    demands: dict[str, Any], candidate: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    assert fares({"fips": "off", **demands}, candidate, {}, **more) == expected


GLOBAL, FILE = {"is_regional": False}, {"overridden_by": "endpoints.json"}


@pytest.mark.parametrize(
    ("demands", "candidate", "resolved", "more", "expected"),
    [
        ({"regional": "require"}, {}, GLOBAL, {}, "regional.global_host, regional"),
        ({"regional": "off"}, {}, GLOBAL, {}, ""),
        ({"regional": "require"}, {}, {}, {}, ""),
        ({"dual_stack": "require"}, {}, {}, {}, "dual_stack.none, dual_stack"),
        ({"dual_stack": "require"}, {}, {"variant": Variant(dual_stack=True)}, {}, ""),
        ({"dual_stack": "require"}, named(), {}, {}, ""),
        ({"dual_stack": "prefer"}, {}, {}, {}, ""),
        (PRIVATE, {}, OOPS, MADE_UP, "region.unknown, private"),
        (PRIVATE, named(), OOPS, MADE_UP, "region.unknown, private"),
        (PRIVATE, CUSTOM, OOPS, MADE_UP, ""),
        (PRIVATE, {}, {}, MADE_UP, ""),
        (PRIVATE, {}, OOPS, {}, ""),
        ({"private": "prefer"}, {}, OOPS, MADE_UP, ""),
        (PRIVATE, {}, FILE, {}, "the call: data.overridden, private"),
        (FIPS_ON, {}, FILE, {}, "the call: fips.data_overridden, fips"),
        (PRIVATE, {"kind": "undeclared"}, FILE, {}, "the call: data.overridden, private"),
        (PRIVATE, CUSTOM, FILE, {}, ""),
        ({"private": "prefer"}, {}, FILE, {}, ""),
    ],
)
def test_what_botocore_resolved(
    demands: dict[str, Any],
    candidate: dict[str, Any],
    resolved: dict[str, Any],
    more: dict[str, Any],
    expected: str,
) -> None:
    assert fares({"fips": "off", **demands}, candidate, resolved, **more) == expected


@pytest.mark.parametrize(
    ("demands", "more", "expected"),
    [
        (FIPS_ON, URL, "endpoint_url.undeclared, fips"),
        ({"endpoint_url": "deny"}, URL, "endpoint_url.undeclared, endpoint_url"),
        ({"allowed_regions": ["us-*"]}, URL, "endpoint_url.undeclared, allowed_regions"),
        ({"allowed_regions": ["us-*"]}, OF_AWS, ""),
        ({"endpoint_url": "deny"}, OF_AWS, "endpoint_url.undeclared, endpoint_url"),
        ({"fips": "prefer", "private": "prefer"}, URL, ""),
        ({"allowed_regions": ["us-*"]}, {}, ""),
    ],
)
def test_a_url_that_nobody_declares(
    demands: dict[str, Any], more: dict[str, Any], expected: str
) -> None:
    refused = f"the call: {expected}" if expected else ""
    assert fares({"fips": "off", **demands}, {}, {}, **more) == refused


@pytest.mark.parametrize(
    ("weakest", "basis", "expected"),
    [
        ({}, "attested", "fips.no_basis, fips"),
        ({"fips_basis": "listed"}, "ruleset", "fips.no_basis, fips_basis"),
        ({"fips_basis": "listed"}, None, "fips.no_basis, fips"),
        ({"fips_basis": "attested"}, "attested", ""),
    ],
)
def test_which_setting_speaks_of_a_basis(
    weakest: dict[str, str], basis: str | None, expected: str
) -> None:
    assert fares({**FIPS_ON, **weakest}, {"fips_basis": basis}, {}) == expected


def test_of_two_candidates_one_is_out() -> None:
    asked = case({"fips": "prefer", "private": "require"})
    first, second = asked.candidates
    first = replace(first, resolved=replace(first.resolved, **FILE))
    found = prepared(replace(asked, candidates=(first, second)))
    assert found.refusal is None
    assert [(each.candidate, each.code) for each in found.dropped] == [(first, "data.overridden")]
    assert [each.candidate for each in found.contenders] == [second]


def test_no_candidate_is_in_a_region_that_is_allowed() -> None:
    """So the call is refused, and nobody looks a name up."""
    assert fares({"allowed_regions": ["eu-*"]}, {}, {}) == (
        "the call: region.not_allowed, allowed_regions"
    )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (NO_PINS, "this client's HTTP session cannot be told where to dial"),
        (
            ELSEWHERE,
            "something else than the client sends the request, and looks the name up by itself",
        ),
    ],
)
def test_why_nothing_can_be_pinned(more: dict[str, Any], why: str) -> None:
    (dropped,) = prepared(replace(case(PRIVATE), **more)).dropped
    assert dropped.result == f"relies on its address, and {why}"
