"""What people have of CloudTrail by other ways is read, or named with a way out."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
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
    "download it as JSON": b"Event ID,Event time,User name\n",
    "lookup-events`: ask by --output json": b"EVENTS\tAKIA\t{}\n",
    "YAML: ask by --output json": b"Events:\n- EventId: 1\n",
    "table of the AWS CLI's": b"-----------\n|  LookupEvents |\n",
    "CloudWatch Logs: give a record": b"2026-11-20T10:00:00.123Z " + compact(RECORDS[0]),
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


def test_no_log_of_cloudtrail_s_is_taken_for_something_else() -> None:
    for text in (compact({"Records": RECORDS}), indented({"Records": RECORDS}), b"", b"\xff\xfe\0"):
        assert what_it_is(text) == ""


def test_marks_of_encodings_are_undone() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert as_utf8('{"é": 1}'.encode(encoding)) == '{"é": 1}'.encode()
