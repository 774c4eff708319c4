"""Which names exist, by a real DNS server: failures, wildcards and deaf resolvers prove nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from endpoint_router.catalog.existence import asked, questions, system_lookup
from endpoint_router.catalog.reading import Catalog
from endpoint_router.catalog.values import Row
from endpoint_router.lab import Addresses, Rcode
from endpoint_router.lab.dns import DnsServer
from endpoint_router.lab.hosted_zone import HostedZone
from endpoint_router.lab.values import Behaviour, Empty
from endpoint_router.policy.dns_servers import parse_dns_server
from endpoint_router.routing.answer import Answer

REGION = "us-west-2"
HERE = Addresses(("52.94.0.10",), 60)
STS = f"sts.{REGION}.amazonaws.com"
PLAIN, FIPS = f"kms.{REGION}.amazonaws.com", f"kms-fips.{REGION}.amazonaws.com"
DUAL_STACK = f"kms.{REGION}.api.aws"


def kms(known: Catalog) -> Row:
    return next(known.rows("kms", [REGION]))


def told(known: Catalog, names: Mapping[str, Behaviour]) -> Row:
    """What comes of ``kms`` where DNS knows *names*."""
    with DnsServer(HostedZone(names)) as server:
        lookup = system_lookup([parse_dns_server(server.address)])
        rows = [kms(known)]
        (row,) = asked(rows, questions(rows, {REGION: STS}), lookup)
    return row


def test_exists_absent_and_unknown(known: Catalog) -> None:
    row = told(
        known,
        {STS: HERE, PLAIN: HERE, FIPS: Rcode("SERVFAIL"), f"kms-fips.{REGION}.api.aws": Empty()},
    )
    assert (row.standard.dns, row.standard.dns_detail) == ("exists", "52.94.0.10")
    assert row.regional == row.standard
    assert (row.fips.dns, row.fips.dns_detail) == ("unknown", "SERVFAIL")
    assert (row.dual_stack.dns, row.dual_stack.dns_detail) == ("absent", "NXDOMAIN")
    assert (row.fips_dual_stack.dns, row.fips_dual_stack.dns_detail) == ("absent", "NODATA")
    assert row.privatelink.dns == ""


def test_a_resolver_that_answers_anything(known: Catalog) -> None:
    row = told(known, {STS: HERE, f"*.{REGION}.amazonaws.com": HERE})
    assert row.fips.dns == "unknown"
    assert "cannot exist" in row.fips.dns_detail
    # Of the other names there is no wildcard.
    assert row.dual_stack.dns == "absent"


def test_a_resolver_that_does_not_see_the_region(known: Catalog) -> None:
    row = told(known, {"example.com": HERE})
    assert row.fips.dns == "unknown"
    assert STS in row.fips.dns_detail
    assert row.dual_stack.dns == "unknown"


def test_nobody_answers() -> None:
    known = Catalog()
    counted: list[str] = []

    def refuse(name: str, timeout: float) -> Answer:
        counted.append(name)
        return Answer(name, "failed", detail="Connection refused")

    rows = [row for region in known.regions for row in known.rows("kms", [region])]
    everywhere = {row.region: row.standard.name for row in rows}
    names = questions(rows, everywhere)
    for row in asked(rows, names, refuse):
        assert (row.fips.dns, row.fips.dns_detail) == ("unknown", "Connection refused")
    # Nothing but those that tell whether an answer can be believed.
    assert len(counted) < len(names)


def test_a_failure_may_pass(known: Catalog) -> None:
    seen: set[str] = set()

    def flaky(name: str, timeout: float) -> Answer:
        if name == FIPS and name not in seen:
            seen.add(name)
            raise OSError("a burst too much")
        if name in (STS, PLAIN, FIPS):
            return Answer(name, "answered", ("52.94.0.10",))
        return Answer(name, "absent", detail="NXDOMAIN")

    rows = [kms(known)]
    (row,) = asked(rows, questions(rows, {REGION: STS}), flaky)
    assert row.fips.dns == "exists"


@pytest.mark.parametrize("many", [1, 60])
def test_many_names_side_by_side_and_not_all_at_once(known: Catalog, many: int) -> None:
    lock, under_way, most, done = threading.Lock(), 0, 0, []
    enough = threading.Event()

    def slow(name: str, timeout: float) -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if most >= 8:
                enough.set()
        if many > 1 and name != STS and not name.startswith("no-such-host"):
            enough.wait(60)
        with lock:
            under_way -= 1
        return Answer(name, "absent" if "no-such" in name else "answered", ("52.94.0.10",))

    services = known.services[:many]
    rows = [row for service in services for row in known.rows(service, [REGION])]
    names = questions(rows, {REGION: STS})
    answers = asked(rows, names, slow, advance=lambda: done.append(1))
    assert {row.standard.dns for row in answers if row.standard.name} <= {"exists", "unknown"}
    assert len(done) >= len(names) - 1  # that of STS may be among them
    assert most <= 32
    assert many == 1 or enough.is_set()


def test_a_host_for_each_resource_is_not_asked(known: Catalog) -> None:
    # As those of Neptune's graphs, whom older botocores do not know.
    row = kms(known)
    data = replace(row, standard=replace(row.standard, name=f"*.{REGION}.neptune.amazonaws.com"))
    names = questions([data], {REGION: STS})
    assert not any("*" in name for name in names)
    (row,) = asked([data], names, lambda name, timeout: Answer(name, "absent"))
    assert row.standard.dns == "unknown"
