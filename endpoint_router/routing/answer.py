"""What a look-up observed: frozen values without a verdict.

Whether an address is private depends on the policy, so that judgement is
:mod:`endpoint_router.routing.networks`; here is only what was asked, of whom, and what came back.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Status = Literal["answered", "absent", "failed"]


class Question(Struct, frozen=True):
    """A name to look up, and a TCP port to connect to when *port* is given."""

    #: Lower case, without a trailing dot.
    name: str
    #: To connect to; ``None``: only to look up.
    port: int | None = None


class Answer(Struct, frozen=True):
    """One look-up of A and AAAA.

    ``absent`` is authoritative: NXDOMAIN, or NODATA for both families. Everything else that gave
    no address (timeout, SERVFAIL, REFUSED, garbage) is ``failed``.
    """

    name: str
    status: Status
    #: A first, then AAAA, in the order of the answer.
    addresses: tuple[str, ...] = ()
    #: ``NXDOMAIN``, ``NODATA``, ``SERVFAIL``, ``REFUSED``, ``no answer within 2.0 s``, ...
    detail: str = ""
    #: ``literal``: the name is itself an address, so nobody was asked.
    source: Literal["hosts", "dns", "literal"] = "dns"
    #: Server that answered, ``address:port``; empty where no server did.
    server: str = ""
    #: End of the CNAME chain.
    canonical_name: str = ""
    #: Seconds, as served: the least of the chain, or the SOA minimum of an absence.
    ttl: float = 0.0
    #: Families of which nothing is known although the other one answered (``("AAAA",)``).
    unanswered: tuple[str, ...] = ()
    #: Unix time of the answer, seconds.
    at: float = 0.0
    #: Only where the question had a port: did a TCP connection succeed?
    reachable: bool | None = None
    #: A good answer past its TTL that stands because its renewal failed (RFC 8767).
    stale: bool = False
