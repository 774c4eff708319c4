"""What look-ups cost: 50 clients with a resolver of 20 ms, and how many questions a name makes.

``python -m benchmarks.lookups``. A real DNS server on loopback counts them.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import boto3
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from benchmarks.subject import CALLS, canned
from benchmarks.throughput import environment
from endpoint_router.lab import Addresses, Delayed
from endpoint_router.lab.demo import isolated
from endpoint_router.lab.dns import DnsServer
from endpoint_router.probe.ttl_and_staleness import RENEW_AFTER
from endpoint_router.sdk.activation.installation import Installation

CLIENTS, DELAY = 50, 0.020
#: Most that all first calls may take together, as a share of waiting for each look-up in turn.
BUDGET = 0.25


@contextmanager
def _session(server: DnsServer, **dns: float) -> Iterator[boto3.Session]:
    """Private DNS is required, whose answers *server* gives; calls are answered at once."""
    original, URLLib3Session.send = URLLib3Session.send, canned(CALLS["kms"][2])
    policy: Any = {"defaults": {"private": "require"}, "dns": {"servers": [server.address], **dns}}
    try:
        with tempfile.TemporaryDirectory() as home, isolated(environment(home), os.environ):
            session = Session()
            Installation(policy, environ={})(session)
            yield boto3.Session(botocore_session=session)
    finally:
        URLLib3Session.send = original


class FirstCalls(NamedTuple):
    """Seconds."""

    making_clients: float
    calling: float


def first_calls(clients: int = CLIENTS, delay: float = DELAY) -> FirstCalls:
    """Make clients of as many hosts, then the first call of each."""
    with DnsServer() as server, _session(server, timeout=60.0) as session:
        regions = session.get_available_regions("kms")
        hosts = [(service, region) for service in ("kms", "kinesis") for region in regions]
        hosts = [(s, r) for s, r in hosts if r != "us-west-2"][:clients]
        assert len(hosts) == clients, f"botocore knows {len(hosts)} regions only"
        for service, region in hosts:
            name = f"{service}.{region}.amazonaws.com"
            server.set(name, Delayed(delay, Addresses(("10.20.0.10",))))
        server.set("*.us-west-2.amazonaws.com", Addresses(("10.20.0.10",)))
        for service in ("kms", "kinesis"):  # botocore's data, and dnspython, are loaded
            _call(session.client(service, "us-west-2"))
        began = time.perf_counter()
        made = [session.client(*host) for host in hosts]
        between = time.perf_counter()
        for client in made:
            _call(client)
        return FirstCalls(between - began, time.perf_counter() - between)


def _call(client: Any) -> None:
    name = client.meta.service_model.service_name
    (client.list_keys if name == "kms" else client.list_streams)()


class Asked(NamedTuple):
    """Questions by type, and in how many TTLs: a busy machine takes longer than it is told."""

    questions: Counter[str]
    lives: float


def questions(ttl: int = 1, lives: int = 6, clients: int = 10) -> Asked:
    """Of one name, while *clients* of it call all the time for *lives* TTLs, and three times."""
    name = "kms.us-west-2.amazonaws.com"
    with DnsServer() as server, _session(server, min_ttl=0.1, timeout=60.0) as session:
        server.set(name, Addresses(("10.20.0.10", "fd00::10"), ttl))
        made = [session.client("kms", "us-west-2") for _ in range(clients)]
        began, rounds = time.monotonic(), 0
        while time.monotonic() < began + ttl * lives or rounds < 3:
            for client in made:
                client.list_keys()
            time.sleep(0.005)
            rounds += 1
        counted = Counter(asked.type for asked in server.questions if asked.name == name)
        return Asked(counted, (time.monotonic() - began) / ttl)


def most(lives: float) -> int:
    """Questions of one type: the first one, and a renewal as often as one falls due."""
    return 1 + int(lives / RENEW_AFTER)


def main(_arguments: list[str] | None = None) -> int:
    """Print both; 1 when a budget is exceeded."""
    found = first_calls()
    share = found.calling / (CLIENTS * DELAY)
    print(f"{CLIENTS} clients, resolver of {DELAY * 1000:.0f} ms: made in", end=" ")
    print(
        f"{found.making_clients * 1000:.0f} ms, first calls {found.calling * 1000:.0f} ms in all,"
    )
    print(f"{share:.2f} of waiting for each look-up in turn (budget {BUDGET})")
    lives = 6
    asked = questions(lives=lives)
    allowed = most(asked.lives)
    print(f"10 clients of one name, {lives} TTLs: {dict(asked.questions)} (at most {allowed} each)")
    over = share > BUDGET or max(asked.questions.values()) > allowed
    print("EXCEEDED" if over else "kept")
    return int(over)


if __name__ == "__main__":
    sys.exit(main())
