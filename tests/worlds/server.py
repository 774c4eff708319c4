"""What AWS answers in a world: success in the protocol that was asked in, and what goes wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.model import ServiceModel

from .aws_hosts import LOADER, region_in
from .calls import CALLS
from .edges import Network, Server
from .world import Sent, World

_KEYS = "<Credentials><AccessKeyId>AKIDSESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
_KEYS += "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
_TARGETS = {
    "500": (500, "InternalError"),
    "503": (503, "SlowDown"),
    "throttled": (400, "ThrottlingException"),
    "skewed": (403, "RequestTimeTooSkewed"),
}


def aws(world: World) -> Server:
    """AWS in *world*."""
    call = CALLS[world.call]
    pending = list(world.answers)

    def serve(_network: Network, sent: Sent) -> bytes:
        if sent.operation == "DescribeEndpoints":
            where = world.discovered or "cell1.example"
            return _response(
                200, f'{{"Endpoints":[{{"Address":"{where}","CachePeriodInMinutes":9}}]}}'
            )
        if sent.operation == "CreateSession":
            return _response(200, f"<CreateSessionResult>{_KEYS}</CreateSessionResult>")
        if sent.operation == "AssumeRole":
            result = f"<AssumeRoleResult>{_KEYS}</AssumeRoleResult>"
            return _response(200, f"<AssumeRoleResponse>{result}</AssumeRoleResponse>")
        if pending:
            what = pending.pop(0)
            if what == "reset":
                raise ConnectionResetError("reset by peer")
            return _error(call.service, *_TARGETS[what])
        if world.bucket_region and not _is_in(sent, world.bucket_region):
            return _elsewhere(world)
        return _success(call.service, call.operation)

    return serve


def _is_in(sent: Sent, region: str) -> bool:
    return region in (region_in(sent.host) or sent.signing_region, sent.signing_region)


def _elsewhere(world: World) -> bytes:
    code = "PermanentRedirect" if world.redirect == 301 else "TemporaryRedirect"
    body = (
        f"<Error><Code>{code}</Code><Message>m</Message><Endpoint>evil.example</Endpoint></Error>"
    )
    return _response(
        world.redirect,
        body,
        **{"x-amz-bucket-region": world.bucket_region, "Location": "https://evil.example/"},
    )


@cache
def _model(service: str) -> dict[str, Any]:
    model: dict[str, Any] = LOADER.load_service_model(service, "service-2")
    return model


@cache
def _success(service: str, operation: str) -> bytes:
    protocol = _protocol(service)
    if protocol == "smithy-rpc-v2-cbor":
        return _response(200, "\xa0", **{"smithy-protocol": "rpc-v2-cbor"})
    if "json" in protocol:
        return _response(200, "{}")
    output = _model(service)["operations"][operation].get("output", {})
    wrapper = output.get("resultWrapper", "")
    return _response(200, f"<R><{wrapper}/></R>" if wrapper else "<R/>")


def _error(service: str, status: int, code: str) -> bytes:
    if _protocol(service) == "smithy-rpc-v2-cbor":
        return _response(status, "\xa0", **{"smithy-protocol": "rpc-v2-cbor"})
    if "json" in _protocol(service):
        return _response(
            status, f'{{"__type":"{code}","message":"m"}}', **{"x-amzn-errortype": code}
        )
    error = f"<Error><Code>{code}</Code><Message>m</Message></Error>"
    return _response(status, error if service == "s3" else f"<E>{error}</E>")


@cache
def _protocol(service: str) -> str:
    model = ServiceModel(_model(service), service)
    return str(getattr(model, "resolved_protocol", None) or model.metadata["protocol"])


def _response(status: int, body: str, **headers: str) -> bytes:
    data = body.encode("latin-1")
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data
