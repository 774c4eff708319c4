"""Resolvers, asked side by side, and the hosts file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from endpoint_router.doctor.names import CHECKS, SeenNames, look, look_at_hosts
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.values import Addresses, Behaviour, Delayed, Rcode, Silent
from endpoint_router.policy.dns_servers import ServerAddress, parse_dns_server
from endpoint_router.policy.load import load
from endpoint_router.policy.loaded import LoadedPolicy
from endpoint_router.probe.system_servers import Servers
from endpoint_router.routing.answer import Answer
from tests.probe.names import eventually

HOST = "sts-fips.us-east-1.amazonaws.com"
HERE = Addresses(("10.0.0.1",))
GONE = Rcode("NXDOMAIN")


def loaded(timeout: float = 60.0, servers: tuple[str, ...] = ()) -> LoadedPolicy:
    document = {"dns": {"timeout": timeout, "servers": list(servers)}}
    return load(document, environ={}, system_policy="")


def seen_with(*behaviours: Behaviour | None, timeout: float = 60.0) -> SeenNames:
    """Servers that behave so; ``None`` is one that does not know the name."""
    servers = [
        DnsServer(HostedZone({} if behaviour is None else {HOST: behaviour}))
        for behaviour in behaviours
    ]
    for server in servers:
        server.__enter__()
    try:
        addresses = tuple(parse_dns_server(server.address) for server in servers)
        return look(
            HOST, loaded(timeout), system=lambda: Servers(addresses), hosts="/nowhere/hosts"
        )
    finally:
        for server in servers:
            server.__exit__()


@pytest.mark.parametrize(
    ("behaviours", "colour", "says"),
    [
        ([HERE, HERE], "green", "2 resolver(s)"),
        ([HERE, None], "amber", "1 of them"),
        ([None], "red", "does not exist"),
        ([Rcode("REFUSED")], "red", "none answers"),
    ],
)
def test_resolvers(behaviours: list[Behaviour | None], colour: str, says: str) -> None:
    judged = CHECKS["names.resolvers"](seen_with(*behaviours))
    assert (judged.colour, says in judged.seen) == (colour, True), judged
    assert len(judged.details) == len(behaviours)
    assert "ms" in judged.details[0]


def test_silent_ones_are_waited_for_side_by_side() -> None:
    began = time.monotonic()
    seen = seen_with(*[Silent()] * 15, HERE, timeout=2.0)
    assert time.monotonic() - began < 25  # one after the other, they would take longer
    assert [server.status for server in seen.servers] == ["failed"] * 15 + ["answered"]
    assert "no answer within 2.0 s" in seen.servers[0].detail


def test_a_slow_one_is_amber() -> None:
    judged = CHECKS["names.resolvers"](seen_with(Delayed(0.6, HERE), timeout=1.0))
    assert judged.colour != "green"


def test_the_policys_own_servers_and_no_server() -> None:
    asked, asking = [], threading.Event()

    def ask(server: ServerAddress, name: str, timeout: float) -> Answer:
        asked.append((str(server), name, timeout))
        asking.wait(60)  # until after the test
        return Answer(name, "answered")

    policy = loaded(0.2, ("127.0.0.1:53", "[::1]:5353"))
    seen = look(HOST, policy, ask=ask, hosts="/nowhere/hosts")
    eventually(lambda: len(asked) == 2)
    asking.set()
    assert sorted(asked) == [("127.0.0.1:53", HOST, 0.2), ("[::1]:5353", HOST, 0.2)]
    assert (seen.source, seen.reads_hosts) == ("dns.servers", False)
    assert {server.detail for server in seen.servers} == {"no answer within 0.2 s"}
    nobody = look(HOST, loaded(), system=lambda: Servers(()), hosts="/nowhere/hosts")
    assert CHECKS["names.resolvers"](nobody).colour == "red"


def test_the_hosts_file(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text(
        "127.0.0.1 localhost\n"
        "10.0.0.9 x.example KMS.us-east-1.amazonaws.com. # sts.us-east-1.amazonaws.com\n"
        "# 10.0.0.9 s3.us-east-1.amazonaws.com\n"
    )
    hosts = look_at_hosts(file)
    assert (hosts.lines, hosts.entries) == (3, (("KMS.us-east-1.amazonaws.com.", "10.0.0.9"),))
    check = CHECKS["names.hosts_file"]
    assert check(SeenNames(HOST, "", (), hosts, 2.0)).colour == "amber"
    assert check(SeenNames(HOST, "", (), hosts, 2.0, reads_hosts=False)).colour == "green"
    assert check(SeenNames(HOST, "", (), look_at_hosts(tmp_path / "none"), 2.0)).colour == "green"
    times = iter([0.0, 3.0])
    slow = look_at_hosts(tmp_path / "none", lambda: 0.0)
    assert slow.took == 0.0
    file.write_text("127.0.0.1 localhost\n")
    slow = look_at_hosts(file, lambda: next(times))
    assert check(SeenNames(HOST, "", (), slow, 2.0)).colour == "amber"
