"""What CloudTrail calls operations: names that botocore's models have, too."""

from __future__ import annotations

import pytest
from botocore.session import Session

from endpoint_router.aws.cloudtrail import _NAMES, event_name, is_data_event, operations_called

#: Newer than the oldest botocore that is supported.
NEW = frozenset(("CreateSession",))


@pytest.mark.parametrize(
    ("service", "management"),
    [
        ("cloudwatch", "PutMetricAlarm"),
        ("dynamodb", "ListTables"),
        ("dynamodbstreams", "ListStreams"),
        ("kinesis", "ListStreams"),
        ("lambda", "ListFunctions"),
        ("s3", "ListBuckets"),
        ("sns", "ListTopics"),
        ("sqs", "ListQueues"),
    ],
)
def test_data_events_are_operations_of_the_service(service: str, management: str) -> None:
    model = Session().get_service_model(service)
    names = {event_name(service, operation) for operation in model.operation_names}
    assert _NAMES[service] - NEW <= names
    assert not is_data_event(service, management)
    assert all(is_data_event(service, name) for name in _NAMES[service])


def test_names_of_s3() -> None:
    assert event_name("s3", "ListObjectsV2") == "ListObjects"
    assert event_name("s3", "GetBucketLifecycleConfiguration") == "GetBucketLifecycle"
    assert event_name("s3", "PutPublicAccessBlock") == "PutBucketPublicAccessBlock"
    assert event_name("s3control", "PutPublicAccessBlock") == "PutPublicAccessBlock"
    assert event_name("config", "PutConfiguration") == "PutConfiguration"
    assert not is_data_event("nobody's", "GetObject")


def test_names_lead_back_to_their_operations() -> None:
    model = Session().get_service_model("s3")
    for operation in model.operation_names:
        name = event_name("s3", operation)
        assert operation in operations_called("s3", name)
        assert event_name("s3", name) == name  # as it is written in a record
