"""Success rate under faults: the routed client beside plain botocore. Linux, real ports and names.

``python -m benchmarks.availability [--calls 10000] [FAULT ...]``. Each side runs in a network
namespace of its own at the same time, with a lab of its own whose dice have the same seed, so both
meet the same faults (:mod:`benchmarks.faults`). Plain botocore uses ``getaddrinfo`` and the
system's resolver, under private DNS; the router's policy requires a VPC endpoint of the same three
addresses. The lab's DNS server gives them in a random order, as Route 53 Resolver does.

* **Each call opens a connection**: the server closes it. Pooled ones would hide every fault. Where
  *first calls* are measured, each is made by a process of its own, which knows nothing yet.
* **Time is compressed**, by 5 unless told: glibc waits for DNS in whole seconds, so its default of
  5 s becomes 1 s, the outage 24 s, TTLs of 60 s become 12 s; the policy's ``timeout``, ``min_ttl``,
  ``failure_ttl`` and ``max_stale`` are divided too, the timeout not below a second. botocore's
  pauses between attempts and the router's own lease on stale answers (30 s) are not. Pauses that
  last longer favour both sides. A resolver that is slow is met in real time.
* Calls begin at an even pace, so that the outage hits as many of either side; who has waited in
  vain is late and meets less of it, which favours plain botocore.
* Where the network becomes another one, a call was made in the first (it fails, and is not
  counted), and the others begin a second after the change.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import pickle
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from benchmarks.faults import FAULTS, KMS_VPCE, LIVE, NAMES, Fault, Stage
from benchmarks.real_calls import NOBODYS
from endpoint_router.lab import Reply
from endpoint_router.lab.demo import isolated
from endpoint_router.lab.network import Lab
from endpoint_router.sdk.activation.installation import Installation
from tests.support.namespace import NAMESERVER, run_isolated

REGION = "us-east-1"
SIDES = ("plain", "routed")


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

    def of(self, fault: Fault) -> Load:
        """The load that *fault* is met under."""
        own: dict[str, Any] = {**fault.load}
        return replace(self, **{**own, "calls": min(self.calls, own.get("calls", self.calls))})


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
    with isolated(settings, os.environ), _lab() as lab, ExitStack() as stack:
        for name in NAMES:
            lab.host(name, *LIVE, ttl=load.ttl)
        stage = Stage(lab, load.ttl, stack)
        fault.arrange(stage)
        if fault.first_calls:
            taken = _first_calls(side, lab, load)
        else:
            client = _client(side, lab, load)
            if fault.change:
                _try(client)
                fault.change(stage)
                time.sleep(1.1)
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
        read_timeout=60,
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
            "timeout": max(1.0, 2.0 / load.compression),
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
            taken.append(_try(client))

    over = threading.Event()
    outage = threading.Thread(target=_outage, args=(lab, fault, load, over))
    outage.start()
    with ThreadPoolExecutor(load.threads) as pool:
        list(pool.map(work, range(load.threads)))
    over.set()
    outage.join()
    return taken


def _try(client: Any) -> tuple[float, str]:
    """Seconds and error of a call."""
    start, error = time.monotonic(), ""
    try:
        client.list_keys()
    except (BotoCoreError, ClientError) as caught:
        error = type(caught).__name__
    return time.monotonic() - start, error


def _first_calls(side: str, lab: Lab, load: Load) -> list[tuple[float, str]]:
    """Seconds and error of calls of which each is the first one of a process, eight at a time."""
    _client("plain", lab, load)  # botocore's data are loaded once for all
    taken: list[tuple[float, str]] = []
    while len(taken) < load.calls:
        readers = [_first_call(side, lab, load) for _ in range(min(8, load.calls - len(taken)))]
        for reader in readers:
            with os.fdopen(reader, "rb") as pipe:
                taken.append(pickle.loads(pipe.read()))
    return taken


def _first_call(side: str, lab: Lab, load: Load) -> int:
    """Where the outcome is written to by a child that makes one call."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        threading.Timer(120, os._exit, [1]).start()  # lest a child that hangs is waited for
        outcome = pickle.dumps(_try(_client(side, lab, load)))
        os.write(writer, outcome)
        os._exit(0)
    os.close(writer)
    return reader


def _outage(lab: Lab, fault: Fault, load: Load, over: threading.Event) -> None:
    if fault.outage and not over.wait(load.span / 4):
        lab.dns.down()
        over.wait(fault.outage / load.compression)
        lab.dns.up()


HEADINGS = (
    "| fault | side | calls | success | p50 ms | p99 ms | DNS questions | errors |",
    "|---|---|--:|--:|--:|--:|--:|---|",
)


def row(fault: Fault, side: str, result: Result) -> str:
    """One line of the table."""
    errors = ", ".join(f"{count} {name}" for name, count in result.failures.items())
    return (
        f"| {fault.name} | {side} | {result.calls} | {result.rate:.2%} "
        f"| {result.percentile(0.5) * 1000:.1f} | {result.percentile(0.99) * 1000:.1f} "
        f"| {result.questions} | {errors} |"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when the routed client succeeds less often than plain botocore."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.availability")
    parser.add_argument("--calls", type=int, default=Load.calls)
    parser.add_argument("--span", type=float, default=Load.span, help="seconds for all calls")
    parser.add_argument("--compression", type=float, default=Load.compression)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="part of a fault's name")
    chosen = parser.parse_args(arguments)
    load = Load(calls=chosen.calls, span=chosen.span, compression=chosen.compression)
    worse = []
    print("\n".join(HEADINGS), flush=True)
    for fault in FAULTS:
        if chosen.faults and not any(part in fault.name for part in chosen.faults):
            continue
        results = both(fault, load.of(fault))
        for side, result in zip(SIDES, results, strict=True):
            print(row(fault, side, result), flush=True)
        if results[1].rate < results[0].rate:
            worse.append(fault.name)
    print("\nrouted succeeds less often:", ", ".join(worse) or "never")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main())
