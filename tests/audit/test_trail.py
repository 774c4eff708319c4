"""What the selectors of a trail record, of either kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from endpoint_router.audit.trail import Recorded, of_file
from endpoint_router.cli.audit_trail import records, records_not

MANAGEMENT = Recorded("Management")
KMS, RDS = "kms.amazonaws.com", "rdsdata.amazonaws.com"


def advanced(category: str, **fields: Any) -> dict[str, Any]:
    """``resources__type=[…]``; a dict stands for what is not ``Equals``."""
    chosen = [{"Field": "eventCategory", "Equals": [category]}]
    for name, value in fields.items():
        values = value if isinstance(value, dict) else {"Equals": value}
        chosen.append({"Field": name.replace("__", "."), **values})
    return {"FieldSelectors": chosen}


def data(*values: str, type: str = "AWS::S3::Object") -> dict[str, Any]:
    return {"DataResources": [{"Type": type, "Values": list(values)}]}


BASIC: dict[str, tuple[Sequence[dict[str, Any]], Sequence[Recorded]]] = {
    "the default": ([{}], [MANAGEMENT]),
    "no management": ([{"IncludeManagementEvents": False}], []),
    "two halves": (
        [{"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"}],
        [MANAGEMENT],
    ),
    "without keys": (
        [{"ExcludeManagementEventSources": [RDS, KMS]}],
        [Recorded("Management", excluded=(KMS, RDS))],
    ),
    "what one leaves out another records": (
        [{"ExcludeManagementEventSources": [RDS, KMS]}, {"ExcludeManagementEventSources": [RDS]}],
        [Recorded("Management", excluded=(RDS,))],
    ),
    "of keys only what reads": (
        [{"ExcludeManagementEventSources": [KMS]}, {"ReadWriteType": "ReadOnly"}],
        [Recorded("Management", excluded=(KMS,))],
    ),
    "all objects": ([data("arn:aws:s3")], [Recorded("Data", "AWS::S3::Object"), MANAGEMENT]),
    "all objects, of old": (
        [data("arn:aws-us-gov:s3:::")],
        [Recorded("Data", "AWS::S3::Object"), MANAGEMENT],
    ),
    "all functions": (
        [data("arn:aws:lambda", type="AWS::Lambda::Function")],
        [Recorded("Data", "AWS::Lambda::Function"), MANAGEMENT],
    ),
    "some buckets": (
        [data("arn:aws:s3:::a/", "arn:aws:s3:::b/c")],
        [Recorded("Data", "AWS::S3::Object", only=("resources.ARN",)), MANAGEMENT],
    ),
}


@pytest.mark.parametrize("name", BASIC)
def test_basic_selectors(name: str) -> None:
    selectors, expected = BASIC[name]
    assert list(read(EventSelectors=selectors).recorded) == list(expected)


ADVANCED: dict[str, tuple[Sequence[dict[str, Any]], Sequence[Recorded]]] = {
    "nothing": ([], []),
    "management": ([advanced("Management")], [MANAGEMENT]),
    "what writes": (
        [advanced("Management", readOnly=["false"])],
        [Recorded("Management", reads=False)],
    ),
    "what does not read": (
        [advanced("Management", readOnly={"NotEquals": ["true"]})],
        [Recorded("Management", reads=False)],
    ),
    "without keys": (
        [advanced("Management", eventSource={"NotEquals": [KMS]})],
        [Recorded("Management", excluded=(KMS,))],
    ),
    "only keys": (
        [advanced("Management", eventSource=[KMS])],
        [Recorded("Management", only=("eventSource",))],
    ),
    "objects of some buckets": (
        [
            advanced(
                "Data",
                resources__type=["AWS::S3::Object"],
                resources__ARN={"StartsWith": ["arn:aws:s3:::a/"]},
            )
        ],
        [Recorded("Data", "AWS::S3::Object", only=("resources.ARN",))],
    ),
    "all besides some": (
        [
            advanced("Data", resources__type=["AWS::S3::Object"], eventName=["PutObject"]),
            advanced("Data", resources__type=["AWS::S3::Object"]),
        ],
        [Recorded("Data", "AWS::S3::Object")],
    ),
    "paths": (
        [advanced("NetworkActivity", eventSource=[KMS])],
        [Recorded("NetworkActivity", KMS)],
    ),
    "paths that were barred": (
        [advanced("NetworkActivity", eventSource=[KMS], errorCode=["VpceAccessDenied"])],
        [Recorded("NetworkActivity", KMS, only=("errorCode",))],
    ),
}


@pytest.mark.parametrize("name", ADVANCED)
def test_advanced_selectors(name: str) -> None:
    selectors, expected = ADVANCED[name]
    assert list(read(AdvancedEventSelectors=selectors).recorded) == list(expected)


def read(**selectors: Any) -> Any:
    return of_file("selectors.json", json.dumps(selectors).encode())


def test_in_words() -> None:
    trail = read(
        AdvancedEventSelectors=[
            advanced("Management", readOnly=["false"]),
            advanced("NetworkActivity", eventSource=[KMS], errorCode=["VpceAccessDenied"]),
            advanced("Data", resources__type=["AWS::Lambda::Function"], readOnly=["true"]),
        ]
    )
    assert records(trail) == (
        "writing management events; data events of Lambda Function (reading); network activity of"
        " kms (some, by errorCode)"
    )
    assert records_not(trail) == (
        "reading management events; data events of S3 Object, DynamoDB Table, SQS Queue, SNS Topic,"
        " ...; network activity of others"
    )
    nothing = read(EventSelectors=[])
    assert records(nothing) == "nothing that an audit could read"
    assert records_not(nothing) == "management events; data events; network activity"


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"EventSelectors": 1}', b"[" * 9999])
def test_what_is_no_such_answer(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        of_file("selectors.json", text)
