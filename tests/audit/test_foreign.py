"""What people have of CloudTrail by other ways is read, or named with a way out."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import shlex
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.audit.foreign import as_utf8, what_it_is
from endpoint_router.audit.reading import Read, read
from endpoint_router.audit.sources import Period, find

from .made import compact, packed, record

RECORDS = [record(number) for number in range(3)]
EVENTS = [
    {"EventId": each["eventID"], "Resources": [], "CloudTrailEvent": json.dumps(each)}
    for each in RECORDS
]


def read_text(folder: Path, text: bytes) -> Read:
    (folder / "log").write_bytes(text)
    return read(find([str(folder / "log")], Period()), Period())


def indented(made: Any) -> bytes:
    return json.dumps(made, indent=4).encode() + b"\n"


@pytest.mark.parametrize(
    "text",
    [
        indented({"Records": RECORDS}),
        indented({"Events": EVENTS}),
        indented(EVENTS),
        indented([each["CloudTrailEvent"] for each in EVENTS]),
        b"\n".join(compact(each) for each in EVENTS),
        "\t".join(str(each["CloudTrailEvent"]) for each in EVENTS).encode() + b"\n",
        "\n".join(str(each["CloudTrailEvent"]) for each in EVENTS).encode() + b"\n",
    ],
    ids=[
        "console's download",
        "lookup-events",
        "--query Events",
        "--query Events[].CloudTrailEvent",
        "jq -c .Events[]",
        "--query Events[].CloudTrailEvent --output text",
        "--query Events[].[CloudTrailEvent] --output text",
    ],
)
def test_what_the_console_and_the_cli_make_is_read(tmp_path: Path, text: bytes) -> None:
    for made in (text, text.replace(b"\n", b"\r\n"), text.decode().encode("utf-16")):
        result = read_text(tmp_path, made)
        assert (result.bad, result.records) == ((), 3)


def archive() -> dict[str, bytes]:
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("log.json", compact({"Records": RECORDS}))
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("log.json.gz"))
    return {"zip": zipped.getvalue(), "tar": tarred.getvalue()}


FOREIGN = {
    "a zip archive: unpack it": archive()["zip"],
    "a tar archive: unpack it": archive()["tar"],
    "a tar archive": gzip.compress(archive()["tar"]),
    "by bzip2: unpack it": bz2.compress(compact(RECORDS)),
    "by xz: unpack it": lzma.compress(compact(RECORDS)),
    "packed twice: unpack it": gzip.compress(packed(*RECORDS)),
    "Parquet": b"PAR1\x15\x04",
    "of OCSF": indented({"metadata": {"version": "1.1.0"}, "class_uid": 6003, "api": {}}),
    "download it as JSON": b"Event ID,Event time,User name\n",
    "lookup-events`: ask by --output json": b"EVENTS\tAKIA\t{}\n",
    "YAML: ask by --output json": b"Events:\n- EventId: 1\n",
    "table of the AWS CLI's": b"-----------\n|  LookupEvents |\n",
    "CloudWatch Logs: give a record": b"2026-11-20T10:00:00.123Z " + compact(RECORDS[0]),
    "without what is in front": b"2026-11-20T10:00:00.1+00:00 1_us-east-1 " + compact(RECORDS[0]),
    ".events[].message": indented({"events": [{"logStreamName": "a", "message": "{}"}]}),
    "CSV by --results": indented({"QueryStatus": "FINISHED", "QueryResultRows": [[{}]]}),
    "jq -c .detail": compact({"version": "0", "detail-type": "", "detail": RECORDS[0]}),
    "name it by --endpoints": indented({"VpcEndpoints": []}),
    "name it by --trail": indented({"TrailARN": "", "AdvancedEventSelectors": []}),
    "name it by --public-keys": indented({"PublicKeyList": []}),
    "a digest": compact({"awsAccountId": "1", "digestS3Bucket": "b"}),
    "an error page": b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "NextToken": indented({"NextToken": "x", "Events": EVENTS}),
}


@pytest.mark.parametrize("expected", FOREIGN)
def test_what_is_something_else_is_named_with_a_way_out(tmp_path: Path, expected: str) -> None:
    result = read_text(tmp_path, FOREIGN[expected])
    ((_, why),) = result.bad
    assert expected in why
    assert result.records == 0


TEXTS = [json.dumps(each) for each in RECORDS]
#: Other people's programs put something around records.
WRAPPED: dict[str, bytes] = {
    "a subscription to CloudWatch Logs": b"".join(
        compact({"messageType": "DATA_MESSAGE", "logStream": "a", "logEvents": [{"message": text}]})
        for text in ["CWL CONTROL MESSAGE: Checking health", *TEXTS]
    ),
    "Logs Insights": indented({"results": [[{"field": "@message", "value": t}] for t in TEXTS]}),
    "an export of Splunk's": b"\n".join(
        compact({"preview": False, "result": {"_raw": text, "_time": "1"}}) for text in TEXTS
    ),
    "hits of Elasticsearch's": indented(
        {"hits": {"hits": [{"_source": {"event": {"original": text}}} for text in TEXTS]}}
    ),
    "alerts of Wazuh's": b"\n".join(compact({"data": {"aws": each}}) for each in RECORDS),
    "files in a list": indented([{"Records": [each]} for each in RECORDS]),
}


@pytest.mark.parametrize("wrapper", WRAPPED)
def test_what_is_around_records_is_taken_away_as_it_says(tmp_path: Path, wrapper: str) -> None:
    ((_, why),) = read_text(tmp_path, WRAPPED[wrapper]).bad
    command = why.partition("as by ")[2]
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    words = shlex.split(command)
    lines = subprocess.run(words, input=WRAPPED[wrapper], capture_output=True, check=True).stdout
    result = read_text(tmp_path, lines)
    assert (result.bad, result.records) == ((), 3)


def test_where_nothing_is_around_records_nothing_is_said_of_it(tmp_path: Path) -> None:
    for text in (compact({"Records": RECORDS})[:-9], b'{"Records": [{"eventVersion": "2.1"}]}'):
        ((_, why),) = read_text(tmp_path, text).bad
        assert "jq" not in why


def test_no_log_of_cloudtrail_s_is_taken_for_something_else() -> None:
    for text in (compact({"Records": RECORDS}), indented({"Records": RECORDS}), b"", b"\xff\xfe\0"):
        assert what_it_is(text) == ""


def test_marks_of_encodings_are_undone() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert as_utf8('{"é": 1}'.encode(encoding)) == '{"é": 1}'.encode()
