"""``metrics()``: one frozen value of what was counted, and the waivers of policies in force."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import endpoint_router
from endpoint_router import (
    CallCount,
    LookUpCount,
    Metrics,
    RenewalCount,
    WaiverLeft,
    testing,
)
from endpoint_router.counters import SECONDS, Counters, Mode, Renewal
from endpoint_router.policy.load import load
from endpoint_router.routing.call_paths import PATHS, Support
from endpoint_router.routing.case import Outcome
from endpoint_router.sdk.metrics import read, waivers_of
from tests.support.renewing import eventually

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "metrics.md"
TODAY = datetime.date(2026, 11, 22)
WAIVED = """\
version = 1
[defaults]
fips = "require"
[[rules]]
services = ["ses"]
fips = "prefer"
reason = "SEC-1"
expires = 2026-12-01
[[rules]]
services = ["sns"]
fips = "prefer"
reason = "for good"
[[rules]]
services = ["sqs"]
fips = "prefer"
reason = "SEC-2"
expires = 2026-11-21
"""


def test_nothing_yet() -> None:
    told = read(Counters())
    assert told.calls == told.waivers == ()
    assert (told.denied, told.unverified, told.stale_use) == (0, 0, 0)
    # There from the start: a rate of what begins with its first time would miss that.
    assert {each.verdict: each.lookups for each in told.lookups} == {
        "private-address": 0, "public": 0, "mixed": 0, "absent": 0, "failed": 0,
    }  # fmt: skip
    assert [(each.result, each.renewals) for each in told.renewals] == [
        ("renewed", 0), ("kept", 0), ("stale", 0), ("lost", 0),
    ]  # fmt: skip


def test_look_ups_within_so_many_seconds() -> None:
    counters = Counters()
    for seconds in (0.0005, 0.004, 0.3, 9.0):
        counters.looked_up("public", seconds)
    (public,) = (each for each in read(counters).lookups if each.verdict == "public")
    assert (public.lookups, public.seconds) == (4, pytest.approx(9.3045))
    within = dict(public.within)
    assert tuple(within) == SECONDS
    assert (within[0.001], within[0.0025], within[0.005], within[0.5], within[5.0]) == (
        1,
        1,
        2,
        3,
        3,
    )


def test_waivers_with_the_days_that_they_have_left(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(WAIVED)
    ses, sqs = waivers_of(load(str(file), environ={}), TODAY)
    assert ses == WaiverLeft("rules[0]", f"file {file}:4", "SEC-1", datetime.date(2026, 12, 1), 9)
    assert (sqs.rule, sqs.days_left) == ("rules[2]", -1)


def test_a_policy_that_is_switched_off_waives_nothing(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(WAIVED.replace("version = 1", 'version = 1\nmode = "off"'))
    assert list(waivers_of(load(str(file), environ={}), TODAY)) == []


def test_the_waivers_of_policies_in_force_and_the_process_s_counts(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(WAIVED)
    before = endpoint_router.metrics()
    with testing.policy_in_force(str(file), clock=testing.FakeClock(TODAY)) as block:
        endpoint_router.explain("kms", region="us-east-1")  # no call
        told = endpoint_router.metrics()
        assert [each.days_left for each in told.waivers] == [9, -1]
        in_a_week = TODAY + datetime.timedelta(days=7)
        told = endpoint_router.metrics(today=in_a_week)
        assert [each.days_left for each in told.waivers] == [2, -8]
        assert block.calls == ()
    after = endpoint_router.metrics()
    assert after.waivers == before.waivers
    assert sum(each.calls for each in after.calls) == sum(each.calls for each in before.calls)


def test_it_is_json_and_comes_back() -> None:
    told = endpoint_router.metrics()
    data = json.loads(json.dumps(msgspec.to_builtins(told)))
    assert msgspec.convert(data, Metrics) == told
    with pytest.raises(AttributeError):
        told.denied = 1  # type: ignore[misc]


def test_whoever_reads_while_others_count_sees_numbers_grow() -> None:
    counters, done = Counters(), threading.Event()

    def add() -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            counters.of_refusal("guard.changed", f"service-{turn % 50}").calls += 1
            counters.looked_up("public", 0.001 * (turn % 9))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: read(counters).denied > 0)
    readings = [read(counters) for _ in range(200)]
    done.set()
    for thread in threads:
        thread.join()
    for earlier, later in pairwise(readings):
        assert earlier.denied <= later.denied
        assert all(
            a.lookups <= b.lookups for a, b in zip(earlier.lookups, later.lookups, strict=True)
        )


def rows(section: str) -> dict[str, str]:
    """Of the page's tables below *section*: each name in the first column, with the rest."""
    _, heading, text = PAGE.read_text("utf-8").partition(section)
    assert heading
    table = text.partition("\n\n|")[2].partition("\n\n")[0]
    cells = re.findall(r"^\|? (`.*?`) \| (.*) \|$", table, re.MULTILINE)
    return {name: rest for names, rest in cells for name in re.findall(r"`(\w+)`", names)}


def test_the_page_has_the_fields_and_their_values() -> None:
    assert tuple(rows("## metrics")) == Metrics.__struct_fields__
    kind = rows("**`CallCount`**")
    assert (*kind, "calls") == CallCount.__struct_fields__
    assert set(re.findall(r"`(\w+)`", kind["path"])) == {*PATHS, "endpoint_url"}
    for name, values in (("mode", Mode), ("outcome", Outcome), ("evidence", Support)):
        assert set(re.findall(r"`(\w+)`", kind[name])) == set(get_args(values))
    text = PAGE.read_text("utf-8")
    assert tuple(rows("**`RenewalCount`**")) == get_args(Renewal)
    for kept in (LookUpCount, RenewalCount, WaiverLeft):
        (said,) = re.findall(rf"\*\*`{kept.__name__}`\*\* has (.*?)\n\n", text, re.DOTALL)
        assert set(re.findall(r"`(\w+)`", said)) >= set(kept.__struct_fields__)


def test_it_is_asked_before_anything_else() -> None:
    code = "import endpoint_router; print(endpoint_router.metrics().calls)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "()\n"
