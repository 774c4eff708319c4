"""FakeDns: what names answer, in what order it is looked for, and what it refuses to play."""

from __future__ import annotations

import pytest

from endpoint_router.testing import FakeDns

VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"


def test_all_is_well_unless_told() -> None:
    dns = FakeDns()
    assert dns.look_up(VPCE, 1).addresses == ("10.0.0.10",)
    assert dns.look_up("kms.us-east-1.amazonaws.com", 1).addresses == ("52.94.0.10",)


def test_a_host_speaks_before_globs_and_the_first_of_those_before_others() -> None:
    dns = FakeDns(
        {
            "*.amazonaws.com": "52.94.0.1",
            "kms.*": "52.94.0.2",
            "KMS.us-east-1.amazonaws.com.": "52.94.0.3",
        }
    )
    assert dns.look_up("kms.us-east-1.amazonaws.com", 1).addresses == ("52.94.0.3",)
    assert dns.look_up("kms.us-east-2.amazonaws.com", 1).addresses == ("52.94.0.1",)
    assert dns.look_up("kms.example", 1).addresses == ("52.94.0.2",)


@pytest.mark.parametrize(
    ("says", "status"),
    [
        ("NXDOMAIN", "absent"),
        ("NODATA", "absent"),
        ("SERVFAIL", "failed"),
        ("REFUSED", "failed"),
        ("timeout", "failed"),
    ],
)
def test_ways_to_fail(says: str, status: str) -> None:
    answer = FakeDns(otherwise=says).look_up("kms.us-east-1.amazonaws.com", 1)
    assert (answer.name, answer.status) == ("kms.us-east-1.amazonaws.com", status)
    assert says in answer.detail


def test_several_addresses_come_with_a_first_as_of_a_resolver() -> None:
    dns = FakeDns({"a.example": ["2600:1f18::1", "10.0.0.2", "10.0.0.1"]}, ttl=5)
    answer = dns.look_up("a.example", 1)
    assert answer.addresses == ("10.0.0.2", "10.0.0.1", "2600:1f18::1")
    assert answer.ttl == 5


def test_another_answer_from_the_next_look_up_on() -> None:
    dns = FakeDns({"a.example": "10.0.0.1"})
    dns.look_up("a.example", 1)
    dns.set("a.example", "NXDOMAIN")
    assert dns.look_up("a.example", 1).status == "absent"
    assert dns.questions == ("a.example", "a.example")


@pytest.mark.parametrize("says", ["nxdomain", "a.example", "10.0.0", "", []])
def test_what_is_neither_address_nor_word_is_no_answer(says: str | list[str]) -> None:
    with pytest.raises(ValueError, match=r"^a\.example: "):
        FakeDns({"a.example": says})
