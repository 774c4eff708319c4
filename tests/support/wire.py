"""What a call would put on the wire, taken where botocore hands it to urllib3.

That is behind this package's guard, so what is caught here would have left the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.session import Session

from tests.support.sessions import kind


class Caught(BaseException):
    """Leaves botocore's retry loop at once: it is no ``Exception``."""

    def __init__(self, request: Any) -> None:
        self.request = request


@dataclass(frozen=True)
class OnTheWire:
    """Where a signed request goes, and its credential scope."""

    host: str
    signing_region: str
    signing_name: str
    scheme: str = "https"


def _catch(_session: Any, request: Any) -> Any:
    raise Caught(request)


@contextmanager
def nothing_leaves() -> Iterator[None]:
    """Clients made inside end in :class:`Caught` where botocore would open a connection."""
    transports: Any = kind().transports
    originals = [one.send for one in transports]
    for one in transports:
        one.send = _catch
    try:
        yield
    finally:
        for one, original in zip(transports, originals, strict=True):
            one.send = original


def call(session: Session, service: str, region: str | None, **arguments: Any) -> OnTheWire:
    """Make one call of *service*, whichever needs the least, and tell what would be sent.

    :raises Exception: whatever the client or the call raises.
    """
    # One attempt: in legacy mode, botocore's default until 1.44, retries sleep for seconds.
    settings = {"retries": {"max_attempts": 0}, **arguments.pop("config", {})}
    config = Config(parameter_validation=False, **settings)
    with nothing_leaves():
        client = session.create_client(service, region, config=config, **arguments)
        return _call(client)


def _call(client: Any) -> OnTheWire:
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
    parts = urlsplit(request.url)
    return OnTheWire(parts.netloc, region, name, parts.scheme)


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
