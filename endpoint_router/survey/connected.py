"""What connections showed: frozen values, and in words what may be behind them. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..routing.networks import Verdict

__all__ = ["Certificate", "Connection", "Result", "Tls", "hint"]

#: How far a connection came.
Result = Literal[
    "ok",
    "proxy.failed",
    "tcp.refused",
    "tcp.timeout",
    "tcp.unreachable",
    "tcp.failed",
    "tls.broken_off",
    "tls.timeout",
    "tls.name",
    "tls.issuer",
    "tls.expired",
    "tls.failed",
]


class Certificate(Struct, frozen=True):
    """A server's certificate, as it says itself."""

    #: For which it is: DNS names and addresses.
    names: tuple[str, ...] = ()
    issuer: str = ""
    #: Its last day in UTC, ``2027-03-31``; empty where that cannot be read.
    until: str = ""


class Tls(Struct, frozen=True):
    """What was agreed on."""

    version: str
    cipher: str


class Connection(Struct, frozen=True):
    """One attempt to reach an address."""

    #: Empty where a proxy looks the name up.
    address: str
    result: Result
    #: What went wrong, as the system or the other end has it.
    detail: str = ""
    #: What may be behind it.
    hint: str = ""
    #: Until TCP was there, and until TLS was.
    tcp_seconds: float | None = None
    tls_seconds: float | None = None
    tls: Tls | None = None
    certificate: Certificate | None = None

    @property
    def works(self) -> bool:
        """Could a call be sent by it?"""
        return self.result == "ok"


def hint(
    result: Result,
    host: str,
    verdict: Verdict | None,
    certificate: Certificate | None = None,
    detail: str = "",
) -> str:
    """What may be behind *result* for *host*, of which DNS says *verdict*; for people."""
    known = certificate or Certificate()
    issuer = known.issuer or "nobody who can be told"
    private = "DNS private, " if verdict == "private-address" else ""
    if result == "tls.name":
        return (
            f"certificate is not for this name but for {_few(known.names)}, issued by {issuer}: "
            "another server, or TLS inspection?"
        )
    if result == "tls.issuer":
        return (
            f"certificate issued by {issuer}, whom nobody here trusts: TLS inspection? "
            "AWS_CA_BUNDLE names whom to trust"
        )
    if result == "tls.expired":
        last = f", which ended on {known.until}" if known.until else ""
        return f"certificate is not valid today{last}: is the clock right? Issued by {issuer}"
    return {
        "ok": "",
        "proxy.failed": f"the proxy does not let it through ({detail})",
        "tcp.refused": f"{private}TCP refused: nothing listens there, or a firewall says so",
        "tcp.timeout": f"{private}TCP timed out: security group or route",
        "tcp.unreachable": f"{private}no route leads there from here",
        "tcp.failed": f"{private}TCP failed: {detail}",
        "tls.broken_off": "TLS handshake broken off: a middlebox?",
        "tls.timeout": "TCP connects, and TLS gets no answer: a middlebox, or packets that are "
        "too large for the way (MTU)?",
        "tls.failed": f"TLS failed: {detail}",
    }[result]


def _few(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
