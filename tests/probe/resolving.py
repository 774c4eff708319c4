"""Resolvers of one test server or several, and how long they may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.probe.resolver import Resolver
from endpoint_router.routing.answer import Answer

from . import dns_server as behave
from .dns_server import Behaviour, DnsServer

NAME = "kms.us-east-1.amazonaws.com"
#: For look-ups that are answered: never waited for, unless something is wrong.
PLENTY = 60.0
#: For look-ups in which nobody answers, and which so take all of it.
SHORT = 0.2
#: For look-ups in which one transmission, family or server stays silent and another is heard: that
#: has this or a share of it, in which a busy machine must manage to answer.
SHARED = 2.0
#: lookup() may overrun by 50 ms; the rest is for a busy machine. Less than a look-up listens on.
SLACK = 4.0

GOOD = behave.answer("10.0.0.1", "10.0.0.2", "fd00::1", ttl=77)


def resolver(*servers: DnsServer | str, wall: Callable[[], float] = time.time) -> Resolver:
    texts = tuple(s if isinstance(s, str) else s.address for s in servers)
    return Resolver(tuple(map(parse_dns_server, texts)), wall=wall)


def ask(server: DnsServer, behaviour: Behaviour, timeout: float = PLENTY) -> Answer:
    server.zone[NAME] = behaviour
    return resolver(server).lookup(NAME, timeout)


@contextmanager
def quick(limit: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < limit
