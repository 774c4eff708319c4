"""The list of suffixes is kept by hand; botocore tells what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import botocore

from endpoint_router.aws.dns_suffixes import AWS_SUFFIXES


def test_suffixes_are_those_of_botocore() -> None:
    data = Path(botocore.__file__).parent / "data" / "partitions.json"
    outputs = [one["outputs"] for one in json.loads(data.read_text())["partitions"]]
    known = {output[key] for output in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")}
    assert len(known) >= 8
    assert known <= set(AWS_SUFFIXES)
