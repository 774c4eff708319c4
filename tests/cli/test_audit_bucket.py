"""``endpoint-router audit s3://…``: a bucket's files of the days asked for, by the very policy."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from endpoint_router.audit.fetching import digests_of
from endpoint_router.audit.sources import Files, Period, find
from endpoint_router.lab.network import Lab
from tests.audit.made import ACCOUNT, OURS, delivered, packed, record
from tests.support.lab_client import REGION, client_for, scope
from tests.support.moto_lab import ACCOUNT as OWNER
from tests.support.moto_lab import ENDPOINT, VPCE_ACCESS_POINT, VPCE_BUCKET, VPCE_S3

from .bucket import BUCKET, DAYS, TRAIL, Audit, Put, audit, lab, owner, policy, put, store

__all__ = ["audit", "lab", "owner", "policy", "put"]


def listed(lab: Lab) -> list[dict[str, str]]:
    """What was asked to be listed."""
    queries = [parse_qs(urlsplit(seen.path).query) for seen in lab.seen]
    return [
        {name: values[0] for name, values in query.items()}
        for query in queries
        if "list-type" in query
    ]


def fetched(lab: Lab) -> list[str]:
    """Keys of the objects that were fetched."""
    return sorted(
        seen.path.lstrip("/")
        for seen in lab.seen
        if "list-type" not in seen.path and seen.method == "GET"
    )


def test_the_days_asked_for_and_no_others(lab: Lab, put: Put, audit: Audit) -> None:
    """Of three years, each with a file a day in November; by the policy that judges."""
    wanted = []
    for year in (2024, 2025, 2026):
        for day in range(16, 25):
            when = f"{year}-11-{day}"
            made = record(day, eventTime=f"{when}T10:00:00Z", vpcEndpointId=OURS)
            key = put(made, day=when.replace("-", "/"))
            wanted += [key] if year == 2026 and day in (19, 20, 21) else []
    put(record(99), kind="CloudTrail-Digest")
    put(record(99), kind="Config")
    status, text = audit(f"s3://{BUCKET}", *DAYS, "--json")
    report = json.loads(text)
    assert status == 0
    assert (report["files"]["read"], report["verdicts"]["complies"]) == (3, 2)
    assert report["records"]["other_days"] == 1
    assert fetched(lab) == wanted
    # Down to the region, and there from the first day on.
    *above, below = [(one.get("prefix", ""), one.get("start-after")) for one in listed(lab)]
    assert below == (f"{TRAIL}/2026/", f"{TRAIL}/2026/11/19/")
    folders = ["", "AWSLogs/", f"AWSLogs/{ACCOUNT}/", f"AWSLogs/{ACCOUNT}/CloudTrail/"]
    assert above == [(name, None) for name in ["", *folders, f"{TRAIL}/"]]
    # Each request was the policy's: through the endpoint, for its host, signed for S3.
    assert {seen.address for seen in lab.seen} == {ENDPOINT}
    assert {seen.host for seen in lab.seen} == {f"{BUCKET}.{VPCE_BUCKET}"}
    assert {scope(seen) for seen in lab.seen} == {("s3", REGION)}


@pytest.mark.parametrize(("below", "slash"), [("", "/"), ("logs/of/ours/", "")])
def test_a_prefix_of_any_depth(put: Put, audit: Audit, below: str, slash: str) -> None:
    for day in (18, 20, 21):
        made = record(day, eventTime=f"2026-11-{day}T10:00:00Z", vpcEndpointId=OURS)
        key = put(made, day=f"2026/11/{day}", below=below)
    put(record(1), below="logs/of/others/")
    depth = key.count("/") - below.count("/")
    for parts in range(depth):
        prefix = key.rsplit("/", parts + 1)[0] + slash
        status, text = audit(f"s3://{BUCKET}/{prefix}", *DAYS, "--json")
        report = json.loads(text)
        expected = 1 if parts == 0 else 2
        assert (prefix, report["files"]["read"]) == (prefix, expected)
        assert (report["files"]["bad"], status) == ([], 2 if parts == 0 else 0)


def test_an_object_flat_copies_and_files_of_this_machine(
    owner: Any, put: Put, audit: Audit, tmp_path: Path
) -> None:
    here = delivered(tmp_path / "here", record(1, vpcEndpointId=OURS))
    key = put(record(2, vpcEndpointId=OURS))
    odd = "flat/a b+ü%2F.json.gz"
    owner.put_object(Bucket=BUCKET, Key=odd, Body=packed(record(3, vpcEndpointId=OURS)))
    owner.put_object(Bucket=BUCKET, Key="flat/", Body=b"")
    owner.put_object(Bucket=BUCKET, Key="flat-not/b.json.gz", Body=b"")
    sources = [f"s3://{BUCKET}/{key}", f"s3://{BUCKET}/flat", f"s3://{BUCKET}/{odd}", here]
    status, text = audit(*sources, "--json")
    assert (status, json.loads(text)["files"]["read"]) == (0, 3)
    assert json.loads(text)["verdicts"]["complies"] == 3


def test_an_access_point(lab: Lab, put: Put, audit: Audit) -> None:
    """It is made as the policy has it, too: moto alone does not know the host for that."""
    endpoint = {"type": "interface", "dns_names": [VPCE_S3]}
    policy = {"defaults": {"private": "require"}, "vpc_endpoints": [endpoint]}
    control = client_for(lab, policy, "s3control")
    control.create_access_point(AccountId=OWNER, Name="auditors", Bucket=BUCKET)
    lab.seen.clear()
    key = put(record(1, vpcEndpointId=OURS))
    arn = f"arn:aws:s3:{REGION}:{OWNER}:accesspoint/auditors"
    (status, text), (_, single) = audit(f"s3://{arn}/AWSLogs"), audit(f"s3://{arn}/{key}")
    assert (status, single) == (0, text)
    assert {seen.host for seen in lab.seen} == {f"auditors-{OWNER}.{VPCE_ACCESS_POINT}"}


def test_many_are_read_by_processes_and_nothing_is_lost(
    lab: Lab, owner: Any, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enough for two processes: 9 MB that no compression makes smaller."""
    for number in range(12):
        padded = record(
            number, vpcEndpointId=OURS, additionalEventData={"x": os.urandom(400_000).hex()}
        )
        name = f"{TRAIL}/2026/11/20/{number}.json"
        body = json.dumps({"Records": [padded]}).encode()
        owner.put_object(Bucket=BUCKET, Key=name, Body=body)
    status, text = audit(f"s3://{BUCKET}/", *DAYS, "--json")
    report = json.loads(text)
    assert report["files"]["bad"] == []
    assert (status, report["files"]["read"], report["records"]["read"]) == (0, 12, 12)
    assert len(fetched(lab)) == 12


def test_digests_where_they_are_wanted(
    lab: Lab, owner: Any, put: Put, audit: Audit, policy: Path
) -> None:
    put(record(1, vpcEndpointId=OURS))
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/us-gov-west-1/2026/11"
    for day in (18, 19, 22, 23):
        owner.put_object(
            Bucket=BUCKET,
            Key=f"{folder}/{day}/d.json.gz",
            Body=packed(record(day)),
            Metadata={"signature": f"{day:02x}", "signature-algorithm": "SHA256withRSA"},
        )

    def files(digests: bool) -> Files:
        period = Period(datetime.date(2026, 11, 19), datetime.date(2026, 11, 20))
        return find([f"s3://{BUCKET}/"], period, store(lab, policy), digests=digests)

    assert files(False).digests == ()
    found = files(True)
    # The last log of a day's events may stand in a digest of two days after.
    assert found.digests == tuple(f"s3://{BUCKET}/{folder}/{day}/d.json.gz" for day in (19, 22))
    digests = list(digests_of(found))
    assert [(each.path, each.signature) for each in digests] == [
        (found.digests[0], "13"),
        (found.digests[1], "16"),
    ]
    assert {each.algorithm for each in digests} == {"SHA256withRSA"}
    assert all(json.loads(each.text)["Records"] for each in digests)
