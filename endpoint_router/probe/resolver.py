"""Looks names up the way the application would: the hosts file, then DNS, A and AAAA side by side.

Here DNS responses become an :class:`~endpoint_router.routing.answer.Answer`. How they travel is
:mod:`endpoint_router.probe.exchange`; whom the system asks is
:mod:`endpoint_router.probe.system_servers`; how long an answer may be believed is
:mod:`endpoint_router.probe.evidence`; whether it is private is
:mod:`endpoint_router.routing.networks`. Nothing here is cached but the addresses of servers that
the policy gives by name.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from ipaddress import ip_address
from itertools import count
from typing import Any, NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from msgspec.structs import replace

from ..policy.dns_servers import ServerAddress
from ..process import hire
from ..routing.answer import Answer
from . import hosts_file
from .exchange import Exchanged, Round, Unusable
from .listening import Heard, due
from .network_files import HOSTS
from .side_by_side import run
from .system_servers import Servers, system_servers

__all__ = ["Resolver"]

_FAMILIES = ("A", "AAAA")
#: So many times as long as a caller waits is an answer listened for; and so many seconds at least,
#: glibc's patience with one transmission. A resolver that is slow is slow for the first who asks.
_PATIENCE, _LEAST_PATIENCE = 4, 5.0

# dnspython remembers how a type is read by the first record that it sees: one of class ANY, in any
# packet, would have all addresses read as opaque bytes for as long as the process lives.
for _family in _FAMILIES:
    _type = dns.rdatatype.from_text(_family)
    dns.rdata.get_rdata_class(dns.rdataclass.IN, _type)  # type: ignore[no-untyped-call]


class _Records(NamedTuple):
    """One family's usable response."""

    addresses: tuple[str, ...]
    #: ``NXDOMAIN`` or ``NODATA`` where there are no addresses.
    absence: str
    canonical_name: str
    ttl: float


class Resolver:
    """Looks names up; thread-safe, and safe to inherit by ``fork``.

    :param servers: those of the policy. Empty: the hosts file, then the system's resolvers.
    :param hosts_path: the hosts file; not read where there are *servers*.
    :param system: reads the system's resolvers, for each look-up anew.
    """

    def __init__(
        self,
        servers: Sequence[ServerAddress] = (),
        *,
        hosts_path: str | os.PathLike[str] = HOSTS,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        system: Callable[[], Servers] = system_servers,
        getaddrinfo: Callable[..., Sequence[Any]] = socket.getaddrinfo,
    ) -> None:
        self._named = tuple(servers)
        self._hosts_path, self._clock, self._wall = hosts_path, clock, wall
        self._system, self._getaddrinfo = system, getaddrinfo
        #: Of the policy's servers; again after a failed look-up.
        self._known: tuple[ServerAddress, ...] = ()
        self._turns = count()

    def lookup(self, name: str, timeout: float) -> Answer:
        """Look *name* up, as an absolute name: the search list is never used.

        Returns within *timeout* seconds (and at most some 50 ms more), and raises nothing on
        account of *name* or of what servers do.
        """
        return due(self.listen(name, timeout))

    __call__ = lookup

    def listen(self, name: str, timeout: float) -> Generator[Heard, None, None]:
        """What :meth:`lookup` returns; before it, and for a while after it, what is known by then.

        What follows the answer that is due came too late for it.
        """
        began = self._clock()
        name = name.lower().removesuffix(".")
        if _is_address(name):
            yield Heard(Answer(name, "answered", (name,), source="literal", at=self._wall()))
            return
        if not self._named and (found := hosts_file.addresses(name, self._hosts_path)):
            yield Heard(Answer(name, "answered", found, source="hosts", at=self._wall()))
            return
        try:
            with closing(self._listen(name, began, timeout)) as listening:
                for heard in listening:
                    if heard.answer.status == "failed":
                        self._known = ()
                    yield heard
        except (Unusable, OSError) as error:
            self._known = ()
            yield Heard(Answer(name, "failed", detail=str(error), at=self._wall()))

    def _listen(self, name: str, began: float, timeout: float) -> Generator[Heard, None, None]:
        deadline, patience = began + timeout, max(timeout * _PATIENCE, _LEAST_PATIENCE)
        queries = [_query(name, family) for family in _FAMILIES]
        servers = self._servers(deadline)
        rounds = [
            Round(query, servers, began, timeout, patience, _understand, self._clock)
            for query in queries
        ]
        with closing(run([each.steps() for each in rounds], deadline, self._clock)) as running:
            for left in running:
                outcomes = dict(zip(_FAMILIES, (each.outcome for each in rounds), strict=True))
                answer = _merge(name, outcomes, self._wall())
                due = not left or self._clock() >= deadline
                # Before its time only addresses are worth telling: one family may deny a name of
                # which the other has addresses.
                if due or answer.status == "answered":
                    yield Heard(answer, due, more=bool(left))

    def _servers(self, deadline: float) -> Servers:
        """Servers by address. Those that are given by name are kept until a look-up fails."""
        if not self._named:
            servers = self._system()
        else:
            self._known = self._known or tuple(
                address for server in self._named for address in self._addresses(server, deadline)
            )
            servers = Servers(self._known)
        if not servers.addresses:
            named = ", ".join(map(str, self._named))
            raise Unusable(f"no address for the DNS servers {named}" if named else "no DNS server")
        if servers.rotate:
            turn = next(self._turns) % len(servers.addresses)
            turned = (*servers.addresses[turn:], *servers.addresses[:turn])
            servers = replace(servers, addresses=turned)
        return servers

    def _addresses(self, server: ServerAddress, deadline: float) -> list[ServerAddress]:
        """Resolve a server that is given by name; at most half of the time is spent on that."""
        if _is_address(server.host):
            return [server]
        found: list[ServerAddress] = []

        def resolve() -> None:
            try:
                infos = self._getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
            except (OSError, ValueError):  # ValueError: a name that IDNA cannot encode
                infos = []
            found.extend(ServerAddress(info[4][0], server.port) for info in infos)

        # getaddrinfo knows no timeout, so it is left behind in a thread where it takes too long.
        thread = hire(resolve, "endpoint_router-server")
        thread.join(max(0.0, deadline - self._clock()) / 2)
        return list(found)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _query(name: str, family: str) -> dns.message.QueryMessage:
    if "\\" in name:  # dnspython would read an escape, and 2.8 raises struct.error at a wrong one
        raise Unusable("not a DNS name: it has a backslash")
    try:
        absolute = dns.name.from_text(name, dns.name.root)
        if absolute == dns.name.root:
            raise Unusable("not a DNS name: it is empty")
        return dns.message.make_query(absolute, family)
    except (dns.exception.DNSException, ValueError) as error:
        raise Unusable(f"not a DNS name: {error}") from error


def _understand(message: dns.message.Message) -> _Records:
    """Read one family's response.

    :raises Unusable: it settles nothing. An absence lets a call leave FIPS, so what only looks
        like one (a referral, a CNAME that nobody followed) must not pass for it.
    """
    assert isinstance(message, dns.message.QueryMessage)  # whatever answers a query
    try:
        chain = message.resolve_chaining()
    except dns.message.ChainTooLong as error:
        raise Unusable("CNAME chain is a loop, or too long") from error
    except dns.exception.DNSException as error:
        raise Unusable(str(error)) from error
    canonical = chain.canonical_name
    if chain.answer is not None:
        addresses = tuple(record.address for record in chain.answer)
        return _Records(addresses, "", _plain(canonical), chain.minimum_ttl)
    has_soa = any(
        rrset.rdtype == dns.rdatatype.SOA and canonical.is_subdomain(rrset.name)
        for rrset in message.authority
    )
    absence = "NODATA"
    if message.rcode() == dns.rcode.NXDOMAIN:
        absence = "NXDOMAIN"
    elif not has_soa and chain.cnames:
        raise Unusable(f"CNAME chain ends at {_plain(canonical)} without an answer")
    elif not has_soa and any(rrset.rdtype == dns.rdatatype.NS for rrset in message.authority):
        raise Unusable("referral")  # RFC 2308, section 2.2
    # Without an SOA there is no negative TTL; dnspython 2.9 makes one up.
    return _Records((), absence, _plain(canonical), chain.minimum_ttl if has_soa else 0.0)


def _merge(name: str, replies: dict[str, Exchanged[_Records]], at: float) -> Answer:
    """One answer of both families."""
    failures = {family: reply.detail for family, reply in replies.items() if reply.value is None}
    known = [(reply.value, reply.server) for reply in replies.values() if reply.value is not None]
    # Addresses of one family outweigh NXDOMAIN for the other (RFC 4074, section 4.2).
    settled = [pair for pair in known if pair[0].addresses]
    if not settled:
        # NXDOMAIN speaks for the name, NODATA only for one family.
        settled = [pair for pair in known if pair[0].absence == "NXDOMAIN"]
        if not settled and not failures:
            settled = known
    details = {
        family: reply.value.absence if reply.value else reply.detail
        for family, reply in replies.items()
    }
    if not settled:
        return Answer(name, "failed", detail=_join(details), at=at)
    first, server = settled[0]
    return Answer(
        name,
        "absent" if first.absence else "answered",
        tuple(address for records, _ in settled for address in records.addresses),
        detail=first.absence or "; ".join(f"{f}: {why}" for f, why in failures.items()),
        server=server,
        canonical_name=first.canonical_name,
        ttl=float(min(records.ttl for records, _ in settled)),
        unanswered=() if first.absence else tuple(failures),
        at=at,
    )


def _join(details: dict[str, str]) -> str:
    reasons = list(dict.fromkeys(details.values()))
    return reasons[0] if len(reasons) == 1 else "; ".join(f"{f}: {d}" for f, d in details.items())


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
