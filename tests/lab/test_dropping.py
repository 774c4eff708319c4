"""The address that swallows packets: connecting hangs there, and the resolver does not know."""

from __future__ import annotations

import socket

from endpoint_router.lab import Addresses
from endpoint_router.lab.network import Lab
from tests.support import namespace
from tests.support.dropping import drop_packets_to
from tests.support.namespace import NAMESERVER, run_isolated

DEAD, LIVE = "10.20.0.99", ("10.20.0.10", "10.20.0.11")
NAME = "kms.us-east-1.amazonaws.com"


def connect(dead: str) -> str:
    drop_packets_to(DEAD, beside=LIVE, source=NAMESERVER)
    with socket.create_server(("0.0.0.0", 443)):
        try:
            socket.create_connection((dead, 443), 0.2 if dead == DEAD else 60).close()
        except OSError as error:
            return type(error).__name__
    return "connected"


def first_addresses() -> set[str]:
    with Lab(dns=(NAMESERVER, 53)) as lab:
        lab.zone.set(NAME, Addresses((DEAD, *LIVE)))
        drop_packets_to(DEAD, beside=LIVE, source=NAMESERVER)
        answers = (socket.getaddrinfo(NAME, 443, socket.AF_INET) for _ in range(40))
        return {str(answer[0][4][0]) for answer in answers}


def test_connections_hang_there_and_nowhere_else() -> None:
    namespace.require()
    assert run_isolated(connect, DEAD) in ("TimeoutError", "timeout")
    assert run_isolated(connect, LIVE[0]) == "connected"


def test_getaddrinfo_puts_it_first_as_often_as_the_others() -> None:
    namespace.require()
    assert run_isolated(first_addresses) == {DEAD, *LIVE}
