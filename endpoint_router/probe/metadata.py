"""Asks the platform which availability zone this is: Lambda, ECS or EC2, whichever it is.

Here live the three metadata endpoints and the little HTTP that they need. They are links of the
host, not of the network: so there is never a proxy, never a redirect and never a retry, and what
they say is used only where it looks like a zone. Tokens are sent, and told to nobody.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..aws.zone import Zone, is_zone_id, is_zone_name

__all__ = ["from_metadata"]

Clock = Callable[[], float]

_LAMBDA, _ECS, _EC2 = "Lambda metadata", "ECS task metadata", "EC2 instance metadata"

#: Bytes. A task's metadata is the largest: some KiB for each container, labels and all.
_LIMIT = 256 * 1024
_IMDS = {"ipv4": "http://169.254.169.254", "ipv6": "http://[fd00:ec2::254]"}
#: The token is needed for two requests right after it.
_TOKEN_TTL = "60"


class _Silence(Exception):
    """No answer that can be used; its text says why, and holds nothing that the server sent."""


def from_metadata(
    timeout: float,
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Clock = time.monotonic,
) -> Zone:
    """The zone that the platform names. Raises nothing: why it is unknown is told in ``source``.

    In Lambda its own endpoint is asked (an id), in ECS its own (a name), and everywhere else EC2's
    (both), unless ``AWS_EC2_METADATA_DISABLED`` is ``true``. The variables are those that the
    platforms set and botocore reads.

    :param timeout: for all requests together; seconds. An endpoint that is given by name, which AWS
        never does, is resolved by the system beforehand, in its own time.
    """
    ask = _Client(clock() + timeout, clock)
    if api := environ.get("AWS_LAMBDA_METADATA_API"):
        return _from_lambda(ask, api, environ.get("AWS_LAMBDA_METADATA_TOKEN", ""))
    if environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        return Zone(source=f"{_LAMBDA}: AWS_LAMBDA_METADATA_API is not set")
    if uri := environ.get("ECS_CONTAINER_METADATA_URI_V4"):
        return _from_ecs(ask, uri)
    if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return Zone(source=f"{_EC2}: AWS_EC2_METADATA_DISABLED is set")
    # As in botocore.utils.resolve_imds_endpoint_mode, the endpoint wins over the mode.
    mode = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "").lower()
    base = environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _IMDS.get(mode, _IMDS["ipv4"])
    return _from_ec2(ask, base)


def _from_lambda(ask: _Client, api: str, token: str) -> Zone:
    path = "/2026-01-15/metadata/execution-environment"
    try:
        body = ask("GET", f"http://{api}", path, {"Authorization": f"Bearer {token}"})
        return Zone(id=_checked(_member(body, "AvailabilityZoneID"), is_zone_id), source=_LAMBDA)
    except _Silence as silence:
        return Zone(source=f"{_LAMBDA}: {silence}")


def _from_ecs(ask: _Client, uri: str) -> Zone:
    try:
        body = ask("GET", uri, "/task", {})
        return Zone(name=_checked(_member(body, "AvailabilityZone"), is_zone_name), source=_ECS)
    except _Silence as silence:
        return Zone(source=f"{_ECS}: {silence}")


def _from_ec2(ask: _Client, base: str) -> Zone:
    """By IMDSv2 alone: the first version answers whomever a web application can be talked into."""
    found: dict[str, str] = {}
    why = ""
    try:
        header = {"X-aws-ec2-metadata-token-ttl-seconds": _TOKEN_TTL}
        token = {"X-aws-ec2-metadata-token": ask("PUT", base, "/latest/api/token", header).strip()}
    except _Silence as silence:
        return Zone(source=f"{_EC2}: {silence}")
    for key, leaf, is_good in (
        ("name", "availability-zone", is_zone_name),
        ("id", "availability-zone-id", is_zone_id),
    ):
        try:
            body = ask("GET", base, f"/latest/meta-data/placement/{leaf}", token)
            found[key] = _checked(body.strip(), is_good)
        except _Silence as silence:  # One of the two will do.
            why = why or f": {silence}"
    return Zone(**found, source=_EC2 if found else _EC2 + why)


def _member(body: str, key: str) -> str:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):  # The latter: brackets, many times over.
        raise _Silence("not JSON") from None
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, str):
        raise _Silence(f"no {key}")
    return value


def _checked(text: str, is_good: Callable[[str], bool]) -> str:
    if not is_good(text):
        raise _Silence("not an availability zone")
    return text


class _Client(msgspec.Struct, frozen=True):
    """Makes HTTP requests that all end by *until* (monotonic)."""

    until: float
    clock: Clock

    def __call__(self, method: str, base: str, path: str, headers: Mapping[str, str]) -> str:
        """The body of a response with status 200.

        :raises _Silence: for all else.
        """
        try:
            url = urlsplit(base)
            if url.scheme != "http" or not url.hostname:
                raise _Silence("its address is no http:// URL")
            with closing(_HostConnection(url.hostname, url.port or 80, self)) as connection:
                connection.request(method, url.path.rstrip("/") + path, headers=headers)
                with connection.getresponse() as response:
                    return _body(response)
        except TimeoutError:
            raise _Silence("no answer in time") from None
        except OSError as error:
            raise _Silence(error.strerror or type(error).__name__) from None
        # Of these only the type is told: their text may hold a header, hence the token.
        except (http.client.HTTPException, ValueError) as error:
            raise _Silence(type(error).__name__) from None

    def left(self) -> float:
        """Seconds until the end; :raises TimeoutError: where none are left."""
        seconds = self.until - self.clock()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def _body(response: http.client.HTTPResponse) -> str:
    if response.status != 200:
        raise _Silence(f"HTTP {response.status}")
    body = response.read(_LIMIT + 1)
    if len(body) > _LIMIT:
        raise _Silence(f"more than {_LIMIT} bytes")
    if response.length:  # Half an answer: "use1-az1" of "use1-az12".
        raise _Silence("the connection broke off")
    return body.decode("utf-8")


class _HostConnection(http.client.HTTPConnection):
    """To the host itself, whatever proxies are configured: ``http.client`` knows of none."""

    def __init__(self, host: str, port: int, client: _Client) -> None:
        super().__init__(host, port)
        self._client = client

    def connect(self) -> None:
        self._client.left()
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        for at, (family, *_, address) in enumerate(found, 1):
            connection = _Socket(family, self._client)
            try:
                connection.connect(address)
            except OSError:
                connection.close()
                if at == len(found):
                    raise
            else:
                self.sock = connection
                return


class _Socket(socket.socket):
    """A socket that waits until one moment, however often it has to: bytes may come one by one."""

    def __init__(self, family: int, client: _Client) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._client = client

    def connect(self, address: Any) -> None:
        self.settimeout(self._client.left())
        super().connect(address)

    def sendall(self, *args: Any) -> None:
        self.settimeout(self._client.left())
        super().sendall(*args)

    def recv_into(self, *args: Any) -> int:
        self.settimeout(self._client.left())
        return super().recv_into(*args)
