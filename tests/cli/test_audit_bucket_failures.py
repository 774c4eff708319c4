"""``endpoint-router audit s3://…``: what cannot be had is named, and whoever stops it is obeyed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.discover.asking import Refused
from endpoint_router.lab import Reply, Request
from endpoint_router.lab.network import Lab
from tests.audit.made import ACCOUNT, OURS, packed, record
from tests.support.interrupted import interruptible
from tests.support.lab_client import REGION
from tests.support.moto_lab import ENDPOINT, VPCE_BUCKET, forwarding_to

from .bucket import BUCKET, DAYS, JUDGED, TRAIL, Audit, Put, audit, lab, owner, policy, put, store

__all__ = ["audit", "lab", "owner", "policy", "put"]


def answering(lab: Lab, moto: int, faults: dict[str, Reply]) -> None:
    """Let what has one of these texts in its path be answered so."""
    forward = forwarding_to(moto)

    def answer(request: Request) -> Reply:
        for text, reply in faults.items():
            if re.search(text, request.seen.path):
                return reply
        return forward(request)

    lab.host(VPCE_BUCKET, ENDPOINT, answer=answer)


def error(status: int, code: str, message: str = "No.", more: str = "") -> Reply:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    return Reply(status, (("Content-Type", "application/xml"),), body.encode())


WHO = f"arn:aws:sts::{ACCOUNT}:assumed-role/auditor/me"


def test_what_cannot_be_had_is_named(
    lab: Lab, moto: int, owner: Any, put: Put, audit: Audit
) -> None:
    put(record(1, vpcEndpointId=OURS))
    for name in ("archived", "gone", "key", "short", "slow"):
        put(record(2), name=name)
    owner.put_object(Bucket=BUCKET, Key=f"{TRAIL}/2026/11/20/cut.json.gz", Body=b"\x1f\x8b\x08")
    owner.put_object(Bucket=BUCKET, Key=f"{TRAIL}/2026/11/20/long.json.gz", Body=b" " * (65 << 20))
    kms = f"User: {WHO} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:x"
    storage = "<StorageClass>DEEP_ARCHIVE</StorageClass>"
    answering(
        lab,
        moto,
        {
            "_archived": error(403, "InvalidObjectState", more=storage),
            "_gone": error(404, "NoSuchKey"),
            "_key": error(403, "AccessDenied", kms),
            "_short": Reply(200, (("Content-Length", "99"), ("Connection", "close")), b"{"),
            "_slow": error(503, "SlowDown", "Please reduce your request rate."),
        },
    )
    status, text = audit(f"s3://{BUCKET}/", *DAYS, "--json")
    report = json.loads(text)
    bad = {each["path"]: each["why"] for each in report["files"]["bad"]}
    assert all(path.startswith(f"s3://{BUCKET}/{TRAIL}/2026/11/20/") for path in bad)
    said = {re.split(r"[_/.]", path)[-3]: why for path, why in bad.items()}
    assert said.pop("short").startswith("broke off 3 times: ")
    assert said == {
        "archived": "archived (DEEP_ARCHIVE): restore it first",
        "gone": "gone since it was listed",
        "key": f"no permission kms:Decrypt for {WHO}",
        "slow": "s3:GetObject: SlowDown: Please reduce your request rate.",
        "cut": "truncated or damaged",
        "long": "longer than 64 MiB",
    }
    assert (status, report["complete"], report["files"]["read"]) == (2, False, 1)


def test_what_stops_everything_is_one_line(
    lab: Lab, moto: int, put: Put, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        put(record(number), name=str(number))
    source = f"s3://{BUCKET}/{TRAIL}/"

    def said(faults: dict[str, Reply], name: str = source) -> str:
        answering(lab, moto, faults)
        status, text = audit(name)
        assert (status, "\n" in text) == (2, False)
        return text

    denied = error(403, "AccessDenied", f"User: {WHO} is not authorized to perform: s3:ListBucket")
    assert said({"list-type": denied}) == f"{source}: no permission s3:ListBucket for {WHO}"
    assert "there is no such bucket" in said({}, "s3://nobodys-bucket/x")
    assert "expected s3://bucket/prefix" in said({}, "s3://")
    expired = error(400, "ExpiredToken")
    assert "the credentials have expired (ExpiredToken)" in said({"json.gz": expired})
    # Not a line for each of a million.
    text = said({"json.gz": error(403, "AccessDenied", "Access Denied")})
    assert re.search(r"and none of \d+ others: no permission s3:GetObject", text)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert "Unable to locate credentials: set AWS_PROFILE, or give files" in said({})


def test_a_folder_that_may_not_be_listed_is_named(
    lab: Lab, moto: int, put: Put, audit: Audit
) -> None:
    put(record(1, vpcEndpointId=OURS))
    put(record(2), below="theirs/")
    answering(lab, moto, {r"list-type.*theirs%2F": error(403, "AccessDenied")})
    status, text = audit(f"s3://{BUCKET}", "--json")
    bad = [{"path": f"s3://{BUCKET}/theirs/", "why": "no permission s3:ListBucket"}]
    assert (status, json.loads(text)["files"]["bad"]) == (2, bad)


def test_nothing_there_is_no_shorter_list(put: Put, audit: Audit) -> None:
    put(record(1, vpcEndpointId=OURS))
    status, text = audit(f"s3://{BUCKET}/", f"s3://{BUCKET}/typo/", "--json")
    bad = [{"path": f"s3://{BUCKET}/typo/", "why": "nothing is there"}]
    assert (status, json.loads(text)["files"]["bad"]) == (2, bad)


def test_the_policy_may_refuse_the_audit_itself(
    lab: Lab, put: Put, audit: Audit, policy: Path
) -> None:
    put(record(1))
    policy.write_text(policy.read_text().partition("[[vpc_endpoints]]")[0])
    status, text = audit(f"s3://{BUCKET}/")
    assert status == 2
    assert re.match(r"s3\.ListObjectsV2 to \S+ refused \[private\.public_address\] by", text)
    assert lab.seen == []


def test_a_bucket_of_another_region_is_followed_as_the_policy_allows(
    lab: Lab, moto: int, put: Put, audit: Audit, policy: Path
) -> None:
    put(record(1, vpcEndpointId=OURS))
    there = (("x-amz-bucket-region", "us-west-2"), ("Content-Type", "application/xml"))
    elsewhere = Reply(301, there, b"<Error><Code>PermanentRedirect</Code></Error>")
    for region, address in ((REGION, "52.94.0.31"), ("us-west-2", "52.94.0.32")):
        answer = forwarding_to(moto) if region == "us-west-2" else lambda request: elsewhere
        lab.host(f"*.s3-fips.{region}.amazonaws.com", address, answer=answer)
    servers = f'dns = {{ servers = ["{lab.dns_server}"], timeout = 15.0 }}\n'
    policy.write_text(f'version = 1\n{servers}defaults.fips = "require"\n{JUDGED}')
    status, text = audit(f"s3://{BUCKET}/", "--json")
    assert (status, json.loads(text)["files"]["read"]) == (0, 1)
    hosts = [f"{BUCKET}.s3-fips.{region}.amazonaws.com" for region in (REGION, "us-west-2")]
    assert sorted({seen.host for seen in lab.seen}) == hosts
    # Nothing was fetched where it is not.
    assert {seen.host for seen in lab.seen if "json.gz" in seen.path} == {hosts[1]}
    rule = 'defaults.allowed_regions = ["us-east-1", "us-gov-west-1"]\n'
    policy.write_text(f'version = 1\n{servers}defaults.fips = "require"\n{rule}{JUDGED}')
    status, text = audit(f"s3://{BUCKET}/")
    assert (status, "refused [region.not_allowed]" in text) == (2, True), text


def test_no_room_for_an_object(lab: Lab, put: Put, audit: Audit, policy: Path) -> None:
    """As on a disk that is full: nothing else would find room."""
    key = put(record())
    with pytest.raises(Refused, match="nowhere/1: No such file"):
        store(lab, policy).fetch(f"s3://{BUCKET}/{key}", str(policy.parent / "nowhere" / "1"))


# --- Ctrl-C


class Stuck(BaseHTTPRequestHandler):
    """A bucket of two objects, the second of which begins and never ends."""

    protocol_version = "HTTP/1.1"
    begun: threading.Event
    over: threading.Event

    def do_GET(self) -> None:
        if "list-type" in self.path:
            keys = "".join(f"<Contents><Key>{n}</Key><Size>9</Size></Contents>" for n in "ab")
            self._send(f"<ListBucketResult>{keys}</ListBucketResult>".encode())
        elif self.path.endswith("/a"):
            self._send(packed(record()))
        else:
            self._send(b"half", length=9_000_000)
            self.begun.set()
            self.over.wait(300)

    def _send(self, body: bytes, length: int = 0) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    """Nor does it wait for a network that is silent."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    Stuck.begun, Stuck.over = threading.Event(), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stuck)
    url = f"http://127.0.0.1:{server.server_port}"
    policy = {
        "version": 1,
        "custom_endpoints": [{"url": url, "services": ["s3"], "private": True, "reason": "lab"}],
    }
    environ = {
        **os.environ,
        "TMPDIR": str(temporary),
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_DEFAULT_REGION": REGION,
    }
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    arguments = ["audit", f"s3://{BUCKET}", "--policy", json.dumps(policy)]
    try:
        with interruptible(
            [sys.executable, "-m", "endpoint_router", *arguments],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert Stuck.begun.wait(300), process.communicate()
            assert list(temporary.iterdir())
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=120)
    finally:
        Stuck.over.set()
        server.shutdown()
        server.server_close()
    assert (process.returncode, output) == (130, b"")
    assert list(temporary.iterdir()) == []
