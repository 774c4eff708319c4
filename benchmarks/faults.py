"""What goes wrong with DNS and endpoints, for :mod:`benchmarks.availability`: the lab arranged so.

Each fault is arranged inside a network namespace, where ``/etc`` and all addresses are the lab's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from endpoint_router.lab import Addresses
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.network import Lab
from endpoint_router.lab.values import ByType, Delayed, Silent
from tests.support.dropping import drop_packets_to
from tests.support.namespace import NAMESERVER

KMS = "kms.us-east-1.amazonaws.com"
KMS_VPCE = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
NAMES = (KMS, KMS_VPCE)
LIVE = ("10.20.0.10", "10.20.0.11", "10.20.0.12")
DEAD = "10.20.0.99"
#: A public address that no route leads to: what another network's DNS says.
ELSEWHERE = "198.18.0.1"

RESOLV_CONF, HOSTS = Path("/etc/resolv.conf"), Path("/etc/hosts")


@dataclass(frozen=True)
class Stage:
    """Where a fault is arranged."""

    lab: Lab
    #: Of the lab's records, seconds.
    ttl: int
    #: Left when all calls are done.
    stack: ExitStack


Arrange = Callable[[Stage], None]


def as_it_is(_stage: Stage) -> None:
    """Nothing is out of order."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong."""

    name: str
    arrange: Arrange = as_it_is
    #: After a first call that is not counted.
    change: Arrange | None = None
    #: Seconds, before compression, in which the resolver is silent.
    outage: float = 0.0
    #: Each call is the only one of a process of its own.
    first_calls: bool = False
    #: What its load has of its own.
    load: Mapping[str, float] = field(default_factory=dict)


def _losing(share: float, stage: Stage) -> None:
    stage.lab.dns.loss = share


def _lose_one_percent(stage: Stage) -> None:
    _losing(0.01, stage)


def _lose_a_fifth(stage: Stage) -> None:
    _losing(0.20, stage)


def _one_dead(stage: Stage) -> None:
    for name in NAMES:
        _behave(stage, name, Addresses((DEAD, *LIVE[:2]), stage.ttl))
    drop_packets_to(DEAD, beside=LIVE, source=NAMESERVER)


def _one_resets_tls(stage: Stage) -> None:
    stage.lab.https.resetting.add(LIVE[2])


def _no_aaaa(stage: Stage) -> None:
    for name in NAMES:
        _behave(stage, name, ByType(a=Addresses(LIVE, stage.ttl), aaaa=Silent()))


def _no_edns(stage: Stage) -> None:
    stage.lab.dns.deaf_to_edns = True


def _busy_upstream(stage: Stage) -> None:
    stage.lab.dns.servfail = 0.1


def _dns64(stage: Stage) -> None:
    for name in NAMES:
        addresses = (*LIVE, *(f"64:ff9b::{address}" for address in LIVE))
        _behave(stage, name, Addresses(addresses, stage.ttl))


def _slow(stage: Stage) -> None:
    for name in NAMES:
        _behave(stage, name, Delayed(2.75, Addresses(LIVE, stage.ttl)))


def _odd_lines(stage: Stage) -> None:
    lines = (
        b"# caf\xe9, written by hand",
        b"nameserver dns.example",
        b"nameserver 10.20.0.300",
        b"nameserver 10.20.0.2;old",
        b"options ndots:5 timeout attempts:x edns0",
        b"nameserver " + NAMESERVER.encode(),
    )
    RESOLV_CONF.write_bytes(b"\n".join(lines))


def _on_loopback(stage: Stage) -> None:
    stage.stack.enter_context(DnsServer(stage.lab.zone, bind=("127.0.0.1", 53)))
    RESOLV_CONF.write_text("")


def _elsewhere(stage: Stage) -> None:
    zone = HostedZone({name: Addresses((ELSEWHERE,), 300) for name in NAMES})
    stage.stack.enter_context(DnsServer(zone, bind=(LIVE[0], 53)))
    RESOLV_CONF.write_text(f"nameserver {LIVE[0]}\n")


def _vpn(_stage: Stage) -> None:
    RESOLV_CONF.write_text(f"# VPN\nnameserver {NAMESERVER}\n")


def _hosts_of_another_network(_stage: Stage) -> None:
    _entries(ELSEWHERE)


def _hosts(_stage: Stage) -> None:
    _entries(LIVE[0])


def _entries(address: str) -> None:
    HOSTS.write_text("".join(f"{address} {name}\n" for name in ("localhost", *NAMES)))


def _behave(stage: Stage, name: str, behaviour: object) -> None:
    stage.lab.zone.set(name, behaviour)  # type: ignore[arg-type]


_REAL_TIME = {"compression": 1.0, "span": 20.0, "calls": 200}
_FIRST_CALLS = {"calls": 40}

FAULTS = (
    Fault("1% DNS loss", _lose_one_percent),
    Fault("20% DNS loss", _lose_a_fifth),
    Fault("resolver silent for 120 s", outage=120.0),
    Fault("one of three addresses dead", _one_dead),
    Fault("one of three addresses resets TLS", _one_resets_tls),
    Fault("AAAA filtered", _no_aaaa, load={"calls": 400}),
    Fault("AAAA filtered, first calls", _no_aaaa, first_calls=True, load=_FIRST_CALLS),
    Fault("EDNS dropped", _no_edns),
    Fault("EDNS dropped, first calls", _no_edns, first_calls=True, load=_FIRST_CALLS),
    Fault("resolver takes 2.75 s", _slow, load=_REAL_TIME),
    Fault(
        "resolver takes 2.75 s, first calls",
        _slow,
        first_calls=True,
        load={**_REAL_TIME, **_FIRST_CALLS},
    ),
    Fault("a tenth of answers SERVFAIL", _busy_upstream),
    Fault(
        "a tenth of answers SERVFAIL, first calls",
        _busy_upstream,
        first_calls=True,
        load=_FIRST_CALLS,
    ),
    Fault("DNS64 beside private addresses", _dns64),
    Fault("odd lines in resolv.conf", _odd_lines),
    Fault("empty resolv.conf", _on_loopback),
    Fault("resolv.conf rewritten", _elsewhere, change=_vpn),
    Fault("hosts file changed", _hosts_of_another_network, change=_hosts),
)
