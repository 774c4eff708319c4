"""What a call would put on the wire, taken from botocore's own last event before it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.session import Session


class Caught(BaseException):
    """Leaves botocore's retry loop at once: it is no ``Exception``."""

    def __init__(self, request: Any) -> None:
        self.request = request


@dataclass(frozen=True)
class OnTheWire:
    """Host and credential scope of a signed request."""

    host: str
    signing_region: str
    signing_name: str


def catch(request: Any, **_: Any) -> None:
    """Handler for ``before-send``."""
    raise Caught(request)


def call(session: Session, service: str, region: str | None, **arguments: Any) -> OnTheWire:
    """Make one call of *service*, whichever needs the least, and tell what would be sent.

    :raises Exception: whatever the client or the call raises.
    """
    config = Config(parameter_validation=False, **arguments.pop("config", {}))
    client = session.create_client(service, region, config=config, **arguments)
    client.meta.events.register_last("before-send", catch)
    operation = least_operation(client.meta.service_model)
    method = next(
        python
        for python, name in client.meta.method_to_api_mapping.items()
        if name == operation.name
    )
    try:
        getattr(client, method)(**_minimal(operation.input_shape))
    except Caught as caught:
        return on_the_wire(caught.request)
    raise AssertionError("the call was answered without being sent")


_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")


def on_the_wire(request: Any) -> OnTheWire:
    """Host and scope of a prepared *request*."""
    authorization = request.headers.get("Authorization", b"")
    text = authorization.decode() if isinstance(authorization, bytes) else authorization
    scope = _SCOPE.search(text)
    region, name = scope.groups() if scope else ("", "")
    return OnTheWire(urlsplit(request.url).netloc, region, name)


def least_operation(model: Any) -> Any:
    """The operation with the fewest required parameters; then the first by name."""

    def cost(name: str) -> tuple[int, str]:
        operation = model.operation_model(name)
        shape = operation.input_shape
        labelled = "{" in ((operation.endpoint or {}).get("hostPrefix") or "")
        return (len(shape.required_members) if shape else 0) + 100 * labelled, name

    return model.operation_model(min(model.operation_names, key=cost))


def _minimal(shape: Any) -> dict[str, Any]:
    if shape is None:
        return {}
    return {name: _value(shape.members[name]) for name in shape.required_members}


def _value(shape: Any) -> Any:
    if shape.type_name == "structure":
        return _minimal(shape)
    return {
        "string": "abc123456789",
        "list": [],
        "map": {},
        "integer": 1,
        "long": 1,
        "boolean": True,
        "blob": b"",
        "timestamp": 0,
        "float": 1.0,
        "double": 1.0,
    }.get(shape.type_name, "x")
