"""What CloudTrail calls an operation, and which operations it records as data events. Pure.

From the documentation of services. One that is not in the table may have data events, too; which
of them a trail records is its own matter: none, unless it was told to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

#: By boto3 client, CloudTrail's names of operations.
_DATA: Mapping[str, str] = {
    "cloudwatch": "PutMetricData",
    "dynamodb": (
        "BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement"
        " ExecuteTransaction GetItem PutItem Query Scan TransactGetItems TransactWriteItems"
        " UpdateItem"
    ),
    "dynamodbstreams": "GetRecords GetShardIterator",
    "kinesis": "GetRecords GetShardIterator PutRecord PutRecords SubscribeToShard",
    "lambda": "Invoke",
    "s3": (
        "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload"
        " CreateSession DeleteObject DeleteObjectTagging DeleteObjects GetObject GetObjectAcl"
        " GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging"
        " GetObjectTorrent HeadBucket HeadObject ListMultipartUploads ListObjectVersions"
        " ListObjects ListParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention"
        " PutObjectTagging RestoreObject SelectObjectContent UploadPart UploadPartCopy"
    ),
    "sns": "Publish PublishBatch",
    "sqs": (
        "ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch"
        " ReceiveMessage SendMessage SendMessageBatch"
    ),
}
_NAMES = {service: frozenset(names.split()) for service, names in _DATA.items()}


#: What CloudTrail writes for the end of an operation's name: that of S3, and of S3 Control.
_S3_WORDS: Mapping[str, str] = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketLifecycleConfiguration": "BucketLifecycle",
    "BucketNotificationConfiguration": "BucketNotification",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "ObjectsV2": "Objects",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
_S3_CONTROL_WORDS: Mapping[str, str] = {"PublicAccessBlock": "AccountPublicAccessBlock"}
#: By boto3 client, or the event's source: CloudTrail makes services of some kinds of buckets.
_WORDS: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("s3", "s3express", "s3-object-lambda", "s3-outposts"), _S3_WORDS),
    "s3control": _S3_CONTROL_WORDS,
}
_VERBS = frozenset(("Delete", "Get", "List", "Put"))


def event_name(service: str, operation: str) -> str:
    """``eventName`` of an *operation* in the API's spelling, but for the dates in Lambda's.

    What is an ``eventName`` already stays as it is.
    """
    words = _WORDS.get(service, {})
    return next(iter(_with_another_end(operation, words.items())), operation)


def operations_called(service: str, name: str) -> tuple[str, ...]:
    """What an operation whose ``eventName`` is *name* may be, in the API's spelling; not all exist.

    :param service: boto3 client name.
    """
    words = _WORDS.get(service, {})
    return (name, *_with_another_end(name, ((to, of) for of, to in words.items())))


def _with_another_end(name: str, ends: Iterable[tuple[str, str]]) -> Iterator[str]:
    for end, other in ends:
        verb = name.removesuffix(end)
        if verb in _VERBS:
            yield f"{verb}{other}"


def is_data_event(service: str, name: str) -> bool:
    """Is it recorded as a data event, where it is?

    :param service: boto3 client name.
    :param name: ``eventName``.
    """
    return name in _NAMES.get(service, ())
