"""What the lab's modules share: how a name behaves, what a server saw, what it answers.

Frozen values only. No socket, thread or protocol lives here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

Address = tuple[str, int]

#: An ephemeral port of 127.0.0.1, the only loopback address that macOS has.
LOOPBACK: Address = ("127.0.0.1", 0)


class Behaviour:
    """What the server does when it is asked for a name. Below are frozen values."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Addresses(Behaviour):
    """A and AAAA records, in this order; a family without any is answered as NODATA."""

    addresses: tuple[str, ...]
    ttl: int = 60

    def __post_init__(self) -> None:
        for address in self.addresses:
            ipaddress.ip_address(address)  # ValueError here, not in the server's thread

    def of(self, version: int) -> list[str]:
        """The addresses of one family, 4 or 6."""
        return [a for a in self.addresses if ipaddress.ip_address(a).version == version]


@dataclass(frozen=True, slots=True)
class Alias(Behaviour):
    """A CNAME; the answer goes on with what the zone says of *target*."""

    target: str
    ttl: int = 60


@dataclass(frozen=True, slots=True)
class Absent(Behaviour):
    """NXDOMAIN. The SOA's TTL and minimum are *ttl*; it belongs to *apex*, or the parent name."""

    ttl: int = 60
    apex: str = ""


@dataclass(frozen=True, slots=True)
class Empty(Behaviour):
    """NODATA: the name exists and has no such record."""

    ttl: int = 60


@dataclass(frozen=True, slots=True)
class Rcode(Behaviour):
    """An error without records: ``SERVFAIL``, ``REFUSED``, ..."""

    rcode: str


@dataclass(frozen=True, slots=True)
class Silent(Behaviour):
    """No answer at all; over TCP the connection stays open."""


@dataclass(frozen=True, slots=True)
class Garbage(Behaviour):
    """Bytes that are no DNS message."""


@dataclass(frozen=True, slots=True)
class TcpHang(Behaviour):
    """Truncated over UDP; over TCP the question is taken and never answered."""


@dataclass(frozen=True, slots=True)
class Delayed(Behaviour):
    """*then*, after so many seconds."""

    seconds: float
    then: Behaviour


@dataclass(frozen=True, slots=True)
class WrongId(Behaviour):
    """*then*, under another message id, as an off-path spoofer would send it."""

    then: Behaviour


@dataclass(frozen=True, slots=True)
class WrongQuestion(Behaviour):
    """*then*, as the answer to a question that nobody asked."""

    then: Behaviour


@dataclass(frozen=True, slots=True)
class Truncated(Behaviour):
    """Over UDP the TC flag and no records; over TCP *then*."""

    then: Behaviour


@dataclass(frozen=True, slots=True)
class ByType(Behaviour):
    """One behaviour for A questions, another one for AAAA, NODATA for the rest."""

    a: Behaviour = field(default_factory=Empty)
    aaaa: Behaviour = field(default_factory=Empty)


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived at a server."""

    method: str
    #: With the query string.
    path: str
    #: The Host header.
    host: str
    #: Name that the client asked the certificate for; empty for an address and for plain HTTP.
    sni: str
    #: Where the client believed it dialled: a lab address and a port such as 443.
    address: str
    port: int
    #: Scope of the signature; the region set where it is SigV4A; empty when unsigned.
    service: str
    region: str
    signed_headers: tuple[str, ...]
    #: ``ListKeys``; empty where the table of REST operations does not know it.
    operation: str
    user_agent: str
    #: Names of all headers, in lower case.
    header_names: tuple[str, ...]
    #: Bytes of the decoded body.
    body_length: int
    #: Unix time, seconds.
    at: float = 0.0
    #: Whose signature it is; empty when unsigned.
    access_key: str = ""
    #: What was agreed on: ``TLSv1.3``, ``TLS_AES_256_GCM_SHA384``; empty for plain HTTP.
    tls_version: str = ""
    cipher: str = ""
    #: In the response, too.
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request with its body, for whoever answers it instead of the lab."""

    seen: Seen
    #: In the order in which they came.
    headers: tuple[tuple[str, str], ...]
    #: Without the framing of the transfer; S3's own chunks (``aws-chunked``) are still around it.
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and body of a response."""

    status: int = 200
    #: ``Content-Length`` is added, except where it is here: a reply to HEAD has a length, no body.
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


#: What answers in place of the canned replies; it is called in the connection's thread.
Application = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens instead of, or (a mere *delay*, in seconds) before, the canned reply.

    An error: ``Fault(status=500)``. A redirect: ``Fault(status=301, code="PermanentRedirect",
    headers=(("x-amz-bucket-region", "eu-west-1"),))``. A broken connection: ``Fault(reset=True)``.
    """

    status: int = 0
    code: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    reset: bool = False
