"""How kombu calls SQS, copied from its 5.7.0: ``kombu/asynchronous/aws/sqs/connection.py``.

``AsyncSQSConnection.make_request`` with what it calls, less the parsing of answers. kombu hands the
prepared request to pycurl, which looks the name up and connects by itself: :mod:`.own_sender`.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.serialize import Serializer

from endpoint_router.lab.network import Lab
from tests.support import own_sender


def call(lab: Lab, client: Any, operation: str, params: dict[str, Any], queue_url: str) -> int:
    """One call, as celery's worker makes it; the status."""
    return own_sender.send(lab, signed(client, operation, params, queue_url))


def signed(client: Any, operation: str, params: dict[str, Any], queue_url: str) -> AWSRequest:
    """The request that kombu prepares and sends."""
    if client.meta.service_model.metadata["protocol"] == "json":
        request = json_request(client, operation, params, queue_url)
    else:
        request = query_request(client, operation, queue_url, "POST")
    signing_type = "presign-url" if request.method.lower() == "get" else "standard"
    client._request_signer.sign(operation, request, signing_type=signing_type)
    return request


def json_request(client: Any, operation: str, params: dict[str, Any], queue_url: str) -> AWSRequest:
    """``_create_json_request``: since botocore 1.31.81, SQS speaks JSON."""
    params = {**params, "QueueUrl": queue_url}
    operation_model = client.meta.service_model.operation_model(operation)
    json_version = operation_model.metadata["jsonVersion"]
    headers = {
        "Content-Type": f"application/x-amz-json-{json_version}",
        "X-Amz-Target": f"{operation_model.metadata['targetPrefix']}.{operation_model.name}",
    }
    method = operation_model.http.get("method", Serializer.DEFAULT_METHOD)
    data = json.dumps(params).encode()
    return AWSRequest(method=method, url=client._endpoint.host, data=data, headers=headers)


def query_request(client: Any, operation: str, queue_url: str, method: str) -> AWSRequest:
    """``_create_query_request``, for older ones: to the queue's URL, many of them by GET."""
    params = {"Action": operation}
    given = {"params": params} if method == "GET" else {"data": params}
    return AWSRequest(method=method, url=queue_url, headers={}, **given)
