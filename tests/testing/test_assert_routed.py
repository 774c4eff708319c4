"""What ``assert_routed`` takes and refuses, and what it says then."""

from __future__ import annotations

import pytest

from endpoint_router import EndpointDenied
from endpoint_router.testing import (
    FakeDns,
    NothingAnswered,
    PolicyInForce,
    Refused,
    assert_routed,
    policy_in_force,
)
from tests.support.sessions import new_session

VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
POLICY = {
    "defaults": {"private": "require"},
    "vpc_endpoints": [{"type": "interface", "dns_names": [VPCE]}],
}


@pytest.fixture
def block() -> PolicyInForce:
    """Two calls of KMS go to its endpoint, and one of SNS is refused."""
    with policy_in_force(POLICY, dns=FakeDns()) as block:
        kms, sns = (new_session().create_client(name, "us-east-1") for name in ("kms", "sns"))
        for call in (kms.list_keys, kms.list_aliases):
            with pytest.raises(NothingAnswered):
                call()
        with pytest.raises(EndpointDenied):
            sns.list_topics()
    return block


@pytest.mark.parametrize(
    "expected",
    [
        {"kms": VPCE, "sns": Refused("private.public_address")},
        {"KMS.List*": VPCE.upper(), "*": Refused("private.*")},
        {"kms.ListKeys": "*.vpce.*", "kms": VPCE, "s?s.ListTopics": Refused()},
    ],
    ids=str,
)
def test_what_holds(block: PolicyInForce, expected: dict[str, str | Refused]) -> None:
    assert_routed(block.calls, expected)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        (None, r"sns\.ListTopics in us-east-1: refused \[private\.public_address\]"),
        ({"*": "*"}, "expected was: \\*"),
        ({"kms": VPCE}, "sns.*\n  no such call was expected"),
        ({"kms": "kms.*", "*": Refused()}, r"kms\.ListAliases.*\n  expected was: kms\.\*"),
        ({"kms": Refused(), "*": Refused()}, r"a refusal was expected: \[\*\]"),
        ({"kms": VPCE, "sns": Refused("fips.*")}, r"a refusal was expected: \[fips\.\*\]"),
        ({"kms": VPCE, "sns": Refused(), "s3": "*"}, r"s3: no such call was made\nall calls:"),
        ({"*": "*", "kms": VPCE}, r"kms: no such call was made"),
        ({"kms.listkey": VPCE}, r"kms\.listkey: no such call was made"),
    ],
    ids=str,
)
def test_what_does_not(
    block: PolicyInForce, expected: dict[str, str | Refused] | None, says: str
) -> None:
    with pytest.raises(AssertionError, match=says) as failure:
        assert_routed(block.calls, expected)
    assert all(str(call) in str(failure.value) for call in block.calls)


def test_no_call_is_no_proof() -> None:
    with pytest.raises(AssertionError, match="no call was decided on"):
        assert_routed(())


def test_a_code_that_no_refusal_has() -> None:
    with pytest.raises(ValueError, match=r"'private\.adress' is no code"):
        Refused("private.adress")


def test_what_a_call_tells(block: PolicyInForce) -> None:
    key, _, topic = block.calls
    assert (key.service, key.operation, key.region) == ("kms", "ListKeys", "us-east-1")
    assert (key.host, key.code, key.allowed, key.refusal) == (VPCE, "allowed", True, None)
    assert key.decision.addresses == ("10.0.0.10",)
    assert (topic.code, topic.allowed) == ("private.public_address", False)
    assert topic.refusal
    assert topic.reason == topic.refusal.reason
