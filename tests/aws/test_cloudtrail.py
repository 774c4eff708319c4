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


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("s3", "ListObjectsV2", "ListObjects"),
        ("s3express", "ListObjectsV2", "ListObjects"),
        ("s3", "GetBucketLifecycleConfiguration", "GetBucketLifecycle"),
        ("s3", "PutBucketNotificationConfiguration", "PutBucketNotification"),
        ("s3", "GetBucketAnalyticsConfiguration", "GetBucketAnalyticsConfiguration"),
        ("s3", "GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
        ("s3", "PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
        ("s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
        ("s3control", "PutPublicAccessBlock", "PutAccountPublicAccessBlock"),
        ("s3", "PutAccountPublicAccessBlock", "PutAccountPublicAccessBlock"),
        ("config", "PutConfiguration", "PutConfiguration"),
    ],
)
def test_names_of_s3(service: str, operation: str, name: str) -> None:
    assert event_name(service, operation) == name
    assert operation in operations_called(service, name)


def test_what_is_nobodys_is_no_data_event() -> None:
    assert not is_data_event("nobody's", "GetObject")


@pytest.mark.parametrize("service", ["s3", "s3control"])
def test_names_lead_back_to_their_operations(service: str) -> None:
    model = Session().get_service_model(service)
    for operation in model.operation_names:
        name = event_name(service, operation)
        assert operation in operations_called(service, name)
        assert event_name(service, name) == name  # as it is written in a record
