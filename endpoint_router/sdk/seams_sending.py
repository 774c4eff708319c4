"""The private names of botocore between a signed request and the wire: all, and only here.

The endpoint that hands a request over, the HTTP session that sends it, and its proxies. Each has a
test in ``tests/sdk/test_seams_sending.py`` that fails when botocore changes it. urllib3's pools and
connections are in :mod:`.seams_urllib3`.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.awsrequest import (
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSPreparedRequest,
    HeadersDict,
)
from botocore.endpoint import Endpoint
from botocore.httpsession import get_cert_path

from .seams import weakly

#: What ``Endpoint._send`` is before anybody patches the class: it hands a prepared request to
#: ``endpoint.http_session``, after the handlers of ``before-send``.
ENDPOINT_SEND: Any = Endpoint._send  # type: ignore[attr-defined]
#: Does a prepared request have the context of its call? Late 1.43 and newer.
REQUESTS_HAVE_CONTEXT = hasattr(
    AWSPreparedRequest("GET", "", {}, b"", False),  # type: ignore[arg-type]
    "context",
)
#: A header's name, as the dictionary of a request's headers has it.
_HeaderKey: Any = type(next(iter(HeadersDict({"Host": ""})._dict)))  # type: ignore[attr-defined]


class _HostKey(str, _HeaderKey):  # type: ignore[misc]  # the base is private
    """Equal to botocore's own key, and hashed without a frame of Python's."""


_HOST = _HostKey("host")


def session_behind(client: Any, send: Any) -> Any:
    """The HTTP session behind *send*, if *client* hands its requests to that; else ``None``.

    Asked for each request.

    :raises AttributeError: it hands them to somebody else's.
    """
    endpoint = client._endpoint
    return endpoint.http_session if endpoint._send is send else None


def would_send_as(session: Any, request: Any, proxies: Any, host: bytes) -> bool:
    """Does *session* verify certificates and ask *proxies*, and does *request* name no other host?

    In a header ``Host``, which awscrt's signer sets. Asked for each request.

    :raises AttributeError: *session* or *request* is somebody else's.
    """
    headers = request.headers._dict
    return (
        session._verify
        and session._proxy_config is proxies
        and (_HOST not in headers or headers[_HOST] == host)
    )


def sends_by(client: Any, send: Any) -> bool:
    """Is *send* still what *client* hands its requests to?"""
    try:
        return client._endpoint._send is send
    except AttributeError:
        return False


def follower(made: Callable[[], Any], direct: Any) -> Callable[[Any], bool]:
    """Tells if an HTTP session still is the one that was *made*, with its own ``send`` and pools.

    Then *direct*, its direct session, checks certificates as it does by now. A closure, because it
    is asked for each request: a method would cost as much again.
    """

    def is_followed(http_session: Any) -> bool:
        if (
            http_session is not made()
            or "send" in http_session.__dict__
            # As connections_are_own says, without its frame.
            or AWSHTTPSConnectionPool.ConnectionCls is not AWSHTTPSConnection
        ):
            return False
        direct._verify = http_session._verify
        return True

    return is_followed


def endpoint_with(endpoint: Any, http_session: Any) -> Any:
    """An endpoint like *endpoint*, to call ``Endpoint._send`` on, that sends by *http_session*."""
    other = object.__new__(type(endpoint))
    for name, value in vars(endpoint).items():
        if name not in ("_send", "create_request"):  # ours, on the endpoint itself
            setattr(other, name, value)
    other.http_session = http_session
    other._event_emitter = weakly(endpoint._event_emitter)
    return other


def is_taken(request: Any) -> bool:
    """Is *request* for s3transfer's CRT client, which sends what botocore has only made?"""
    return request.context.get("http_request") is request


# --- the HTTP session


def verifies(http_session: Any) -> bool:
    """Does *http_session* check the server's certificate? Empty and false values mean no.

    With httpx it is a context by the time of the first request, also where nothing is checked.
    """
    verify = getattr(http_session, "_verify", True)
    if isinstance(verify, ssl.SSLContext):
        return verify.verify_mode is ssl.CERT_REQUIRED
    return bool(verify)


def forwards_https(http_session: Any) -> bool:
    """Would *http_session* have a proxy that speaks TLS itself end it, and see what is sent?"""
    settings = getattr(proxy_configuration(http_session), "settings", None)
    return bool(settings and settings.get("proxy_use_forwarding_for_https"))


def proxy_configuration(http_session: Any) -> Any:
    """What *http_session* asks for the proxy of each request; ``None`` where it has no such."""
    return getattr(http_session, "_proxy_config", None)


def reader_of(environ: Mapping[str, str], names: Iterable[str]) -> Callable[[], tuple[Any, ...]]:
    """Reads these variables, for comparing: ``os.environ`` in its own encoding.

    Asked by name, it raises and catches two errors for each one that is not set.
    """
    try:
        keys = [environ.encodekey(name) for name in names]  # type: ignore[attr-defined]
        get = environ._data.get  # type: ignore[attr-defined]
    except AttributeError:
        keys, get = list(names), environ.get
    return lambda: (*map(get, keys),)  # at less cost than tuple(map())


def tls_context(http_session: Any) -> ssl.SSLContext:
    """How *http_session* speaks TLS and whom it trusts; for looking, certificates count always.

    :raises OSError: its bundle of certificates cannot be read.
    """
    context: ssl.SSLContext = http_session._get_ssl_context()
    context.load_verify_locations(get_cert_path(http_session._verify or True))
    context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, True
    return context


def http_session_of(client: Any) -> Any:
    """What *client* sends by."""
    return client._endpoint.http_session


def set_proxy_configuration(http_session: Any, configuration: Any) -> None:
    """Let *configuration* name the proxy of each request."""
    http_session._proxy_config = configuration
