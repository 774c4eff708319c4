"""What CloudTrail calls an operation, and which operations it records as data events. Pure.

From the documentation of services. One that is not in the table may have data events, too; which
of them a trail records is its own matter: none, unless it was told to.
"""

from __future__ import annotations

from collections.abc import Mapping

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


#: Of S3's operations, what CloudTrail writes another word for; those of accounts are S3 Control's.
_BLOCK, _BUCKETS_BLOCK = "PublicAccessBlock", "BucketPublicAccessBlock"


def event_name(service: str, operation: str) -> str:
    """``eventName`` of an *operation* in the API's spelling, but for the dates in Lambda's."""
    if service != "s3":
        return operation
    if _BUCKETS_BLOCK not in operation:
        operation = operation.replace(_BLOCK, _BUCKETS_BLOCK)
    # GetBucketLifecycleConfiguration is called GetBucketLifecycle.
    return (
        "ListObjects" if operation == "ListObjectsV2" else operation.removesuffix("Configuration")
    )


def operations_called(service: str, name: str) -> tuple[str, ...]:
    """What an operation whose ``eventName`` is *name* may be, in the API's spelling; not all exist.

    :param service: boto3 client name.
    """
    if service != "s3":
        return (name,)
    newer = ("ListObjectsV2",) if name == "ListObjects" else ()
    return (name.replace(_BUCKETS_BLOCK, _BLOCK), f"{name}Configuration", *newer)


def is_data_event(service: str, name: str) -> bool:
    """Is it recorded as a data event, where it is?

    :param service: boto3 client name.
    :param name: ``eventName``.
    """
    return name in _NAMES.get(service, ())
