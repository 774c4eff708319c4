"""The list of suffixes is kept by hand; botocore tells what is missing."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import botocore

from endpoint_router.aws.dns_suffixes import AWS_SUFFIXES, RARE_SUFFIXES


def test_suffixes_are_those_of_botocore() -> None:
    data = Path(botocore.__file__).parent / "data" / "partitions.json"
    outputs = [one["outputs"] for one in json.loads(data.read_text())["partitions"]]
    known = {output[key] for output in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")}
    assert len(known) >= 8
    assert known <= set(AWS_SUFFIXES)


def test_no_ruleset_names_a_host_with_another_suffix() -> None:
    """Else its calls would be refused where anything is demanded, as those of nobody's host."""
    known = tuple(f".{suffix}" for suffix in (*AWS_SUFFIXES, *RARE_SUFFIXES))
    data = Path(botocore.__file__).parent / "data"
    seen = 0
    for path in data.glob("*/*/endpoint-rule-set-1.json*"):
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for url in re.findall(r'"url":\s*"https?://([^"/]*)', text.decode()):
            # Others end in the suffix of a partition, or are a URL that was given.
            if not url.endswith("}") and url != "localhost:8000":
                assert url.endswith(known), (path, url)
                seen += 1
    assert seen > 10
