"""Where CloudTrail has one name for several clients or operations, each may have been it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from endpoint_router.audit.judging import Judge

from .judged import host, judge_by, verdict


def judge_with_waiver(folder: Path, selectors: str) -> Judge:
    rule = f'[[rules]]\n{selectors}\nfips = "off"\nreason = "SEC-1"\n'
    return judge_by(folder, f'version = 1\n[defaults]\nfips = "require"\n{rule}')


@pytest.mark.parametrize("waived", ["ses", "sesv2"])
def test_of_two_clients_with_a_name_either_may_have_called(tmp_path: Path, waived: str) -> None:
    judge = judge_with_waiver(tmp_path, f'services = ["{waived}"]')
    plain: dict[str, Any] = {"service": "ses", "host": host("email")}
    found = verdict(judge, eventName="SendEmail", **plain)
    assert (found.name, found.kind) == ("no-evidence", "client")
    # One that botocore does not know may be of either, too.
    assert verdict(judge, eventName="NewestThing", **plain).kind == "client"
    names = {"ses": "SendRawEmail", "sesv2": "CreateContactList"}
    assert verdict(judge, eventName=names.pop(waived), **plain).name == "complies"
    (other,) = names.values()
    assert verdict(judge, eventName=other, **plain).name == "violates"


@pytest.mark.parametrize("waived", ["ListObjects", "ListObjectsV2"])
def test_of_two_operations_with_a_name_it_may_be_either(tmp_path: Path, waived: str) -> None:
    judge = judge_with_waiver(tmp_path, f'services = ["s3"]\noperations = ["{waived}"]')
    found = verdict(judge, service="s3", eventName="ListObjects", host="b." + host("s3"))
    assert (found.name, found.kind) == ("no-evidence", "client")


def test_cloudtrail_has_another_name_for_some_operations_of_s3(tmp_path: Path) -> None:
    name = "GetBucketAccelerateConfiguration"
    judge = judge_with_waiver(tmp_path, f'services = ["s3"]\noperations = ["{name}"]')
    plain: dict[str, Any] = {"service": "s3", "host": "b." + host("s3")}
    assert verdict(judge, eventName="GetAccelerateConfiguration", **plain).name == "complies"
    assert verdict(judge, eventName="GetBucketAcl", **plain).name == "violates"
