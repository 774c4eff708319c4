"""HTTPS endpoints that take any AWS call: what they saw is the evidence, what they say is canned.

Here live the HTTP/1.1 server, the record of each request, and one table of replies. Nothing here
checks a signature, keeps an object, or knows of DNS, policies and the router.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase, BytesIO
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from endpoint_router.lab import LOOPBACK, Address, Fault, Reply, Seen, TcpServer

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
#: Hosts whose first label is the service and not a bucket.
_S3_HOST = re.compile(
    r"s3[.-]|s3express|(bucket|accesspoint|control)\.vpce-|vpce-|localhost|[\d\[]"
)


def _scope(headers: Message, query: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    """Service, region and signed headers of a SigV4 or SigV4A signature, header or presigned."""
    fields = dict(re.findall(r"(\w+)=([^,\s]+)", headers.get("Authorization", "")))
    credential = fields.get("Credential", query.get("X-Amz-Credential", ""))
    signed = fields.get("SignedHeaders", query.get("X-Amz-SignedHeaders", ""))
    regions = headers.get("X-Amz-Region-Set", query.get("X-Amz-Region-Set", ""))
    parts = credential.split("/")[2:]
    if len(parts) == 3:
        return parts[1], parts[0], tuple(signed.split(";"))
    return (parts[0] if parts else ""), regions, tuple(signed.split(";") if signed else ())


def _operation(
    method: str, host: str, path: str, query: Mapping[str, str], target: str, service: str
) -> str:
    if target:
        return target.rpartition(".")[2]
    if found := re.fullmatch(r"/service/[^/]+/operation/(\w+)", path):  # smithy-rpc-v2-cbor
        return found[1]
    if "Action" in query:
        return query["Action"]
    if service in _S3:
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


def _failed(seen: Seen, kind: str, fault: Fault) -> Reply:
    code = fault.code or HTTPStatus(fault.status).phrase.replace(" ", "")
    error = {"Code": code, "Message": "told to fail"}
    tree: Result = {"Error": error}
    if seen.service not in _S3:
        tree = {"ErrorResponse": {**tree, "Errors": {"Error": error}}}
    reply = _rendered(seen, kind, ({"__type": code, "message": "told to fail"}, tree), fault.status)
    return replace(reply, headers=reply.headers + fault.headers)


class _Connection(ssl.SSLSocket):
    """A TLS connection that remembers whom it was dialled for."""

    sni: str = ""
    dialled: Address


class HttpsEndpoint(TcpServer):
    """An HTTP/1.1 server with or without TLS; a context manager.

    :param certificate: server context to show for (dialled address, SNI or ""); None serves
        plain HTTP.
    :param bind: address and port; port 0 takes a free one.
    :param dialled: what a client, by its own address and port, believes it dialled; the server
        removes what it has read. Any other client dialled the server's own address.
    :param seen: list that takes each request; a new one unless told.
    :param replies: replies of your own by (signing service, operation); before the canned ones.
    """

    def __init__(
        self,
        certificate: Callable[[str, str], ssl.SSLContext] | None,
        *,
        bind: Address = LOOPBACK,
        dialled: MutableMapping[Address, Address] | None = None,
        seen: list[Seen] | None = None,
        replies: Mapping[tuple[str, str], Reply] | None = None,
    ) -> None:
        self.seen: list[Seen] = seen if seen is not None else []
        self.replies = dict(replies or {})
        self._certificate = certificate
        self._dialled = dialled if dialled is not None else {}
        self._faults: deque[Fault] = deque()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.sslsocket_class = _Connection
        self._tls.sni_callback = self._choose
        super().__init__(bind, self._secure)

    def fail_next(self, count: int, fault: Fault) -> None:
        """The next *count* requests meet *fault*; after those that earlier calls announced."""
        self._faults.extend([fault] * count)

    def respond(self, seen: Seen, kind: str) -> Reply | None:
        """The reply to a request; None to reset the connection."""
        self.seen.append(seen)
        fault = self._faults.popleft() if self._faults else Fault()
        if fault.delay:
            self.stopping.wait(fault.delay)
        if fault.reset:
            return None
        if fault.status:
            return _failed(seen, kind, fault)
        return self.replies.get((seen.service, seen.operation)) or canned(seen, kind)

    def _secure(self, connection: socket.socket, peer: Address) -> None:
        dialled = self._dialled.pop(_unmapped(peer), None) or _unmapped(connection.getsockname())
        if self._certificate is None:
            with self.tracking(connection):
                _Handler(connection, self, "", dialled)
            return
        secured = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        assert isinstance(secured, _Connection)
        secured.dialled = dialled
        with secured, self.tracking(secured):
            secured.do_handshake()
            _Handler(secured, self, secured.sni, dialled)

    def _choose(self, connection: Any, sni: str | None, _context: ssl.SSLContext) -> None:
        """OpenSSL asks this for every handshake, with None where the client sent no name."""
        assert self._certificate is not None
        connection.sni = sni or ""
        connection.context = self._certificate(connection.dialled[0], connection.sni)


def _unmapped(name: tuple[Any, ...]) -> Address:
    """Address and port; a server bound to ``::`` sees IPv4 clients as ``::ffff:10.20.0.10``."""
    address = ip_address(name[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), name[1]


class _Handler(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def __init__(
        self, connection: socket.socket, endpoint: HttpsEndpoint, sni: str, dialled: Address
    ) -> None:
        self._endpoint, self._sni, self._address = endpoint, sni, dialled
        super().__init__(connection, connection.getpeername(), endpoint)

    def handle_expect_100(self) -> bool:
        going_on = super().handle_expect_100()
        self.wfile.flush()  # botocore waits one second for it before it sends the body
        return going_on

    def _answer(self) -> None:
        body = _body(self.rfile, self.headers)
        kind = self.headers.get("Content-Type", "")
        reply = self._endpoint.respond(self._seen(body, kind), kind)
        if reply is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _answer

    def log_message(self, *_: object) -> None:
        """Requests are in ``seen``; nothing goes to stderr."""

    def _seen(self, body: bytes, kind: str) -> Seen:
        url, host = urlsplit(self.path), self.headers.get("Host", "")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        service, region, signed = _scope(self.headers, query)
        if "form-urlencoded" in kind:
            query.update(parse_qsl(body.decode()))
        target = self.headers.get("X-Amz-Target", "")
        return Seen(
            method=self.command,
            path=self.path,
            host=host,
            sni=self._sni,
            address=self._address[0],
            port=self._address[1],
            service=service,
            region=region,
            signed_headers=signed,
            operation=_operation(self.command, host, url.path, query, target, service),
            user_agent=self.headers.get("User-Agent", ""),
            body_length=len(body),
        )


def _body(stream: BufferedIOBase, headers: Message) -> bytes:
    if "chunked" in headers.get("Transfer-Encoding", ""):
        body = _chunks(stream)
    else:
        body = stream.read(int(headers.get("Content-Length", "0")))
    # S3's own chunks, with checksums behind them, inside the transfer's.
    return _chunks(BytesIO(body)) if "aws-chunked" in headers.get("Content-Encoding", "") else body


def _chunks(stream: BufferedIOBase) -> bytes:
    parts = []
    while size := int(stream.readline().partition(b";")[0] or b"0", 16):
        parts.append(stream.read(size))
        stream.readline()
    while stream.readline().strip():
        pass  # trailers
    return b"".join(parts)
