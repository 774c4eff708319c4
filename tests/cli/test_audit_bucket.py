"""``endpoint-router audit s3://…``: a bucket's files of the days asked for, by the very policy."""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from endpoint_router.audit.bucket import Bucket, client_of
from endpoint_router.audit.fetching import digests_of
from endpoint_router.audit.sources import Files, Period, find
from endpoint_router.cli.audit import run_audit
from endpoint_router.cli.main import make_parser
from endpoint_router.cli.output import BadInput
from endpoint_router.discover.asking import Refused
from endpoint_router.lab import Reply, Request
from endpoint_router.lab.network import Lab
from endpoint_router.router import World
from endpoint_router.sdk.activation.install import Installation
from tests.audit.made import ACCOUNT, OURS, delivered, packed, record
from tests.support.interrupted import interruptible
from tests.support.lab_client import REGION, client_for, scope
from tests.support.moto_lab import ACCOUNT as OWNER
from tests.support.moto_lab import (
    ENDPOINT,
    VPCE_ACCESS_POINT,
    VPCE_BUCKET,
    VPCE_S3,
    forwarding_to,
    moto_lab,
)

BUCKET = "example-trail"
TRAIL = f"AWSLogs/{ACCOUNT}/CloudTrail/us-gov-west-1"
DAYS = ("--from", "2026-11-19", "--to", "2026-11-20")
JUDGED = """
[[vpc_endpoints]]
type = "interface"
dns_names = ["vpce-0123456789abcdef0-abcdefgh.kms-fips.us-gov-west-1.vpce.amazonaws.com"]
"""


@pytest.fixture
def lab(moto: int) -> Iterator[Lab]:
    with moto_lab(moto) as lab:
        yield lab


@pytest.fixture
def owner(lab: Lab, moto: int) -> Any:
    """A client that passes neither the lab nor the policy, and an empty bucket."""
    client = Session().create_client("s3", REGION, endpoint_url=f"http://127.0.0.1:{moto}")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def put(owner: Any, tmp_path: Path) -> Callable[..., str]:
    """Delivers as CloudTrail does; the key."""

    def deliver(*records: dict[str, Any], below: str = "", **how: Any) -> str:
        path = delivered(tmp_path, *records, **how)
        key = below + path.relative_to(tmp_path).as_posix()
        owner.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
        return key

    return deliver


@pytest.fixture
def policy(lab: Lab, tmp_path: Path) -> Path:
    """What is to be reached through the endpoint, and nowhere else."""
    path = tmp_path / "policy.toml"
    path.write_text(
        f"""\
version = 1
defaults.private = "require"
dns = {{ servers = ["{lab.dns_server}"], timeout = 15.0 }}

[[vpc_endpoints]]
type = "interface"
dns_names = ["{VPCE_S3}"]
{JUDGED}"""
    )
    return path


@pytest.fixture
def audit(
    lab: Lab, policy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the command with the lab for a network; its status, and its report or its error."""
    monkeypatch.setenv("AWS_CA_BUNDLE", lab.ca_bundle)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    temporary = policy.with_name("temporary")
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def run(*arguments: str | Path) -> tuple[int, str]:
        options = make_parser().parse_args(["audit", "--policy", str(policy), *map(str, arguments)])
        try:
            status = run_audit(options, world=World(dialler=lab))
        except (BadInput, BotoCoreError) as error:
            return 2, str(error)
        finally:
            left = list(temporary.iterdir())
        assert left == []
        return status, capsys.readouterr().out

    return run


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


Audit = Callable[..., tuple[int, str]]
Put = Callable[..., str]


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


# --- what goes wrong


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
        "cut": "truncated",
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


# --- for who verifies digests


def store(lab: Lab, policy: Path) -> Bucket:
    session = Session()
    Installation(str(policy), world=World(dialler=lab)).claim(session)
    return Bucket(client_of(session))


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


# --- Ctrl-C


class Stuck(BaseHTTPRequestHandler):
    """A bucket of two objects, the second of which begins and never ends."""

    protocol_version = "HTTP/1.1"
    begun, over = threading.Event(), threading.Event()

    def do_GET(self) -> None:
        if "list-type" in self.path:
            keys = "".join(f"<Contents><Key>{n}</Key><Size>9</Size></Contents>" for n in "ab")
            self._send(f"<ListBucketResult>{keys}</ListBucketResult>".encode())
        elif self.path.endswith("/a"):
            self._send(packed(record()))
        else:
            self._send(b"half", length=9_000_000)
            self.begun.set()
            self.over.wait(60)

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
            assert Stuck.begun.wait(60), process.communicate()
            assert list(temporary.iterdir())
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=30)
    finally:
        Stuck.over.set()
        server.shutdown()
        server.server_close()
    assert (process.returncode, output) == (130, b"")
    assert list(temporary.iterdir()) == []
