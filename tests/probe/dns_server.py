"""A DNS server that misbehaves on demand: real packets on an ephemeral loopback port.

A behaviour turns a query into the packets that go back; the server knows nothing about the code
under test.
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Behaviour = Callable[[dns.message.Message, str], list[bytes]]


def _type(query: dns.message.Message) -> str:
    return dns.rdatatype.to_text(query.question[0].rdtype)


def _respond(query: dns.message.Message, *records: str, soa: str = "", rcode: int = 0) -> bytes:
    """*records* are lines of a zone file; *soa* is ``owner ttl minimum``."""
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.Rcode.make(rcode))
    for record in records:
        owner, ttl, kind, data = record.split(maxsplit=3)
        response.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, data))
    if soa:
        owner, ttl, minimum = soa.split()
        data = f"ns.example. admin.example. 1 60 60 60 {minimum}"
        response.authority.append(dns.rrset.from_text(owner, int(ttl), "IN", "SOA", data))
    return response.to_wire()


def answer(*addresses: str, ttl: int = 60) -> Behaviour:
    """Addresses of both families; NODATA for a family of which there is none."""

    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        response = dns.message.make_response(query)
        mine = [a for a in addresses if (":" in a) == (_type(query) == "AAAA")]
        if not mine:
            return nodata()(query, transport)
        name, kind = query.question[0].name, _type(query)
        # One RRset for each: dnspython shuffles the records of a set.
        response.answer = [dns.rrset.from_text(name, ttl, "IN", kind, one) for one in mine]
        return [response.to_wire(max_size=65535)]

    return behave


def records(*lines: str, soa: str = "", rcode: int = dns.rcode.NOERROR) -> Behaviour:
    """The same answer section whatever the type: CNAME chains and other oddities."""
    return lambda query, _transport: [_respond(query, *lines, soa=soa, rcode=rcode)]


def nodata(soa: str = ". 30 20") -> Behaviour:
    return records(soa=soa)


def nxdomain(soa: str = ". 30 20") -> Behaviour:
    return records(soa=soa, rcode=dns.rcode.NXDOMAIN)


def rcode(value: int) -> Behaviour:
    return records(rcode=value)


def referral() -> Behaviour:
    def behave(query: dns.message.Message, _transport: str) -> list[bytes]:
        response = dns.message.make_response(query)
        response.authority.append(dns.rrset.from_text("example.", 60, "IN", "NS", "ns.example."))
        return [response.to_wire()]

    return behave


def silence(_query: dns.message.Message, _transport: str) -> list[bytes]:
    return []


def garbage(then: Behaviour = silence) -> Behaviour:
    junk = [b"", b"\x00", b"\xff" * 40]
    return lambda query, transport: [
        *junk,
        query.to_wire()[:2] + b"\x80\x00" + b"\xff" * 20,
        *then(query, transport),
    ]


def wrong_id(then: Behaviour = silence) -> Behaviour:
    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        (wire,) = answer("6.6.6.6", "2600::666")(query, transport)
        number = (int.from_bytes(wire[:2], "big") + 1) % 65536
        return [number.to_bytes(2, "big") + wire[2:], *then(query, transport)]

    return behave


def wrong_question(then: Behaviour = silence) -> Behaviour:
    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        other = dns.message.make_query("other.example.", _type(query), id=query.id)
        return [*answer("6.6.6.6", "2600::666")(other, transport), *then(query, transport)]

    return behave


def truncated(over_tcp: Behaviour) -> Behaviour:
    """TC and a misleading address by UDP, *over_tcp* by TCP."""

    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        if transport == "tcp":
            return over_tcp(query, transport)
        response = dns.message.from_wire(answer("6.6.6.6", "2600::666")(query, transport)[0])
        response.flags |= dns.flags.TC
        return [response.to_wire()]

    return behave


def cut_off(over_tcp: Behaviour) -> Behaviour:
    """As *truncated*, but the packet ends in the middle of a record."""
    whole = truncated(over_tcp)
    return lambda query, transport: (
        whole(query, transport)
        if transport == "tcp"
        else [wire[:-13] for wire in whole(query, transport)]
    )


def by_type(**behaviours: Behaviour) -> Behaviour:
    return lambda query, transport: behaviours[_type(query)](query, transport)


def first(once: Behaviour, then: Behaviour) -> Behaviour:
    """*once* for the first query of each type, *then* for all further ones."""
    seen: set[str] = set()

    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        again = _type(query) in seen
        seen.add(_type(query))
        return (then if again else once)(query, transport)

    return behave


def late(seconds: float, then: Behaviour) -> Behaviour:
    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        time.sleep(seconds)
        return then(query, transport)

    return behave


def when(condition: Callable[[], bool], then: Behaviour) -> Behaviour:
    """What *then* says, as soon as *condition* holds."""

    def behave(query: dns.message.Message, transport: str) -> list[bytes]:
        limit = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < limit, "it never held"
            time.sleep(0.002)
        return then(query, transport)

    return behave


def only_over_tcp(then: Behaviour) -> Behaviour:
    return lambda query, transport: then(query, transport) if transport == "tcp" else []


def deaf_to_edns(then: Behaviour) -> Behaviour:
    """What a firewall makes of it that knows the DNS of 1987."""
    return lambda query, transport: [] if query.edns >= 0 else then(query, transport)


def only_without_edns(then: Behaviour) -> Behaviour:
    return lambda query, transport: (rcode(dns.rcode.FORMERR) if query.edns >= 0 else then)(
        query, transport
    )


class DnsServer:
    """``server.zone[name] = behaviour``; a name that is not there gets ``server.otherwise``."""

    def __init__(self) -> None:
        self.zone: dict[str, Behaviour] = {}
        self.otherwise: Behaviour = rcode(dns.rcode.REFUSED)
        #: Name, type and transport of every query, in order.
        self.questions: list[tuple[str, str, str]] = []
        self.port = 0
        #: Seconds between the bytes of an answer over TCP.
        self.pace = 0.0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def asked(self, name: str, kind: str = "A", transport: str = "udp") -> int:
        return self.questions.count((name, kind, transport))

    def respond(self, wire: bytes, transport: str) -> list[bytes]:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.questions.append((name, _type(query), transport))
        return self.zone.get(name, self.otherwise)(query, transport)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@contextlib.contextmanager
def serving() -> Iterator[DnsServer]:
    """A server on 127.0.0.1, UDP and TCP on the same ephemeral port."""
    server = DnsServer()
    stopped = threading.Event()

    class OverUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, sock = self.request
            with contextlib.suppress(OSError):  # a late answer, and the test is over
                for response in server.respond(wire, "udp"):
                    sock.sendto(response, self.client_address)

    class OverTcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the other side has given up
                self.answer()

        def answer(self) -> None:
            size = int.from_bytes(self.rfile.read(2), "big")
            responses = server.respond(self.rfile.read(size), "tcp")
            for response in responses:
                framed = len(response).to_bytes(2, "big") + response
                step = 1 if server.pace else len(framed)
                for start in range(0, len(framed), step):
                    self.wfile.write(framed[start : start + step])
                    stopped.wait(server.pace)
            if not responses:
                stopped.wait(60)  # a connection that hangs

    with contextlib.ExitStack() as stack:
        udp, tcp = _bind(OverUdp, OverTcp)
        server.port = udp.server_address[1]
        for one in (udp, tcp):
            stack.enter_context(one)
            stack.callback(one.shutdown)
            threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        stack.callback(stopped.set)
        yield server


def _bind(
    over_udp: type[socketserver.BaseRequestHandler], over_tcp: type[socketserver.BaseRequestHandler]
) -> tuple[_Udp, _Tcp]:
    for _ in range(20):
        udp = _Udp(("127.0.0.1", 0), over_udp)
        try:
            return udp, _Tcp(udp.server_address, over_tcp)
        except OSError:  # someone else's TCP port
            udp.server_close()
    raise RuntimeError("no port is free for both UDP and TCP")
