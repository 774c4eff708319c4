"""The calls that worlds are made of: one for each way in which botocore arrives at a host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

ACCOUNT = "111122223333"


class Call(msgspec.Struct, frozen=True):
    """An operation with its parameters, and what a ruleset wants to know of it besides."""

    service: str
    method: str
    operation: str
    parameters: Mapping[str, Any] = {}
    #: Inputs of the ruleset besides the usual ones; a list holds what clients may choose among.
    inputs: Mapping[str, Any] = {}
    #: Label of its interface endpoint, as in its DNS name; empty: none.
    label: str = ""
    #: Named by its parameters, and put before or in place of the host by botocore itself.
    names: str = ""


_S3 = {
    "ForcePathStyle": [False, True],
    "UseGlobalEndpoint": [False, True],
    "Accelerate": [False, True],
    "UseArnRegion": True,
    "DisableMultiRegionAccessPoints": False,
}
_ID = {"AccountId": [None, ACCOUNT], "AccountIdEndpointMode": "preferred"}
_TWIN = {"UseGlobalEndpoint": [False, True]}
POINT = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/point"


def _s3(method: str, operation: str, bucket: str = "", **rest: Any) -> Call:
    named = {"Bucket": bucket} if bucket else {}
    inputs = {**_S3, **named, **rest.pop("inputs", {})}
    return Call("s3", method, operation, {**named, **rest}, inputs, "s3")


def _list(bucket: str) -> Call:
    return _s3("list_objects_v2", "ListObjectsV2", bucket)


CALLS: dict[str, Call] = {
    "kms": Call("kms", "list_keys", "ListKeys", label="kms"),
    "kms decrypt": Call("kms", "decrypt", "Decrypt", {"CiphertextBlob": b"x"}, label="kms"),
    "sqs": Call("sqs", "list_queues", "ListQueues", label="sqs"),
    "sqs url": Call(
        "sqs",
        "send_message",
        "SendMessage",
        {"QueueUrl": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/q", "MessageBody": "x"},
        label="sqs",
    ),
    "sns": Call("sns", "list_topics", "ListTopics", label="sns"),
    "sts": Call("sts", "get_caller_identity", "GetCallerIdentity", inputs=_TWIN, label="sts"),
    "buckets": _s3("list_buckets", "ListBuckets"),
    "bucket": _list("zzbucket"),
    "object": _s3("get_object", "GetObject", "zzbucket", Key="k"),
    "upload": _s3("put_object", "PutObject", "zzbucket", Key="k", Body=b"x"),
    "head": _s3("head_bucket", "HeadBucket", "zzbucket"),
    "dotted": _list("zz.bucket"),
    "alias": _list("zz-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"),
    "access point": _list(POINT),
    "access point elsewhere": _list(POINT.replace("us-east-1", "eu-west-1")),
    "object lambda": _s3(
        "get_object", "GetObject", POINT.replace(":s3:", ":s3-object-lambda:"), Key="k"
    ),
    "outpost": _list(
        f"arn:aws:s3-outposts:us-east-1:{ACCOUNT}:outpost/op-01234567890123456/accesspoint/point"
    ),
    "multi-region": _list(f"arn:aws:s3::{ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap"),
    "express": _list("zz--use1-az4--x-s3"),
    "control": Call(
        "s3control",
        "list_access_points",
        "ListAccessPoints",
        {"AccountId": ACCOUNT},
        {"AccountId": ACCOUNT, "RequiresAccountId": True, "UseArnRegion": True},
        "s3",
    ),
    "tables": Call("dynamodb", "list_tables", "ListTables", inputs=_ID, label="dynamodb"),
    "streams": Call(
        "kinesis",
        "list_streams",
        "ListStreams",
        inputs={**_ID, "OperationType": ["control", "data"]},
        label="kinesis-streams",
    ),
    "iam": Call("iam", "list_users", "ListUsers"),
    "route53": Call("route53", "list_hosted_zones", "ListHostedZones"),
    "organizations": Call("organizations", "list_roots", "ListRoots"),
    "savingsplans": Call("savingsplans", "describe_savings_plans", "DescribeSavingsPlans"),
    "support": Call("support", "describe_services", "DescribeServices"),
    "networkmanager": Call("networkmanager", "describe_global_networks", "DescribeGlobalNetworks"),
    "health": Call("health", "describe_events", "DescribeEvents"),
    "ses": Call("ses", "list_identities", "ListIdentities", label="email"),
    "logs": Call("logs", "describe_log_groups", "DescribeLogGroups", label="logs"),
    "metrics": Call("cloudwatch", "list_metrics", "ListMetrics", label="monitoring"),
    "ecr": Call("ecr", "describe_repositories", "DescribeRepositories", label="api.ecr"),
    "secrets": Call("secretsmanager", "list_secrets", "ListSecrets", label="secretsmanager"),
    "lambda": Call("lambda", "list_functions", "ListFunctions", label="lambda"),
    "states": Call("stepfunctions", "list_activities", "ListActivities", label="states"),
    "sync states": Call(
        "stepfunctions",
        "start_sync_execution",
        "StartSyncExecution",
        {"stateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"},
        label="sync-states",
    ),
    "discover": Call(
        "servicediscovery",
        "discover_instances",
        "DiscoverInstances",
        {"NamespaceName": "n", "ServiceName": "s"},
        label="data-servicediscovery",
    ),
    "rules": Call("events", "list_rules", "ListRules", label="events"),
    "global events": Call(
        "events",
        "put_events",
        "PutEvents",
        {"Entries": [{"Source": "x"}], "EndpointId": "abcde.veo"},
        {"EndpointId": "abcde.veo"},
        "events",
    ),
    "timestream": Call("timestream-query", "query", "Query", {"QueryString": "SELECT 1"}),
    "predict": Call(
        "machinelearning",
        "predict",
        "Predict",
        {"MLModelId": "m", "Record": {}, "PredictEndpoint": "{}"},
    ),
}
