"""Real clients' calls, their decision log and CloudTrail's records are held against each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.main import main
from endpoint_router.errors import EndpointDenied
from tests.audit.recorded import BILLING, CALLS, GOV_BILLING, REFUSED, Place, place

LABEL = "md/endpoint-router#1.0-0123abcd"


def compared(
    lab: Place, capsys: pytest.CaptureFixture[str], *, left_out: str = ""
) -> tuple[int, dict[str, Any]]:
    status = main([*lab.record(left_out=left_out), "--decisions", str(lab.log), "--json"])
    decisions: dict[str, Any] = json.loads(capsys.readouterr().out)["decisions"]
    return status, decisions


def test_all_that_was_sent_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with place(tmp_path) as lab:
        for call in (*CALLS, *CALLS[:2]):  # the second time only counted
            lab.make(call, routed=True)
        status, decisions = compared(lab, capsys)
    assert status == 0
    assert decisions["sent"] == decisions["matched"] == len(CALLS) + 2
    assert decisions["unrecorded"] == decisions["unlogged"] == []
    (policy,) = decisions["policies"]
    assert policy["judged"]
    assert policy["calls"] == len(CALLS) + 2
    assert policy["sources"] == [f"file {lab.policy}"]


def test_a_client_of_the_same_role_that_goes_round_the_router(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with place(tmp_path) as lab:
        for call in CALLS:
            lab.make(call, routed=True, agent=LABEL)
            lab.make(call, routed=False)
        status, decisions = compared(lab, capsys)
    assert status == 1  # for what violates the policy, not for the way round
    assert decisions["matched"] == decisions["sent"] == decisions["labelled"] == len(CALLS)
    assert decisions["labelled_unlogged"] == 0
    assert decisions["unrecorded"] == []
    found = decisions["unlogged"]
    assert {each["basis"] for each in found} == {"label"}
    assert {each["principal"] for each in found} == {BILLING, GOV_BILLING}
    # Those that comply, too: here sts, ssm and dynamodb.
    hosts = {each["host"]: each["violations"] for each in found}
    plain = {call.plain.removeprefix("lab-bucket."): call for call in CALLS}
    assert hosts == {host: int(call.plain != call.routed) for host, call in plain.items()}
    assert all(each["count"] == 1 and each["event_id"] for each in found)


def test_the_same_without_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kms, sts = CALLS[0], CALLS[6]
    monkeypatch.setenv("ENDPOINT_ROUTER_APPLICATION", "billing")
    with place(tmp_path) as lab:
        for _ in range(2):
            lab.make(kms, routed=True, agent="app/billing")
        lab.make(sts, routed=True, agent="app/billing")
        lab.make(kms, routed=False)
        # As the application itself: only its number tells.
        lab.make(sts, routed=False, agent="app/billing")
        status, decisions = compared(lab, capsys)
    assert (status, decisions["sent"], decisions["matched"]) == (1, 3, 3)
    rows = [(each["basis"], each["host"], each["count"]) for each in decisions["unlogged"]]
    assert rows == [("role", kms.plain, 1), ("application", sts.plain, 1)]


def test_a_refused_call_that_was_made_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with place(tmp_path) as lab:
        lab.make(CALLS[0], routed=True)
        with pytest.raises(EndpointDenied):
            lab.make(REFUSED, routed=True)
        lab.make(REFUSED, routed=False)
        status, decisions = compared(lab, capsys)
    assert (status, decisions["refused"]) == (1, 1)
    (found,) = decisions["unlogged"]
    assert found["basis"] == "refused"
    assert found["refused"] == ["private.public_address"]
    assert (found["host"], found["operations"]) == (REFUSED.plain, ["ListSecrets"])
    assert found["violations"] == 1


def test_what_is_sent_and_not_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with place(tmp_path) as lab:
        for call in CALLS:
            lab.make(call, routed=True)
        status, decisions = compared(lab, capsys, left_out="s3")
    assert status == 0
    assert decisions["unlogged"] == []
    (missing,) = decisions["unrecorded"]
    assert missing == {
        "service": "s3",
        "operation": "ListObjects",
        "region": "us-east-1",
        "host": CALLS[3].routed.removeprefix("lab-bucket."),
        "applications": [],
        "count": 1,
        "sent": 1,
        "recorded": 0,
        "cause": "data-events",
    }


def test_text_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with place(tmp_path) as lab:
        for call in CALLS:
            lab.make(call, routed=True, agent=LABEL)
        lab.make(CALLS[0], routed=False)
        arguments = [*lab.record(left_out="s3"), "--decisions", str(lab.log)]
    assert main(arguments) == 1
    text = capsys.readouterr().out
    words = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "logs 1 log, 9 lines",
        "labelled 8 recorded calls bear the router's label",
        "policy 9 calls under the judged one",
        "Round the router: 1 call",
        "Logged as sent, and not recorded: 1 call",
        "a data event, and the trail has none of this service",
    ):
        assert line in words
    assert "9 sent by the logs, 8 of them recorded" in " ".join(words)
    assert "against the policy: 1; other calls of the same role" in " ".join(words)
    assert main([*arguments, "--html"]) == 1
    page = capsys.readouterr().out
    assert "Recorded, and in no log" in page
    assert "Logged as sent, and not recorded" in page
