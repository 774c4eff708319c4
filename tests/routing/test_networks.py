from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.aws.bad_name import BadName
from endpoint_router.policy.model import Network
from endpoint_router.policy.networks import parse_network
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.networks import Trusted, judge, translated, without_images


def trusted(*cidrs: str) -> Trusted:
    return Trusted(tuple(map(parse_network, cidrs)))


DEFAULT = trusted(*Network().private)

v4 = st.ip_addresses(v=4)
private_v4 = st.ip_addresses(network="10.0.0.0/8")
private = st.one_of(
    private_v4, st.ip_addresses(network="100.64.0.0/10"), st.ip_addresses(network="fd00::/8")
)
public = st.one_of(
    st.ip_addresses(network="52.94.0.0/16"), st.ip_addresses(network="2600:1f18::/32")
)


def answered(*addresses: object, unanswered: tuple[str, ...] = ()) -> Answer:
    return Answer("a.example", "answered", tuple(map(str, addresses)), unanswered=unanswered)


def mapped(address: IPv4Address) -> IPv6Address:
    return IPv6Address(f"::ffff:{address}")


def nat64(address: IPv4Address) -> IPv6Address:
    return IPv6Address(f"64:ff9b::{address}")


def local_nat64(address: IPv4Address) -> IPv6Address:
    return IPv6Address(f"64:ff9b:1:abcd::{address}")


def sixtofour(address: IPv4Address) -> IPv6Address:
    return IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)


def teredo(address: IPv4Address) -> IPv6Address:
    server = int(IPv4Address("65.54.227.120"))
    return IPv6Address((0x20010000 << 96) | (server << 64) | (int(address) ^ 0xFFFFFFFF))


Wrap = Callable[[IPv4Address], IPv6Address]
TRANSLATED: list[Wrap] = [nat64, local_nat64, sixtofour, teredo]


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "172.31.255.255", "192.168.0.1", "100.64.0.10", "fd00::1", "fc00::1"]
)
def test_private_by_default(address: str) -> None:
    assert judge(answered(address), DEFAULT) == "private-address"


@pytest.mark.parametrize(
    "address",
    [
        "52.94.0.10",
        "172.32.0.1",
        "100.128.0.1",
        "2600:1f18::1",
        "127.0.0.1",  # loopback and link-local count only when named
        "::1",
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "203.0.113.5",  # "private" to Python's ipaddress
        "2001:db8::1",
        "0.0.0.0",
        "::",
        "::10.0.0.1",  # IPv4-compatible, long dead
    ],
)
def test_public_by_default(address: str) -> None:
    assert judge(answered(address), DEFAULT) == "public"


@pytest.mark.parametrize(
    ("cidr", "address"),
    [
        ("127.0.0.0/8", "127.1.2.3"),
        ("169.254.0.0/16", "169.254.1.1"),
        ("2600:1f18:abcd::/56", "2600:1f18:abcd::5"),
        ("52.94.0.10", "52.94.0.10"),
        ("fe80::/10", "fe80::1%eth0"),
    ],
)
def test_counts_when_named(cidr: str, address: str) -> None:
    assert judge(answered(address), trusted(cidr)) == "private-address"


@pytest.mark.parametrize("cidr", ["10.20.0.1/16", "10.0.0.0/33", "ten", ""])
def test_refuses_what_is_no_network(cidr: str) -> None:
    with pytest.raises(BadName):
        trusted(cidr)


def test_status_without_addresses_is_the_verdict() -> None:
    assert judge(Answer("a.example", "absent"), DEFAULT) == "absent"
    assert judge(Answer("a.example", "failed"), DEFAULT, pinned=True) == "failed"
    assert judge(Answer("a.example", "answered"), DEFAULT) == "failed"


def test_an_unanswered_family_spoils_all_but_a_pinned_answer() -> None:
    half = answered("10.0.0.1", unanswered=("AAAA",))
    assert judge(half, DEFAULT) == "failed"
    assert judge(half, DEFAULT, pinned=True) == "private-address"
    half = answered("52.94.0.10", unanswered=("AAAA",))
    assert judge(half, DEFAULT) == "failed"
    assert judge(half, DEFAULT, pinned=True) == "public"


@settings(deadline=None)
@given(st.lists(private), public, st.lists(private), st.booleans())
def test_one_address_outside_is_never_private(
    before: list[object], outside: object, after: list[object], pinned: bool
) -> None:
    verdict = judge(answered(*before, outside, *after), DEFAULT, pinned=pinned)
    assert verdict == ("mixed" if before or after else "public")


@settings(deadline=None)
@given(st.lists(private, min_size=1))
def test_all_inside_is_private(addresses: list[object]) -> None:
    assert judge(answered(*addresses), DEFAULT) == "private-address"


@settings(deadline=None)
@given(address=st.one_of(v4, private_v4))
def test_a_mapped_address_is_its_ipv4(address: IPv4Address) -> None:
    assert judge(answered(mapped(address)), DEFAULT) == judge(answered(address), DEFAULT)


@pytest.mark.parametrize("wrap", TRANSLATED)
@settings(deadline=None)
@given(address=st.one_of(v4, private_v4))
def test_a_translated_address_is_not_trusted_for_what_is_inside(
    wrap: Wrap, address: IPv4Address
) -> None:
    """The kernel routes the outer address: to the internet, where nobody trusts it."""
    outer = wrap(address)
    inside = translated(outer)
    assert inside
    assert (inside.inner, outer in inside.outer) == (address, True)
    assert judge(answered(outer), DEFAULT) == "public"


@pytest.mark.parametrize("wrap", TRANSLATED)
@settings(deadline=None)
@given(address=st.one_of(v4, private_v4))
def test_where_the_translator_is_trusted_what_is_inside_decides(
    wrap: Wrap, address: IPv4Address
) -> None:
    inside = translated(wrap(address))
    assert inside
    both = trusted(*Network().private, str(inside.outer))
    assert judge(answered(wrap(address)), both) == judge(answered(address), both)


networks = st.one_of(
    st.ip_addresses(v=6).map(lambda address: f"{address}/128"),
    st.sampled_from(["::/0", "2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48"]),
    st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "52.94.0.0/16", "fd00::/8"]),
)


@pytest.mark.parametrize("wrap", TRANSLATED)
@settings(deadline=None)
@given(address=st.one_of(v4, private_v4), cidrs=st.lists(networks))
def test_looking_inside_only_takes_trust_away(
    wrap: Wrap, address: IPv4Address, cidrs: list[str]
) -> None:
    known, outer = trusted(*cidrs), wrap(address)
    in_a_network = any(outer in network for network in known.networks)
    assert (str(outer) in known) == (in_a_network and str(address) in known)


def test_what_is_no_address_is_outside() -> None:
    assert judge(answered("10.0.0.1", "not an address"), DEFAULT) == "mixed"


@given(
    inside=st.lists(private_v4, min_size=1, max_size=3),
    prefix=st.ip_addresses(v=6),
    others=st.lists(st.one_of(private, public), max_size=2),
)
def test_what_dns64_made_is_left_out_only_where_the_rest_is_trusted(
    inside: list[IPv4Address], prefix: IPv6Address, others: list[object]
) -> None:
    high = int(prefix) & ~0xFFFF_FFFF
    images = [IPv6Address(high | int(address)) for address in inside]
    answer = answered(*inside, *others, *images)
    left = without_images(answer, DEFAULT)
    untrusted = {str(image) for image in images if str(image) not in DEFAULT}
    if all(str(other) in DEFAULT for other in others):
        assert set(left.addresses) == set(answer.addresses) - untrusted
        assert judge(left, DEFAULT) == "private-address"
        assert ("left out" in left.detail) == bool(untrusted)
    else:
        assert left is answer
        assert judge(left, DEFAULT) == "mixed"
    assert without_images(answered(*images), DEFAULT).addresses == answered(*images).addresses
