"""What is given in the place of a log of CloudTrail's, or was made of one on the way.

Told by how a text begins, and looked at only after it could not be read. What a shell changed, and
what says for certain how to undo it, is undone.
"""

from __future__ import annotations

import codecs
import re

_LINES = "give a record on each line"
#: What becomes of a file as the console and the AWS CLI write it.
AS_LINES = f"{_LINES}, as by jq -c '.Records[]' or jq -r '.Events[].CloudTrailEvent'"
#: Of JSON that may be CloudTrail's, and holds nothing of it.
NO_RECORDS = "no records of CloudTrail in it"
_UNPACK = "unpack it first"
_OWN = "give the trail's own files"
_OUT = "take it out of the sources, and name it by"
#: How a file begins, and what it is.
_PACKED = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ\0": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "packed twice",
    b"PAR1": "Parquet, which is not read here: let Athena count (--athena), or, of Security "
    f"Lake's, {_OWN}",
}
#: What is in a text's beginning, and what it is; the first that is there counts.
_TEXTS = tuple(
    (re.compile(pattern, re.ASCII), what)
    for pattern, what in (
        (rb'\A"?Event ID"?,"?Event time', "the event history as CSV, which names no hosts: "
         "download it as JSON"),
        (rb"\AEVENTS\t", "text of `aws cloudtrail lookup-events`: ask by --output json"),
        (rb"\A-{3,}\s*\|", "a table of the AWS CLI's: ask by --output json"),
        (rb"\A(?:Events|Records):\s", "YAML: ask by --output json"),
        (rb"\A\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00) [^{\n]*\{", "an export of CloudWatch Logs: "
         f"{_LINES}, without what is in front of it"),
        (rb'"QueryResultRows"', "results of CloudTrail Lake, which do not say all that counts: "
         "ask what --sql --dialect lake prints, and give its CSV by --results"),
        (rb'"class_uid"\s*:', "of OCSF, as Security Lake makes it, which has no place for hosts: "
         f"{_OWN}"),
        (rb'"detail-type"', f"of EventBridge: {_LINES}, as by jq -c .detail"),
        (rb'"(?:logStreamName|ingestionTime)"', "of CloudWatch Logs: "
         f"{_LINES}, as by jq -r .events[].message"),
        (rb'"VpcEndpoints"', f"VPC endpoints: {_OUT} --endpoints"),
        (rb'"(?:Advanced)?EventSelectors"', f"what a trail selects: {_OUT} --trail"),
        (rb'"PublicKeyList"', f"public keys: {_OUT} --public-keys"),
        (rb'"digestS3Bucket"', "a digest under another name"),
        (rb"\A<(?:\?xml|Error|!DOCTYPE|html)", "XML or HTML, as an error page is: fetch it again"),
    )
)  # fmt: skip
#: What may be around records: how it shows, and how jq gets them out of it.
_AROUND = tuple(
    (re.compile(pattern, re.ASCII), f"CloudTrail's records in {what}: {_LINES}, as by jq -c {jq}")
    for pattern, what, jq in (
        (rb'\\"eventVersion\\"\s*:\s*\\"1\.', "texts of something else",
         "'.. | strings | fromjson? | objects | select(.eventSource)'"),
        (rb'"eventVersion"\s*:\s*"1\.', "something else",
         "'.. | objects | select(.eventSource)'"),
    )
)  # fmt: skip
#: Where the header of a tar archive says that it is one.
_TAR = slice(257, 262)


def as_utf8(text: bytes) -> bytes:
    """*text* without a mark of its encoding; that of PowerShell's ``>``, UTF-16, is undone.

    :raises UnicodeDecodeError: it is not what its mark says.
    """
    if text[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return text.decode("utf-16").encode()
    return text.removeprefix(codecs.BOM_UTF8)


def what_it_is(beginning: bytes) -> str:
    """What begins so, and what to do about it; empty if nobody knows.

    :param beginning: some hundred bytes, unpacked if gzip packed them.
    """
    for mark, what in _PACKED.items():
        if beginning.startswith(mark):
            return what if ":" in what else f"{what}: {_UNPACK}"
    if beginning[_TAR] == b"ustar":
        return f"a tar archive: {_UNPACK}"
    try:
        text = as_utf8(beginning[: len(beginning) & ~1])
    except UnicodeDecodeError:
        return ""
    text = text.lstrip()
    return next((what for pattern, what in _TEXTS if pattern.search(text)), "")


def with_way_in(why: str, beginning: bytes) -> str:
    """*why* a text was not read; else how to get at records that something is wrapped around."""
    if why != NO_RECORDS:
        return why
    return next((way for pattern, way in _AROUND if pattern.search(beginning)), why)
