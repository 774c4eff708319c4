"""A private network for a test: its own addresses, ports and resolver, in milliseconds, no root.

:func:`run_isolated` forks a child that enters new user, network and mount namespaces, gives ``lo``
the lab's addresses, opens ports below 1024, puts a ``resolv.conf`` of its own in place, and runs a
function there. Inside everything is real: port 53 and 443, private and public addresses,
``getaddrinfo``. Nothing here knows what is tested. Linux only; :func:`require` says so loudly.
"""

from __future__ import annotations

import copyreg
import ctypes
import functools
import ipaddress
import os
import pickle
import select
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import pytest

T = TypeVar("T")

#: Where the lab's DNS server goes inside, at port 53.
NAMESERVER = "10.20.0.2"
#: What ``lo`` gets: private ones, global ones, IPv6 both private and global.
ADDRESSES = (
    NAMESERVER,
    *(f"10.20.0.{last}" for last in (10, 11, 12)),
    *(f"52.94.0.{last}" for last in (10, 11, 12)),
    "fd00::10",
    "2600:1f18::10",
)

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MS_RDONLY, _MS_REMOUNT = 0x1, 0x20
_RTM_NEWLINK, _RTM_NEWADDR, _NLMSG_ERROR = 16, 20, 2
_REQUEST_ACK, _CREATE_EXCLUSIVE = 0x5, 0x600
_IFA_ADDRESS, _IFA_LOCAL, _IFA_F_NODAD = 1, 2, 0x2


class IsolationError(Exception):
    """The namespace could not be made, or the child died; the text says at which step."""


class _Remote(Exception):
    """The child's traceback, as the cause of the exception that the parent raises."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


def run_isolated(
    function: Callable[..., T],
    *args: object,
    addresses: Sequence[str] = ADDRESSES,
    nameservers: Sequence[str] = (NAMESERVER,),
    hosts: Mapping[str, str] | None = None,
    timeout: float = 120.0,
) -> T:
    """Run ``function(*args)`` in a child with a network of its own; its result or its exception.

    A fork of a process with threads has one thread only, so this works from anywhere, also from a
    pytest-xdist worker. The child shares nothing with the parent that it changes.

    :param function: any callable; what it returns or raises must be picklable.
    :param addresses: what ``lo`` gets besides 127.0.0.1 and ::1.
    :param nameservers: of ``/etc/resolv.conf`` inside.
    :param hosts: name to address, for ``/etc/hosts`` inside; localhost alone unless told.
    :param timeout: seconds after which the child is killed.
    :raises IsolationError: no namespace here, or the child was killed.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()  # or the child would write it a second time
    sys.stderr.flush()
    with warnings.catch_warnings():
        # 3.12 warns of locks that other threads hold; the child only meets its own.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reader)

        def work() -> T:
            _enter(addresses, nameservers, hosts or {})
            return function(*args)

        _child(writer, work)
    os.close(writer)
    try:
        data = _read_all(reader, timeout)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)  # a zombie by now, unless it hangs
        _, status = os.waitpid(child, 0)
    if not data:
        raise IsolationError(f"the child said nothing within {timeout} s, wait status {status}")
    good, value, text = pickle.loads(data)
    if not good:
        raise value from _Remote(text)
    return cast(T, value)


@functools.cache
def available() -> str:
    """Empty if :func:`run_isolated` works on this machine, otherwise the reason why not."""
    if not sys.platform.startswith("linux"):
        return f"namespaces are Linux only, this is {sys.platform}"
    try:
        run_isolated(int)
    except IsolationError as error:
        return str(error)
    return ""


def require(environ: Mapping[str, str] = os.environ) -> None:
    """Skip the calling test, saying so, where namespaces are forbidden; on CI fail instead."""
    reason = available()
    if reason and environ.get("CI"):
        pytest.fail(f"REAL NETWORK TEST CANNOT RUN ON CI: {reason}")
    if reason:
        pytest.skip(f"REAL NETWORK TEST NOT RUN: {reason}")


@pytest.fixture(autouse=True)
def needs_namespaces() -> None:
    """For a module all of whose tests need one: it imports this, and no more."""
    require()


def _outcome(name: str, text: str) -> Any:
    return (pytest.skip if name == "skip" else pytest.fail).Exception(text)


# pytest's outcomes claim to live in `builtins`, where pickle does not find them.
copyreg.pickle(pytest.skip.Exception, lambda error: (_outcome, ("skip", str(error))))
copyreg.pickle(pytest.fail.Exception, lambda error: (_outcome, ("fail", str(error))))


# The child:


def _child(writer: int, work: Callable[[], object]) -> NoReturn:
    """Write what *work* gave to the pipe, and leave without the parent's exit handlers."""
    try:
        outcome = (True, work(), "")
    except BaseException as error:  # pytest's own outcomes are BaseExceptions
        outcome = (False, error, traceback.format_exc())
    try:
        data = pickle.dumps(outcome)
        pickle.loads(data)  # some exceptions can be written and not read
    except Exception as error:  # whatever a __reduce__ or __init__ raises
        text = f"{outcome[1]!r} cannot be pickled: {error!r}\n{outcome[2]}"
        data = pickle.dumps((False, IsolationError(text), outcome[2]))
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(data)
    os._exit(0)


def _read_all(reader: int, timeout: float) -> bytes:
    deadline = time.monotonic() + timeout
    chunks: list[bytes] = []
    while select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
        chunk = os.read(reader, 65536)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
    return b""


def _enter(addresses: Sequence[str], nameservers: Sequence[str], hosts: Mapping[str, str]) -> None:
    uid, gid = os.geteuid(), os.getegid()
    with _step("unshare"):
        _unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWNS)
    with _step("map the user"):
        # The same id as outside: as root, pytest's temporary directories would not be its own.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with _step("set up lo"):
        _configure_loopback(addresses)
    with _step("open ports below 1024"):
        Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    with _step("replace files in /etc"):
        _mount("none", "/", _MS_REC | _MS_PRIVATE)
        replace("/etc/resolv.conf", "".join(f"nameserver {one}\n" for one in nameservers))
        names = {"localhost": "127.0.0.1", **hosts}
        replace("/etc/hosts", "".join(f"{there} {name}\n" for name, there in names.items()))
        # nss-resolve would ask systemd-resolved, outside, through a Unix socket.
        replace("/etc/nsswitch.conf", "hosts: files dns\n", optional=True)
    if "dns.resolver" in sys.modules:
        import dns.resolver

        dns.resolver.default_resolver = None  # it may have read the parent's resolv.conf


@contextmanager
def _step(name: str) -> Any:
    try:
        yield
    except (OSError, AttributeError) as error:  # a C library without unshare has no such symbol
        raise IsolationError(f"no network namespace: cannot {name}: {error}") from error


def _unshare(flags: int) -> None:
    if sys.version_info >= (3, 12):
        os.unshare(flags)
    else:
        _call("unshare", flags)


def _mount(source: str, target: str, flags: int) -> None:
    _call("mount", source.encode(), target.encode(), None, ctypes.c_ulong(flags), None)


def _call(name: str, *args: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def replace(path: str, text: str, *, optional: bool = False) -> None:
    """Inside, bind a file with this text over *path*. The mount outlives the file's name."""
    target = os.path.realpath(path)  # resolv.conf is often a symlink, which mount does follow
    if optional and not os.path.exists(target):
        return
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        os.chmod(file.name, 0o644)
        _mount(file.name, target, _MS_BIND)


def put_into_etc(name: str, text: str, scratch: Path) -> None:
    """Inside :func:`run_isolated`: let there be ``/etc/NAME``, though nobody may write there.

    :param scratch: an empty folder.
    """
    old, new = scratch / "old", scratch / "new"
    old.mkdir()
    new.mkdir(mode=0o755)
    _mount("/etc", str(old), _MS_BIND | _MS_REC)
    for entry in os.listdir(old):
        (new / entry).symlink_to(old / entry)
    (new / name).parent.mkdir(parents=True)
    (new / name).write_text(text)
    _mount(str(new), "/etc", _MS_BIND)


def bind_read_only(source: str, target: str) -> None:
    """Inside :func:`run_isolated`: let *target* show *source*, for reading."""
    _mount(source, target, _MS_BIND)
    _mount(source, target, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)


def _configure_loopback(addresses: Sequence[str]) -> None:
    """Bring ``lo`` up and add *addresses*, through netlink: there may be no ``ip`` program."""
    index = socket.if_nametoindex("lo")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.bind((0, 0))
        up = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, 1, 1)  # ifinfomsg, IFF_UP
        _ask(netlink, _RTM_NEWLINK, 0, up)
        for text in addresses:
            address = ipaddress.ip_address(text)
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6
            packed = address.packed
            size = 4 + len(packed)
            message = struct.pack("=BBBBI", family, len(packed) * 8, _IFA_F_NODAD, 0, index)
            for kind in (_IFA_LOCAL, _IFA_ADDRESS):
                message += struct.pack("=HH", size, kind) + packed
            _ask(netlink, _RTM_NEWADDR, _CREATE_EXCLUSIVE, message)


def _ask(netlink: socket.socket, kind: int, flags: int, body: bytes) -> None:
    header = struct.pack("=IHHII", 16 + len(body), kind, _REQUEST_ACK | flags, 1, 0)
    netlink.send(header + body)
    answer = netlink.recv(65536)
    reply, code = struct.unpack_from("=H", answer, 4)[0], struct.unpack_from("=i", answer, 16)[0]
    if reply == _NLMSG_ERROR and code:
        raise OSError(-code, f"netlink: {os.strerror(-code)}")
