"""Whom the system asks: ``resolv.conf`` as glibc reads it, held against glibc itself."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.policy.dns_servers import ServerAddress as Server
from endpoint_router.probe.network_files import RESOLV_CONF
from endpoint_router.probe.system_servers import Servers, parse, system_servers
from tests.support import namespace
from tests.support.examples import examples

LOOPBACK = (Server("127.0.0.1"),)


@pytest.mark.parametrize(
    ("content", "addresses"),
    [
        ("search example\nnameserver 10.0.0.2\nnameserver fd00::2\n", ["10.0.0.2", "fd00::2"]),
        ("", ["127.0.0.1"]),
        ("search example\noptions ndots:5\n", ["127.0.0.1"]),
        ("# caf\xe9\nnameserver 10.0.0.2\n", ["10.0.0.2"]),
        ("nameserver caf\xe9\nnameserver 10.0.0.2", ["10.0.0.2"]),
        ("nameserver dns.example\nnameserver 10.0.0.2\n", ["10.0.0.2"]),
        ("nameserver 10.0.0.300\n", ["127.0.0.1"]),
        ("nameserver\nnameserver \nnameserver\t10.0.0.2 trailing\n", ["10.0.0.2"]),
        ("nameserver 127.1\n", ["127.0.0.1"]),
        ("nameserver 10.0.0.9;old\nnameserver 10.0.0.2\n", ["10.0.0.2"]),
        (" nameserver 10.0.0.9\nNameserver 10.0.0.8\nnameserver 10.0.0.2\n", ["10.0.0.2"]),
        ("".join(f"nameserver 10.{n}\n" for n in range(5)), ["10.0.0.0", "10.0.0.1", "10.0.0.2"]),
        ("nameserver fe80::1%lo\nnameserver fd00::2%lo\n", ["fe80::1%lo", "fd00::2"]),
    ],
)  # fmt: skip
def test_what_is_bad_is_passed_over(content: str, addresses: list[str]) -> None:
    assert parse(content.encode("latin-1")).addresses == tuple(map(Server, addresses))


def test_no_file_is_as_an_empty_one(tmp_path: Path) -> None:
    assert system_servers(tmp_path / "none", {}).addresses == LOOPBACK
    assert system_servers(tmp_path, {}).addresses == LOOPBACK


def test_options() -> None:
    content = b"options timeout:1 attempts:4\noptions rotate use-vc ndots:5\n"
    assert parse(content) == Servers(LOOPBACK, pause=1, attempts=4, rotate=True, over_tcp=True)
    assert parse(b"options timeout:99 attempts:99") == Servers(LOOPBACK, pause=30, attempts=5)
    assert parse(b"options timeout:0 attempts:x") == Servers(LOOPBACK, pause=1, attempts=1)
    assert parse(b"options timeout:9", "timeout:2 rotate") == Servers(
        LOOPBACK, pause=2, rotate=True
    )


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 10.0.0.2\noptions timeout:9\n")
    servers = system_servers(conf, {"RES_OPTIONS": "timeout:3 attempts:1"})
    assert servers == Servers((Server("10.0.0.2"),), pause=3, attempts=1)


LINES = st.sampled_from(
    [
        "nameserver 10.0.0.2",
        "nameserver\t 10.0.0.3 # mine",
        "nameserver 127.1",
        "nameserver 0x7f.3",
        "nameserver 10.0.0.4;old",
        "nameserver 10.0.0.5#old",
        "nameserver 10.0.0.6\r",
        "nameserver 10.0.0.7\x0b",
        "nameserver 1.2.3.4.5",
        "nameserver 010.0.0.1",
        "nameserver 5",
        "nameserver host.example",
        "nameserver caf\xe9",
        "nameserver fd00::2",
        "nameserver fe80::1%lo",
        "nameserver ::ffff:10.0.0.9",
        "nameserver [fd00::3]",
        "nameserver",
        "nameserver ",
        "nameserver10.0.0.8",
        " nameserver 10.0.0.8",
        "; nameserver 10.0.0.8",
        "search a.example b.example",
        "domain \xff",
        "sortlist 130.155.160.0/255.255.240.0",
        "options timeout:1",
        "options timeout:40 attempts:3",
        "options  attempts:9\trotate",
        "options rotated",
        "options use-vc edns0 trust-ad",
        "options timeout: attempts:2x",
        "options ndots:5",
        "option rotate",
        "options",
        "",
        "\x00",
    ]
)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(LINES, max_size=8))
def _agrees_with_glibc(lines: list[str]) -> None:
    content = "\n".join(lines).encode("latin-1")
    Path(RESOLV_CONF).write_bytes(content)
    ours = system_servers(environ={})
    assert (ours.addresses, ours.pause, ours.attempts) == glibcs(), content


def glibcs() -> tuple[tuple[Server, ...], int, int]:
    """Servers, ``timeout`` and ``attempts`` of glibc's own ``struct __res_state``."""
    libc = ctypes.CDLL(None)
    state = ctypes.create_string_buffer(568)
    assert libc.__res_ninit(state) == 0
    pause, attempts = struct.unpack_from("=ii", state, 0)
    (count,) = struct.unpack_from("=i", state, 16)
    found = []
    for index in range(count):
        family, port, raw = struct.unpack_from("=HH4s", state, 20 + 16 * index)
        if family == socket.AF_INET:
            found.append(Server(socket.inet_ntoa(raw), socket.ntohs(port)))
        else:
            # _u._ext: nscount, nsmap[3], nssocks[3], nscount6, nsinit, nsaddrs[3] (pointers).
            (pointer,) = struct.unpack_from("=Q", state, 536 + 8 * index)
            raw6 = ctypes.string_at(pointer, 28)
            _, port, _, address, scope = struct.unpack("=HHI16sI", raw6)
            text = socket.inet_ntop(socket.AF_INET6, address)
            name = f"%{socket.if_indextoname(scope)}" if scope else ""
            found.append(Server(text + name, socket.ntohs(port)))
    return tuple(found), max(1, pause), max(1, attempts)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc")
def test_it_reads_what_glibc_reads() -> None:
    namespace.require()
    try:
        os.confstr("CS_GNU_LIBC_VERSION")
    except ValueError:
        pytest.skip("not glibc")
    namespace.run_isolated(_agrees_with_glibc)
