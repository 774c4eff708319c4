"""Whatever bytes a DNS server sends: an answer, soon, with real addresses and printable text."""

from __future__ import annotations

import struct
import subprocess
import sys
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import dns.message
import dns.rcode
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from endpoint_router.printable import printable
from endpoint_router.routing.answer import Answer
from tests.probe.resolving import NAME, PLENTY, ask, quick
from tests.support.examples import examples

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer, serving

#: Where the question's name stands: what else points there, or to itself, or far beyond.
_ASKED = b"\xc0\x0c"
_RECORD_NAMES = st.sampled_from(
    [
        _ASKED, b"\xc0\x0d", b"\xff\xff", b"\0", b"\x04\x1b[2J\0", b"\x3f" + b"a" * 63 + _ASKED,
        b"\x05\xff\xfe\0.a" + _ASKED, b"\x02",
    ]
)  # fmt: skip
_DATA = st.one_of(
    st.sampled_from([b"\x0a\0\0\1", b"\xfd" + b"\0" * 14 + b"\1", _ASKED, b"\x04\x1b[2J\0", b""]),
    st.binary(max_size=30),
)
#: A, AAAA, CNAME, DNAME, SOA, OPT, RRSIG, SVCB, HTTPS, ANY and whatever there is.
_TYPES = st.one_of(st.sampled_from([1, 28, 5, 39, 6, 41, 46, 64, 65, 255]), st.integers(0, 0xFFFF))
_RECORDS = st.builds(
    lambda name, kind, klass, ttl, data, more: (
        name + struct.pack("!HHIH", kind, klass, ttl, len(data) + more) + data
    ),
    _RECORD_NAMES,
    _TYPES,
    st.sampled_from([1, 3, 254, 255]),
    st.sampled_from([0, 60, 1 << 31, (1 << 32) - 1]),
    _DATA,
    st.sampled_from([0, 0, 0, 1, 400]),
)
#: Flags with NOERROR, NXDOMAIN, TC; counts that are right or not; records, and bytes behind them.
_BODIES = st.tuples(
    st.sampled_from([0x8180, 0x8183, 0x8380, 0x0180, 0xFFFF]),
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
    st.lists(_RECORDS, max_size=5),
    st.binary(max_size=20),
)


def raw(
    flags: int, counts: list[int], records: list[bytes], behind: bytes, then: Behaviour
) -> Behaviour:
    """These bytes under the query's own id and question, and then what *then* says."""

    def answer(query: dns.message.Message, transport: str) -> list[bytes]:
        asked = query.question[0]
        head = struct.pack("!HHHHHH", query.id, flags, 1, *counts)
        question = asked.name.to_wire() + struct.pack("!HH", asked.rdtype, 1)
        made = head + question + b"".join(records) + behind
        return [made, *then(query, transport)]

    return answer


def is_sound(answer: Answer) -> bool:
    for address in answer.addresses:
        ip_address(address)
    texts = (answer.detail, answer.canonical_name, answer.server)
    known = answer.status in ("answered", "absent", "failed")
    return known and all(printable(text) == text for text in texts) and answer.ttl >= 0


@given(body=_BODIES)
@settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_bytes_come_to_an_answer(
    server: DnsServer, body: tuple[int, list[int], list[bytes], bytes]
) -> None:
    behaviour = raw(*body, behave.rcode(dns.rcode.REFUSED))
    with quick(PLENTY / 2):
        assert is_sound(ask(server, behaviour))


def links(count: int, last: str = "") -> Behaviour:
    """A chain of so many aliases, which ends in *last*, or in nothing."""
    names = [f"{NAME}.", *(f"n{number}.example." for number in range(1, count + 1))]
    lines = [f"{name} 60 CNAME {after}" for name, after in pairwise(names)]
    return behave.records(*lines, *([f"{names[-1]} 60 {last}"] if last else []))


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (links(30, "A 10.0.0.1"), "failed"),
        (links(3), "failed"),
        (behave.records(f"{NAME}. 60 CNAME {NAME}."), "failed"),
        (behave.records(rf"{NAME}. 60 CNAME \027[2J\046\000.example."), "failed"),
        (behave.records(f"{NAME}. 60 DNAME {NAME}."), "absent"),
        (behave.records(*[f"{NAME}. {ttl} A 10.0.0.{ttl}" for ttl in (0, 7)]), "answered"),
    ],
    ids=["long chain", "open chain", "loop", "odd names", "DNAME", "TTL 0"],
)
def test_aliases_that_lead_nowhere(server: DnsServer, behaviour: Behaviour, status: str) -> None:
    with quick(PLENTY / 2):
        answer = ask(server, behave.by_type(A=behaviour, AAAA=behave.nodata()))
    assert is_sound(answer)
    assert (answer.status == "answered") == (status == "answered")


def test_hundreds_of_addresses(server: DnsServer) -> None:
    many = [f"10.{number // 250}.0.{number % 250}" for number in range(800)]
    whole = behave.answer(*many)
    with quick(PLENTY):
        answer = ask(server, behave.by_type(A=behave.truncated(whole), AAAA=behave.nodata()))
    assert (answer.status, set(answer.addresses)) == ("answered", set(many))


def poisoned() -> tuple[str, ...]:
    """The addresses that are found after an answer with one of class ANY in it."""
    strange, usual = (
        _ASKED + struct.pack("!HHIH", 1, kind, 60, 4) + b"\x0a\0\0\1" for kind in (255, 1)
    )
    refused = behave.rcode(dns.rcode.REFUSED)
    with serving() as server:
        ask(server, raw(0x8180, [0, 0, 1], [strange], b"", refused))
        good = raw(0x8180, [1, 0, 0], [usual], b"", behave.silence)
        return ask(server, behave.by_type(A=good, AAAA=behave.nodata())).addresses


def test_one_record_does_not_spoil_how_all_others_are_read() -> None:
    """In a process of its own: dnspython remembers for good how it read a type at first."""
    script = f"from {__name__} import poisoned; print(*poisoned())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "10.0.0.1\n", done.stderr
