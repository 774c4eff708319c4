"""Who is behind each finding: applications, machines, and how many calls they made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from endpoint_router.plan.callers import Caller, Callers
from endpoint_router.plan.data import as_data
from endpoint_router.plan.findings import plan
from endpoint_router.plan.report import as_text
from endpoint_router.plan.values import Plan
from tests.plan.lines import allowed, dump, line, no_fips, planned, read


def by(application: str, calls: int = 1, machine: str = "m1", **values: Any) -> dict[str, Any]:
    """What a line of a release that names its caller has besides."""
    return {"application": application, "machine": machine, "calls": calls, **values}


def told(callers: tuple[Caller, ...]) -> list[tuple[str, int]]:
    return [(caller.application, caller.calls) for caller in callers]


def test_the_calls_of_all_lines_of_an_application_add_up() -> None:
    lines = [line(**by("a", 1)), line(**by("a", 41, "m2")), line(**by("b", 7, "m3"))]
    (endpoint,) = planned(*lines).endpoints
    assert endpoint.callers == (Caller("a", 42, ("m1", "m2")), Caller("b", 7, ("m3",)))


UNKNOWN = {"outcome": "unverified", "code": "private.unverified"}
PERSON = {"code": "endpoint_url.undeclared", "remedy": "Declare it."}


@pytest.mark.parametrize(
    ("logged", "field"),
    [
        (line(**by("a", 3)), "endpoints"),
        (no_fips(**by("a", 3)), "waivers"),
        (line(**by("a", 3), **PERSON), "work"),
        (line(**by("a", 3), **UNKNOWN), "unknown"),
        (allowed(verdict="public", demands={"private": "prefer"}, **by("a", 3)), "public"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_finding_names_them(logged: dict[str, Any], field: str) -> None:
    # Under the same settings, hence a call of which nothing is missing.
    other = {**allowed("sts", fips_basis="listed", **by("b", 5)), "settings": logged["settings"]}
    made = planned(logged, other)
    (finding,) = getattr(made, field)
    assert told(finding.callers) == [("a", 3)]
    assert told(made.callers) == [("b", 5), ("a", 3)]
    assert told(made.concerned) == ([] if field == "public" else [("a", 3)])


def test_who_is_concerned_twice_is_counted_once() -> None:
    lines = [no_fips(**by("a", 3)), line(**by("a", 4))]
    made = planned(*lines)
    assert len(made.waivers) == 1
    assert len(made.endpoints) == 2  # the host after the waiver is public, too
    assert told(made.concerned) == [("a", 7)]


def test_lines_of_older_releases_count_as_one_call_of_somebody() -> None:
    old = line()
    assert not {"application", "machine", "calls"} & set(old)
    reading = read(old, old, old)
    made = plan(reading)
    assert told(made.endpoints[0].callers) == [("", 3)]
    text = as_text(reading, made)
    assert "no application named" not in text
    assert "Who must act" not in text


@pytest.mark.parametrize("calls", [0, -1, 10**16, "7", 1.5, None])
def test_a_number_of_calls_that_is_none_is_a_broken_line(calls: Any) -> None:
    assert read(line(**{**by("a"), "calls": calls})).broken == 1


def test_equal_process_ids_of_two_machines_in_one_log_are_two_processes() -> None:
    lines = [line(**by("a", machine="m1")), line(**by("a", machine="m2"))]
    assert len(read(*lines).processes) == 2
    reading = read(lines[0], source="a.jsonl")
    reading.add([dump([lines[0]])], "a.jsonl.1")  # and one that wrote before and after rotation
    assert len(reading.processes) == 1


def many() -> Plan:
    lines = [line(**by(f"team-{team:02}", 100 - team, f"pod-{team}")) for team in range(30)]
    return planned(*lines, line(**by("team-00", 1, "pod-x")))


def test_the_report_names_the_first_and_counts_the_rest() -> None:
    reading = read(
        line(**by("", 1, "")),
        *(line(**by(f"team-{team:02}", 1000 - team, f"pod-{team}")) for team in range(30)),
        line(**by("team-00", 1, "pod-x")),
    )
    text = as_text(reading, plan(reading))
    assert "29,567 calls of 30 applications" in text
    assert "    team-00: 1,001 calls, from pod-0 and 1 more" in text
    assert "    team-02: 998 calls, from pod-2\n" in text
    assert "    and 28 applications more: 26,569 calls" in text
    _, _, concerned = text.partition("Who must act (31)\n")
    assert concerned.splitlines()[0] == "  team-00: 1,001 calls, from pod-0 and 1 more"
    assert "  and 11 applications more" in concerned


def test_the_data_has_all_of_them() -> None:
    made = many()
    data = as_data(read(line()), made)
    (endpoint,) = data["vpc_endpoints"]
    assert len(endpoint["callers"]) == len(data["concerned"]) == 30
    assert endpoint["callers"][0] == {
        "application": "team-00",
        "calls": 101,
        "machines": ["pod-0", "pod-x"],
        "more_machines": False,
    }
    json.dumps(data)


def test_however_many_there_are_memory_is_bounded() -> None:
    callers = Callers()
    for number in range(5000):
        callers.add(f"a{number}" + "x" * 500, [f"m{number}"], 1)
        callers.add("one", [f"m{number}" * 100], 1)
    told = callers.told()
    assert len(told) == 1001
    assert sum(caller.calls for caller in told) == 10_000
    assert max(len(caller.application) for caller in told) == 128
    (others,) = (caller for caller in told if caller.application == "(others)")
    (one,) = (caller for caller in told if caller.application == "one")
    assert (len(others.machines), others.is_cut) == (len(one.machines), one.is_cut) == (100, True)
    assert max(len(machine) for machine in one.machines) == 128


def test_what_a_caller_calls_itself_does_nothing_to_a_terminal() -> None:
    reading = read(line(**by("a\x1b[2Jb\n", 2, "m\u202e")))
    text = as_text(reading, plan(reading))
    assert all(part.isprintable() for part in text.split("\n"))
    assert r"a\x1b[2Jb\n: 2 calls, from m\u202e" in text
