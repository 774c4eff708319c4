"""Success rate under faults: the routed client beside plain botocore. Linux, real ports and names.

``python -m benchmarks.availability [--calls 10000]``. Each side runs in a network namespace of its
own at the same time, with a lab of its own whose dice have the same seed, so both meet the same
faults: loss of DNS packets, a resolver that is silent for two minutes, one of three addresses of
the endpoint that swallows packets. Plain botocore uses ``getaddrinfo`` and the system's resolver,
under private DNS; the router's policy requires a VPC endpoint of the same three addresses. The
lab's DNS server gives them in a random order, as Route 53 Resolver does.

* **Each call opens a connection**: the server closes it. Pooled ones would hide every fault.
* **Time is compressed**, by 5 unless told: glibc waits for DNS in whole seconds, so its default of
  5 s becomes 1 s, the outage 24 s, TTLs of 60 s become 12 s; the policy's ``timeout``, ``min_ttl``,
  ``failure_ttl`` and ``max_stale`` are divided too, the timeout not below half a second. botocore's
  pauses between attempts and the router's own lease on stale answers (30 s) are not. Pauses that
  last longer favour both sides.
* Calls begin at an even pace, so that the outage hits as many of either side; who has waited in
  vain is late and meets less of it, which favours plain botocore.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from benchmarks.real_calls import NOBODYS
from endpoint_router.lab import Reply
from endpoint_router.lab.demo import isolated
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.install import Installation
from tests.support.dropping import drop_packets_to
from tests.support.namespace import NAMESERVER, run_isolated

REGION = "us-east-1"
KMS = "kms.us-east-1.amazonaws.com"
KMS_VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
LIVE = ("10.20.0.10", "10.20.0.11", "10.20.0.12")
DEAD = "10.20.0.99"
SIDES = ("plain", "routed")


@dataclass(frozen=True)
class Fault:
    """What goes wrong."""

    name: str
    #: Share of DNS packets that get no answer.
    loss: float = 0.0
    #: Seconds, before compression, in which the resolver is silent.
    outage: float = 0.0
    #: One of the endpoint's three addresses swallows packets.
    dead: bool = False


FAULTS = (
    Fault("1% DNS loss", loss=0.01),
    Fault("20% DNS loss", loss=0.20),
    Fault("resolver silent for 120 s", outage=120.0),
    Fault("one of three addresses dead", dead=True),
)


@dataclass(frozen=True)
class Load:
    """The same for both sides. Times are in seconds."""

    calls: int = 10_000
    threads: int = 32
    #: In which the calls begin, where the machine is fast enough.
    span: float = 80.0
    #: By what all times are divided that are not the SDK's own.
    compression: float = 5.0
    connect_timeout: float = 2.0

    @property
    def ttl(self) -> int:
        """Of the lab's records: a minute, compressed."""
        return max(1, round(60 / self.compression))


@dataclass(frozen=True)
class Result:
    """What became of one side's calls."""

    calls: int
    failures: Counter[str]
    #: Sorted; of all calls, failed ones included.
    seconds: tuple[float, ...]
    #: Questions that reached the DNS server.
    questions: int
    #: Connections that the servers saw.
    connections: int

    @property
    def rate(self) -> float:
        """Share of calls that succeeded."""
        return 1 - self.failures.total() / self.calls

    def percentile(self, share: float) -> float:
        """Seconds below which *share* of the calls took."""
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def both(fault: Fault, load: Load) -> tuple[Result, Result]:
    """Plain botocore and the routed client, at the same time.

    :raises IsolationError: no namespaces here.
    """
    # Spawned: each must enter its namespace from a process without threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(SIDES), mp_context=context) as pool:
        plain, routed = pool.map(_isolated, SIDES, [fault] * 2, [load] * 2)
    return plain, routed


def _isolated(side: str, fault: Fault, load: Load) -> Result:
    timeout = 600 + load.span
    return run_isolated(_measure, side, fault, load, timeout=timeout)


def _measure(side: str, fault: Fault, load: Load) -> Result:
    # resolv.conf(5): overrides the file's options. glibc's own default is 5 s, twice.
    glibc = f"timeout:{max(1, round(5 / load.compression))} attempts:2"
    settings = {**NOBODYS, "RES_OPTIONS": glibc}
    with isolated(settings, os.environ), _lab() as lab:
        for name in (KMS, KMS_VPCE):
            lab.host(name, *LIVE[: 2 if fault.dead else 3], ttl=load.ttl)
            if fault.dead:
                lab.zone.set(name, replace(lab.zone.find(name), addresses=(DEAD, *LIVE[:2])))
        if fault.dead:
            drop_packets_to(DEAD, beside=LIVE, source=NAMESERVER)
        lab.dns.loss = fault.loss
        client = _client(side, lab, load)
        taken = _call(client, lab, fault, load)
        return Result(
            calls=len(taken),
            failures=Counter(error for _, error in taken if error),
            seconds=tuple(sorted(seconds for seconds, _ in taken)),
            questions=len(lab.dns.questions),
            connections=len(lab.seen),
        )


def _lab() -> Lab:
    closing = Reply(headers=(("Connection", "close"),), body=b'{"Keys":[]}')
    replies = {("kms", "ListKeys"): closing}
    return Lab(dns=(NAMESERVER, 53), https=("::", 443), http=("::", 80), replies=replies)


def _client(side: str, lab: Lab, load: Load) -> Any:
    session = Session()
    session.set_credentials("AKIDEXAMPLE", "secret-of-nobody")
    if side == "routed":
        Installation(_policy(load), environ={})(session)
    config = Config(
        retries={"mode": "standard"},
        connect_timeout=load.connect_timeout,
        read_timeout=10,
        max_pool_connections=load.threads,
        proxies={},
    )
    made = boto3.Session(botocore_session=session, region_name=REGION)
    return made.client("kms", verify=lab.ca_bundle, config=config)


def _policy(load: Load) -> dict[str, Any]:
    """The defaults of ``[dns]``, compressed; the system's resolver, as plain botocore's."""
    return {
        "defaults": {"private": "require"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
        "dns": {
            # A machine whose cores are all busy takes its time with a thread's turn.
            "timeout": max(0.5, 2.0 / load.compression),
            "min_ttl": 5 / load.compression,
            "failure_ttl": 0.5 / load.compression,
            "max_stale": 3600 / load.compression,
        },
    }


def _call(client: Any, lab: Lab, fault: Fault, load: Load) -> list[tuple[float, str]]:
    """Seconds and error of each call; the outage begins after a quarter of the time."""
    numbers = iter(range(load.calls))
    began = time.monotonic()
    taken: list[tuple[float, str]] = []

    def work(_thread: int) -> None:
        for number in numbers:
            time.sleep(max(0.0, began + number * load.span / load.calls - time.monotonic()))
            start, error = time.monotonic(), ""
            try:
                client.list_keys()
            except (BotoCoreError, ClientError) as caught:
                error = type(caught).__name__
            taken.append((time.monotonic() - start, error))

    over = threading.Event()
    outage = threading.Thread(target=_outage, args=(lab, fault, load, over))
    outage.start()
    with ThreadPoolExecutor(load.threads) as pool:
        list(pool.map(work, range(load.threads)))
    over.set()
    outage.join()
    return taken


def _outage(lab: Lab, fault: Fault, load: Load, over: threading.Event) -> None:
    if fault.outage and not over.wait(load.span / 4):
        lab.dns.down()
        over.wait(fault.outage / load.compression)
        lab.dns.up()


HEADINGS = f"{'':28} {'':7} {'calls':>6} {'success':>9} {'p50 ms':>8} {'p99 ms':>8} {'DNS':>6}"


def row(fault: Fault, side: str, result: Result) -> str:
    """One line of the table."""
    errors = ", ".join(f"{count} {name}" for name, count in result.failures.items())
    return (
        f"{fault.name:28} {side:7} {result.calls:6} {result.rate:9.3%} "
        f"{result.percentile(0.5) * 1000:8.1f} {result.percentile(0.99) * 1000:8.1f} "
        f"{result.questions:6} {errors}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when the routed client succeeds less often than plain botocore."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.availability")
    parser.add_argument("--calls", type=int, default=Load.calls)
    parser.add_argument("--span", type=float, default=Load.span, help="seconds for all calls")
    parser.add_argument("--compression", type=float, default=Load.compression)
    chosen = parser.parse_args(arguments)
    load = Load(calls=chosen.calls, span=chosen.span, compression=chosen.compression)
    worse = []
    print(f"{load}\n{HEADINGS}", flush=True)
    for fault in FAULTS:
        results = both(fault, load)
        for side, result in zip(SIDES, results, strict=True):
            print(row(fault, side, result), flush=True)
        if results[1].rate < results[0].rate:
            worse.append(fault.name)
    print("routed succeeds less often:", ", ".join(worse) or "never")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main())
