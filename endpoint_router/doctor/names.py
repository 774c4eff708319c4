"""How names are looked up here: each resolver asked for one name, side by side; the hosts file.

The name is one that calls under this policy would be made to, and so known to these resolvers
anyhow: the name of a declared VPC endpoint, else the host of STS. What DNS shows of all the others
is ``endpoint-router probe``'s.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from ..aws.hosts import is_aws
from ..policy.dns_servers import ServerAddress
from ..policy.loaded import LoadedPolicy
from ..printable import printable
from ..probe.network_files import HOSTS, RESOLV_CONF
from ..probe.system_servers import Servers, system_servers
from ..process import hire
from ..routing.answer import Answer
from .finding import Judged, amber, green, red

__all__ = ["CHECKS", "SeenHosts", "SeenNames", "SeenServer", "look", "look_at_hosts"]

#: Longer than all that a look-up may take.
_GRACE = 0.5
#: Lines of the hosts file that are shown.
_SHOWN = 5
#: A resolver or file that takes longer is worth telling, in seconds.
_SLOW_FILE = 0.05

#: ``(servers, name, seconds)`` to the answer.
AskOne = Callable[[ServerAddress, str, float], Answer]


class SeenServer(Struct, frozen=True):
    """One resolver."""

    address: str
    #: ``answered``, ``absent`` or ``failed``.
    status: str
    #: Why not, or what stands there instead of addresses.
    detail: str
    #: In seconds.
    took: float


class SeenHosts(Struct, frozen=True):
    """The hosts file."""

    path: str
    #: How many lines it has, and how many seconds reading it took.
    lines: int = 0
    took: float = 0.0
    #: Name and address of each entry for a name of AWS's.
    entries: tuple[tuple[str, str], ...] = ()


class SeenNames(Struct, frozen=True):
    """How names are looked up."""

    #: What was asked for.
    name: str
    #: Who says which resolvers: ``dns.servers``, or a file.
    source: str
    servers: tuple[SeenServer, ...]
    hosts: SeenHosts
    #: The policy's ``dns.timeout``, in seconds.
    timeout: float
    #: Is the hosts file read before DNS is asked?
    reads_hosts: bool = True


def look(
    name: str,
    loaded: LoadedPolicy,
    *,
    system: Callable[[], Servers] = system_servers,
    hosts: str | os.PathLike[str] = HOSTS,
    ask: AskOne | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> SeenNames:
    """Ask each resolver for *name*, for no longer than the policy's ``dns.timeout`` in all."""
    named = loaded.parsed.dns_servers
    addresses: Sequence[ServerAddress] = named or system().addresses
    timeout = loaded.policy.dns.timeout
    source = "dns.servers" if named else ("the registry" if os.name == "nt" else RESOLV_CONF)
    return SeenNames(
        name=name,
        source=source,
        servers=_ask_all(tuple(addresses), name, timeout, ask or _ask, clock),
        hosts=look_at_hosts(hosts, clock),
        timeout=timeout,
        reads_hosts=not named,
    )


def _ask(server: ServerAddress, name: str, timeout: float) -> Answer:
    from ..probe.resolver import Resolver

    return Resolver((server,)).lookup(name, timeout)


def _ask_all(
    servers: Sequence[ServerAddress],
    name: str,
    timeout: float,
    ask: AskOne,
    clock: Callable[[], float],
) -> tuple[SeenServer, ...]:
    answers: queue.SimpleQueue[tuple[int, Answer, float]] = queue.SimpleQueue()

    def work(index: int, server: ServerAddress) -> None:
        began = clock()
        answer = ask(server, name, timeout)
        answers.put((index, answer, clock() - began))

    from ..probe import resolver  # noqa: F401 - its import is not the servers' latency

    deadline = clock() + timeout + _GRACE
    for index, server in enumerate(servers):
        hire(lambda index=index, server=server: work(index, server), "endpoint-router-doctor")  # type: ignore[misc]
    silent = f"no answer within {timeout} s"
    seen = [SeenServer(str(server), "failed", silent, timeout) for server in servers]
    for _ in servers:
        try:
            index, answer, took = answers.get(timeout=max(0.0, deadline - clock()))
        except queue.Empty:  # a server that is given by a name which hangs
            break
        seen[index] = SeenServer(str(servers[index]), answer.status, answer.detail, took)
    return tuple(seen)


def look_at_hosts(
    path: str | os.PathLike[str] = HOSTS, clock: Callable[[], float] = time.monotonic
) -> SeenHosts:
    """What the hosts file at *path* says of names of AWS's."""
    began = clock()
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return SeenHosts(os.fspath(path))
    entries = [
        (name, address)
        for line in lines
        for address, *names in [line.partition("#")[0].split() or [""]]
        for name in names
        if is_aws(name.lower().rstrip("."))
    ]
    return SeenHosts(os.fspath(path), len(lines), clock() - began, tuple(entries))


# --- checks


def resolvers(seen: SeenNames) -> Judged:
    """Do they answer, and how fast?"""
    told = tuple(map(_told, seen.servers))
    summary = f"{seen.name}, asked of {len(told)} resolver(s) of {seen.source}"
    good = [server for server in seen.servers if server.status == "answered"]
    if not seen.servers:
        return red(f"{seen.source} names no resolver", "Set dns.servers in the policy.")
    if not good:
        absent = any(server.status == "absent" for server in seen.servers)
        if absent:
            way_out = (
                "Look for a private hosted zone, or a split DNS, that hides it: "
                "endpoint-router probe asks for every host that the policy may use."
            )
            return red(f"{summary}: it does not exist there", way_out, *told)
        way_out = (
            f"Open port 53 (UDP and TCP) to them, or name others: dns.servers in the policy, "
            f"or {RESOLV_CONF}."
        )
        return red(f"{summary}: none answers", way_out, *told)
    if len(good) < len(seen.servers):
        way_out = "Each look-up may wait for one that does not answer: mend it, or leave it out."
        return amber(f"{summary}: {len(good)} of them knows it", way_out, *told)
    if max(server.took for server in good) > seen.timeout / 2:
        way_out = f"The policy waits for {seen.timeout} s in all (dns.timeout)."
        return amber(f"{summary}: slow", way_out, *told)
    return green(summary, *told)


def _told(server: SeenServer) -> str:
    took = f"{server.took * 1000:.0f} ms"
    if server.status == "answered":
        return f"{server.address} answered in {took}"
    return f"{server.address}: {printable(server.detail)} ({took})"


def hosts_file(seen: SeenNames) -> Judged:
    """Does it stand in the place of DNS for names of AWS's?"""
    hosts = seen.hosts
    told = f"{hosts.path}, {hosts.lines} lines read in {hosts.took * 1000:.0f} ms"
    if hosts.entries and seen.reads_hosts:
        shown = [printable(f"{name} is {address}") for name, address in hosts.entries[:_SHOWN]]
        more = len(hosts.entries) - len(shown)
        way_out = "Take them out, unless they are meant: DNS is not asked for these names."
        return amber(
            f"{told}: {len(hosts.entries)} for names of AWS's",
            way_out,
            *shown,
            *([f"and {more} more"] if more else []),
        )
    if hosts.entries:
        return green(f"{told}: names of AWS's in it, which dns.servers pass over")
    if hosts.took > _SLOW_FILE and seen.reads_hosts:
        return amber(told, "It is read for each look-up: make it shorter, or set dns.servers.")
    return green(f"{told}: no name of AWS's")


CHECKS: Mapping[str, Callable[[SeenNames], Judged]] = {
    "names.resolvers": resolvers,
    "names.hosts_file": hosts_file,
}
