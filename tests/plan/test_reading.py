"""Logs as they are found: cut, mixed, joined by hand, of other versions, endless."""

from __future__ import annotations

import io
from typing import Any

import pytest

from endpoint_router.plan.opening import MAX_LINE, lines_of
from endpoint_router.plan.reading import Reading
from tests.plan.lines import allowed, dump, line, read


def test_a_line_is_a_call() -> None:
    reading = read(line("kms", operation="Encrypt"))
    (call,) = reading.calls
    assert (call.service, call.operation, call.region) == ("kms", "Encrypt", "us-east-1")
    assert (call.host, call.code) == ("kms.us-east-1.amazonaws.com", "private.public_address")
    assert (reading.lines, reading.understood, reading.broken) == (1, 1, 0)
    assert reading.origins == {"file /etc/policy.toml"}
    assert reading.first == reading.last == "2026-11-21T05:33:29.123Z"


def test_what_changes_all_day_makes_no_new_call() -> None:
    first = line()
    again = line(
        time="2026-11-22T00:00:00.000Z",
        process=12,
        peer="52.94.0.77",
        reason="kms.us-east-1.amazonaws.com: resolves to 52.94.0.77, outside.",
    )
    again["evidence"][0]["addresses"] = ["52.94.0.77"]
    again["candidates"][0]["result"] = "resolves to 52.94.0.77"
    reading = read(first, again)
    assert len(reading.calls) == 1
    assert reading.last == "2026-11-22T00:00:00.000Z"
    assert len(reading.processes) == 2


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff\xfe\n",
        b"not json\n",
        b"[]\n",
        b"{}\n",
        b'{"version": 1}\n',
        b"[" * 100_000 + b"\n",
        dump([line()])[:200],
        dump([line(service='kms"]\nmode = "off')]),
        dump([line(service="")]),
        dump([line(operation="*")]),
        dump([line(region="us-*")]),
        dump([line(host="a b", candidates=[])]),
        dump([line(host="${evil}", candidates=[])]),
        dump([line(time="yesterday")]),
        dump([line(time="2026-11-21T../../x")]),
        dump([line(settings={"private": {"value": 7}})]),
        dump([{**line(), "version": True}]),
    ],
)
def test_a_bad_line_is_counted_and_left_out(bad: bytes) -> None:
    reading = read(bad, line())
    assert (reading.understood, len(reading.calls)) == (1, 1)
    assert reading.broken + sum(reading.versions.values()) == 1


@pytest.mark.parametrize("version", [2, 0, "1", 1.5])
def test_another_version_is_counted_apart(version: Any) -> None:
    reading = read({**line(), "version": version}, {"version": version, "shape": "unknown"})
    assert reading.versions == {str(version): 2}
    assert (reading.broken, reading.understood) == (0, 0)


def test_keys_that_are_new_are_no_reason_to_stop() -> None:
    assert read({**line(), "tomorrow": {"a": 1}}).understood == 1


def test_a_prefix_of_a_logger_is_skipped() -> None:
    raw = b"2026-11-21T05:33:29Z stderr F " + dump([line()]).replace(
        b'{"version": ', b'{"version":', 1
    )
    assert read(raw).understood == 1


def test_empty_lines_are_nothing() -> None:
    assert read(b"\n", b"  \r\n").lines == 0


def test_an_endless_line_is_one_broken_line() -> None:
    file = io.BytesIO(dump([line()]) + b"x" * (3 * MAX_LINE + 17) + b"\n" + dump([line("sqs")]))
    reading = Reading()
    reading.add(lines_of(file))
    assert (reading.understood, reading.broken) == (2, 1)


def test_the_last_line_needs_no_newline() -> None:
    reading = Reading()
    reading.add(lines_of(io.BytesIO(dump([line()])[:-1])))
    assert reading.understood == 1


def test_equal_process_ids_of_two_machines_are_two_processes() -> None:
    reading = read(line(), source="a")
    reading.add([dump([line()])], "b")
    assert len(reading.processes) == 2


@pytest.mark.parametrize(
    ("values", "arrived"),
    [
        ({"peer": "10.20.0.10"}, "private"),
        ({"peer": "52.94.0.10"}, "public"),
        ({"peer": "203.0.113.9"}, "public"),  # ipaddress.is_private says otherwise
        ({"peer": ""}, ""),
        ({"peer": "10.0.0.1", "proxy": "http://proxy:3128"}, ""),
        ({"peer": "10.0.0.1", "outcome": "denied"}, ""),  # nothing says to which host
    ],
)
def test_the_peer_tells_where_a_request_arrived(values: dict[str, Any], arrived: str) -> None:
    (call,) = read({**allowed(verdict=""), **values}).calls
    assert call.arrived == arrived
