"""What a request asks for, and what AWS could have answered: tables of operations and results.

Values and text only. No socket lives here, and nothing is kept between requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from endpoint_router.lab.values import Fault, Reply, Seen

Result = Mapping[str, Any]
_SECRETS = {"AccessKeyId": "ASIALAB", "SecretAccessKey": "lab", "SessionToken": "lab"}
_CREDENTIALS = {**_SECRETS, "Expiration": "2099-01-01T00:00:00Z"}
_ROLE = {"AssumedRoleId": "AROALAB:lab", "Arn": "arn:aws:sts::111122223333:assumed-role/lab/lab"}
_ASSUMED = {"Credentials": _CREDENTIALS, "AssumedRoleUser": _ROLE}
_USER = {"Path": "/", "UserName": "lab", "Arn": "arn:aws:iam::111122223333:user/lab"}
_KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
_QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/lab"
_OBJECT = {"Bucket": "lab", "Key": "lab"}

#: Results by (signing service, operation). The service of an unsigned call is empty.
JSON: Mapping[tuple[str, str], Result] = {
    ("kms", "ListKeys"): {"Keys": [{"KeyId": "lab", "KeyArn": _KEY}], "Truncated": False},
    ("kms", "Encrypt"): {"CiphertextBlob": "bGFi", "KeyId": _KEY},
    ("kms", "GenerateDataKey"): {"CiphertextBlob": "bGFi", "Plaintext": "bGFi", "KeyId": _KEY},
    ("sqs", "ListQueues"): {"QueueUrls": [_QUEUE]},
    ("sqs", "SendMessage"): {"MessageId": "lab-1", "MD5OfMessageBody": "0" * 32},
    ("dynamodb", "ListTables"): {"TableNames": ["lab"]},
    ("dynamodb", "GetItem"): {"Item": {"id": {"S": "lab"}}},
    ("ses", "GetAccount"): {"SendingEnabled": True},
    ("ses", "SendEmail"): {"MessageId": "lab-1"},
    ("lambda", "ListFunctions"): {"Functions": [{"FunctionName": "lab"}]},
    ("lambda", "Invoke"): {"lab": True},
    ("states", "StartSyncExecution"): {
        "status": "SUCCEEDED",
        "output": "{}",
        "startDate": 1767225600,
    },
    ("logs", "DescribeLogGroups"): {"logGroups": [{"logGroupName": "lab"}]},
    ("ssm", "GetParameter"): {"Parameter": {"Name": "lab", "Type": "String", "Value": "lab"}},
}
XML: Mapping[tuple[str, str], Result] = {
    ("sts", "GetCallerIdentity"): {"Account": "111122223333", "UserId": "lab", "Arn": _ROLE["Arn"]},
    ("sts", "AssumeRole"): _ASSUMED,
    ("", "AssumeRoleWithWebIdentity"): _ASSUMED,
    ("sqs", "ListQueues"): {"QueueUrl": [_QUEUE]},
    ("sqs", "SendMessage"): {"MessageId": "lab-1", "MD5OfMessageBody": "0" * 32},
    ("iam", "ListUsers"): {"Users": {"member": [_USER]}, "IsTruncated": "false"},
    ("iam", "GetUser"): {"User": _USER},
    ("ses", "SendEmail"): {"MessageId": "lab-1"},
    ("ses", "ListIdentities"): {"Identities": {"member": ["lab@example.com"]}},
    ("ec2", "DescribeRegions"): {"regionInfo": {"item": [{"regionName": "us-east-1"}]}},
    ("ec2", "CopySnapshot"): {"snapshotId": "snap-11111111111111111"},
    ("monitoring", "ListMetrics"): {"Metrics": {"member": [{"Namespace": "lab"}]}},
    ("route53", "ListHostedZones"): {
        "HostedZones": {"HostedZone": [{"Id": "LAB", "Name": "lab."}]}
    },
    ("s3", "ListBuckets"): {"Owner": {"ID": "lab"}, "Buckets": {"Bucket": [{"Name": "lab"}]}},
    ("s3", "ListObjects"): {"Name": "lab", "Contents": [{"Key": "lab", "Size": "3"}]},
    ("s3", "CreateMultipartUpload"): {**_OBJECT, "UploadId": "lab-upload"},
    ("s3", "CompleteMultipartUpload"): {**_OBJECT, "ETag": '"lab-1"'},
    ("s3", "CopyObject"): {"ETag": '"lab"'},
    ("s3", "CreateSession"): {"Credentials": _CREDENTIALS},
}
_S3 = ("s3", "s3express", "s3-object-lambda", "s3-outposts")

#: REST operations: signing service, method, path, name. S3's depend on the host: see below.
_ROUTES = (
    ("lambda", "GET", r"/2015-03-31/functions/?", "ListFunctions"),
    ("lambda", "POST", r"/2015-03-31/functions/[^/]+/invocations", "Invoke"),
    ("ses", "GET", r"/v2/email/account", "GetAccount"),
    ("ses", "POST", r"/v2/email/outbound-emails", "SendEmail"),
    ("route53", "GET", r"/2013-04-01/hostedzone", "ListHostedZones"),
)
#: S3 operations by method and sub-resource, then by method and what the path names.
_S3_QUERIES = (
    ("POST", "uploads", "CreateMultipartUpload"),
    ("PUT", "uploadId", "UploadPart"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("GET", "session", "CreateSession"),
    ("GET", "list-type", "ListObjects"),
)
_S3_PATHS = (
    {"GET": "ListBuckets"},
    {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"},
    {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"},
)
#: Of every path of S3's control plane, which signs as S3 does.
_S3_CONTROL = "/v20180820/"
#: Hosts whose first label is the service and not a bucket.
_S3_HOST = re.compile(
    r"s3[.-]|s3express|(bucket|accesspoint|control)\.vpce-|vpce-|localhost|[\d\[]"
)


def scope(headers: Message, query: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    """Service, region and signed headers of a SigV4 or SigV4A signature, header or presigned."""
    fields = _signature(headers)
    credential = fields.get("Credential", query.get("X-Amz-Credential", ""))
    signed = fields.get("SignedHeaders", query.get("X-Amz-SignedHeaders", ""))
    regions = headers.get("X-Amz-Region-Set", query.get("X-Amz-Region-Set", ""))
    parts = credential.split("/")[2:]
    if len(parts) == 3:
        return parts[1], parts[0], tuple(signed.split(";"))
    return (parts[0] if parts else ""), regions, tuple(signed.split(";") if signed else ())


def access_key(headers: Message, query: Mapping[str, str]) -> str:
    """The id of the key that signed; empty when unsigned."""
    credential = _signature(headers).get("Credential", query.get("X-Amz-Credential", ""))
    return credential.partition("/")[0]


def _signature(headers: Message) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=([^,\s]+)", headers.get("Authorization", "")))


def operation(
    method: str, host: str, path: str, query: Mapping[str, str], target: str, service: str
) -> str:
    """The operation's name in the API's spelling; empty where the tables do not know it."""
    if target:
        return target.rpartition(".")[2]
    if found := re.fullmatch(r"/service/[^/]+/operation/(\w+)", path):  # smithy-rpc-v2-cbor
        return found[1]
    if "Action" in query:
        return query["Action"]
    if service in _S3 and not path.startswith(_S3_CONTROL):
        for verb, marker, name in _S3_QUERIES:
            if verb == method and marker in query:
                return name
        depth = len([part for part in path.split("/", 2) if part]) + (not _S3_HOST.match(host))
        return _S3_PATHS[min(depth, 2)].get(method, "")
    named = (n for s, m, p, n in _ROUTES if (s, m) == (service, method) and re.fullmatch(p, path))
    return next(named, "")


def _xml(content: Result) -> str:
    """Elements; a list repeats its element."""
    text = ""
    for tag, value in content.items():
        for item in value if isinstance(value, list) else [value]:
            inner = _xml(item) if isinstance(item, Mapping) else escape(item)
            text += f"<{tag}>{inner}</{tag}>"
    return text


def _rendered(seen: Seen, kind: str, result: tuple[Result, Result], status: int = 200) -> Reply:
    """*result* as JSON or as XML, in the protocol of the request's content type *kind*."""
    if "cbor" in kind:  # an empty map is a complete answer; errors are told by the status
        headers = (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
        return Reply(status, headers, b"\xa0")
    if "form-urlencoded" in kind or seen.service in (*_S3, "route53"):
        return Reply(status, (("Content-Type", "text/xml"),), _xml(result[1]).encode())
    kind = kind if "json" in kind else "application/json"
    return Reply(status, (("Content-Type", kind),), json.dumps(result[0]).encode())


def canned(seen: Seen, kind: str) -> Reply:
    """What AWS could have answered. *kind* is the content type of the request."""
    name = (seen.service, seen.operation)
    if seen.operation == "DescribeEndpoints":
        cell = {"Address": seen.host, "CachePeriodInMinutes": 60}
        return _rendered(seen, kind, ({"Endpoints": [cell]}, {}))
    if seen.service in _S3:
        name = ("s3", seen.operation)
        headers = (("ETag", '"lab"'), ("x-amz-bucket-region", seen.region))
        if seen.operation == "GetObject" or (seen.method != "GET" and name not in XML):
            return Reply(200, headers, b"lab" if seen.method == "GET" else b"")
    result = XML.get(name, {})
    # One body for all: the query protocol looks for the wrapper, rest-xml and ec2 do without.
    wrapped = {**result, f"{seen.operation}Result": result}
    return _rendered(seen, kind, (JSON.get(name, {}), {"Response": wrapped}))


def failed(seen: Seen, kind: str, fault: Fault) -> Reply:
    """The error that *fault* describes, in the protocol of the request."""
    code = fault.code or HTTPStatus(fault.status).phrase.replace(" ", "")
    error = {"Code": code, "Message": "told to fail"}
    tree: Result = {"Error": error}
    if seen.service not in _S3:
        tree = {"ErrorResponse": {**tree, "Errors": {"Error": error}}}
    reply = _rendered(seen, kind, ({"__type": code, "message": "told to fail"}, tree), fault.status)
    return replace(reply, headers=reply.headers + fault.headers)
