"""Evidence and the real resolver, against a real server."""

from __future__ import annotations

import threading
import time

from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe.resolver import Resolver
from endpoint_router.routing.answer import Question

from . import dns_server as behave
from .dns_server import DnsServer
from .names import NAME, PLENTY, Q, evidence


def test_against_a_real_server(server: DnsServer) -> None:
    server.zone[NAME] = behave.answer("127.0.0.1", "fd00::1", ttl=60)
    resolver = Resolver([parse_dns_server(server.address)])
    subject = evidence(resolver.lookup, reach=lambda address, port, timeout: address == "127.0.0.1")
    question = Question(NAME, 443)
    threads = [threading.Thread(target=subject.gather, args=([question],)) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PLENTY)
    held = subject.peek(question)
    assert held is not None
    assert (held.answer.addresses, held.answer.reachable) == (("127.0.0.1", "fd00::1"), True)
    assert server.asked(NAME, "A") == server.asked(NAME, "AAAA") == 1


def test_a_silent_server_costs_one_deadline(server: DnsServer) -> None:
    server.zone[NAME] = behave.silence
    resolver = Resolver([parse_dns_server(server.address)])
    subject = evidence(resolver.lookup, timeout=0.2)
    began = time.monotonic()
    held = subject.gather([Q, Question(NAME, 443)])
    assert time.monotonic() - began < 1
    assert {h.answer.detail for h in held.values()} == {"no answer within 0.2 s"}
