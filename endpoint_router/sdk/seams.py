"""The private names of botocore and os that this package touches: all, and only here.

Each has a test in ``tests/sdk/test_seams.py`` that fails when botocore changes it. Public seams
(events, initializers, constructor arguments) do not belong here; urllib3's pools and connections
are in :mod:`.seams_urllib3`.
"""

from __future__ import annotations

import ssl
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from inspect import iscoroutinefunction
from types import NoneType
from typing import Any

from botocore.awsrequest import (
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSPreparedRequest,
    HeadersDict,
)
from botocore.endpoint import Endpoint
from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.regions import EndpointResolverBuiltins as Builtin
from botocore.regions import EndpointRulesetResolver
from botocore.signers import RequestSigner

Builtins = dict[Any, Any]

#: The module of moto's that answers requests in process (:mod:`.seams_moto`), where it is imported.
MOTO = "moto.core.botocore_stubber"


def builtins_of(resolver: Any) -> Builtins:
    """The ruleset inputs that botocore computed for a client. Not to be changed in place."""
    builtins: Builtins = resolver._builtins
    return builtins


class NotedBuiltins(Builtins):
    """Inputs that keep the copy which handlers of ``before-endpoint-resolution`` may change.

    botocore makes that copy for each resolution, and emits the event once.
    """

    def __init__(self, builtins: Builtins) -> None:
        super().__init__(builtins)
        #: What the last resolution used.
        self.used: Builtins = {}

    def __copy__(self) -> Builtins:
        self.used = dict(self)
        return self.used


class _Silence:
    """Stands for the events of a resolver that asks no handler."""

    def emit(self, *_: Any, **__: Any) -> list[Any]:
        return _NoAnswers()


class _NoAnswers(list[Any]):
    """What nobody said; aiobotocore awaits it."""

    def __await__(self) -> Generator[None, None, _NoAnswers]:
        yield from ()
        return self


def with_builtins(resolver: Any, builtins: Builtins, *, silently: bool = False) -> Any:
    """A copy of *resolver* with other inputs, sharing its ruleset, its caches and its events.

    It holds the events weakly, as ``RequestSigner`` does: they hold the signer, and with it what
    stands in for its method, which holds the copy.

    :param silently: ask no handler of the application.
    """
    # Attribute by attribute, in the order of the class's own initialiser: one made by copy.copy
    # has a dictionary of its own, and each of its many attributes costs more to read.
    copy = object.__new__(type(resolver))
    for name, value in vars(resolver).items():
        if name != "construct_endpoint":  # ours, if the client is routed already
            setattr(copy, name, value)
    copy._event_emitter = _Silence() if silently else _weakly(resolver._event_emitter)
    copy._builtins = builtins
    return copy


def has_parameter(resolver: Any, builtin: Builtin) -> bool:
    """Does the service's ruleset take this input at all?"""
    return builtin in [one.builtin for one in resolver._param_definitions.values()]


def asks_calls(resolver: Any) -> bool:
    """Does the service's ruleset take what a call itself tells, beside a client's settings?"""
    return resolver is not None and not all(
        definition.builtin for definition in resolver._param_definitions.values()
    )


def resolve_silently(resolver: Any, operation_model: Any = None) -> str:
    """The URL for a client, or for one of its operations, of whose parameters nothing is known.

    Emits no event and leaves the feature ids of the user agent alone.

    :raises botocore.exceptions.BotoCoreError: as the ruleset does.
    """
    inputs: dict[str, Any] = {}
    for name, definition in resolver._param_definitions.items():
        value = resolver._builtins.get(definition.builtin) if definition.builtin else None
        if value is not None and not callable(value):
            inputs[name] = value
    if operation_model is not None:
        inputs.update(resolver._get_static_context_params(operation_model))
    return url_of_ruleset(resolver._provider, inputs)


def url_of_ruleset(provider: Any, inputs: Mapping[str, Any]) -> str:
    """The URL that the ruleset of *provider* yields for *inputs*.

    :raises botocore.exceptions.BotoCoreError: as the ruleset does.
    """
    try:
        url: str = provider.resolve_endpoint(**inputs).url
    except TypeError as error:
        # What older releases (1.35.36, say) come to where they want to say so: a parameter that is
        # required is missing, as in each call of neptune-graph's data plane.
        raise BotoCoreError from error
    return url


def asked_of_ruleset(
    resolver: Any, operation_model: Any, call_args: Mapping[str, Any]
) -> tuple[object, ...]:
    """What a call itself tells the ruleset, as far as hosts may depend on it."""
    return tuple(
        resolver._resolve_param_from_context(
            param_name=name, operation_model=operation_model, call_args=call_args
        )
        for name in resolver._param_definitions
        if name not in OF_NO_HOST
    )


#: Parameters of S3's ruleset that none of its rules reads.
OF_NO_HOST = frozenset({"CopySource", "Key", "Prefix"})


def data_read(loader: Any) -> Mapping[Any, Any] | None:
    """What *loader* has read so far, and will not read again; ``None`` if it is none of botocore's.

    By method and arguments: under ``("load_data_with_path", name)`` the data and their path.
    """
    read: Mapping[Any, Any] | None = getattr(loader, "_cache", None)
    return read


def forget_service(loader: Any, service: str) -> None:
    """Have *loader* let go of the models of *service*, which botocore would keep for good."""
    read = getattr(loader, "_cache", {})
    for key in list(read):
        if any(str(part).partition("/")[0] == service for part in key[1:]):
            del read[key]


# --- from the request to the HTTP session

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
    other._event_emitter = _weakly(endpoint._event_emitter)
    return other


def _weakly(events: Any) -> Any:
    """As ``RequestSigner`` holds them: they hold the signer, and with it what stands in for it."""
    return events if isinstance(events, weakref.ProxyTypes) else weakref.proxy(events)


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
    return lambda: tuple(map(get, keys))


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


# --- the client


def is_asynchronous(parts: Mapping[str, Any]) -> bool:
    """Are the methods of the client with these constructor arguments coroutines?

    Shown by what its signer is: there is more than one such library, and no base of theirs.
    """
    return _is_awaited(type(parts["request_signer"]).sign)


_is_awaited = lru_cache(maxsize=64)(iscoroutinefunction)  # each client asks, and signers are few


def strangeness(parts: Mapping[str, Any]) -> str:
    """Why nobody knows how to route the client with these constructor arguments; empty if we do."""
    # A part that is missing is of the class that is nobody's.
    kinds = [type(parts.get(name, _MISSING)) for name in _PARTS]
    return _strangeness_of(*kinds)  # type: ignore[arg-type]  # classes are hashable


@lru_cache(maxsize=64)  # each client asks, and there are few kinds of them
def _strangeness_of(*kinds: type) -> str:
    asynchronous: set[bool] = set()
    for (name, (known, methods)), kind in zip(_PARTS.items(), kinds, strict=True):
        if kind is NoneType and name == "endpoint_ruleset_resolver":
            continue  # a service without a ruleset
        if not issubclass(kind, known):
            is_missing = kind in (NoneType, object)
            found = "missing" if is_missing else f"a {kind.__module__}.{kind.__qualname__}"
            return f"its {name} is {found}, not a {known.__module__}.{known.__name__}"
        asynchronous |= {iscoroutinefunction(getattr(kind, method)) for method in methods}
    return "its methods are coroutines only in part" if len(asynchronous) > 1 else ""


_MISSING = object()
#: What routing rests on, by the constructor's argument, with the methods that it replaces.
_PARTS: dict[str, tuple[type, tuple[str, ...]]] = {
    "request_signer": (RequestSigner, ("sign",)),
    "endpoint": (Endpoint, ("_send", "create_request")),
    "endpoint_ruleset_resolver": (EndpointRulesetResolver, ("construct_endpoint",)),
}


def is_pending(client: Any) -> bool:
    """Is *client* none yet, but what gives one when it is entered (``async with``)?"""
    return hasattr(type(client), "__aenter__") and not hasattr(client, "meta")


def is_asynchronous_session(session: Any) -> bool:
    """Does *session* make clients whose methods are coroutines?"""
    return iscoroutinefunction(getattr(type(session), "_create_client", None))


def client_parts(client: Any) -> dict[str, Any]:
    """The constructor arguments of an existing client that routing needs.

    ``None`` for each that it does not have, because it is none of botocore's.
    """
    meta = getattr(client, "meta", None)
    return {
        "endpoint": getattr(client, "_endpoint", None),
        "request_signer": getattr(client, "_request_signer", None),
        "service_model": getattr(meta, "service_model", None),
        "loader": getattr(client, "_loader", None),
        "client_config": getattr(meta, "config", None),
        "partition": getattr(meta, "partition", None),
        "endpoint_ruleset_resolver": getattr(client, "_ruleset_resolver", None),
    }


def user_agent(client: Any) -> str:
    """The ``User-Agent`` of a request that *client* would send now.

    :raises AttributeError: it is somebody else's, here and below.
    """
    text: str = client._user_agent_creator.to_string()
    return text


def append_to_user_agent(client: Any, label: str) -> None:
    """Let the ``User-Agent`` of *client*'s requests, built anew for each, end with *label*.

    Only what its own configuration adds comes after it (``Config(user_agent_extra=…)``).
    """
    # The client has a copy of the session's; it is what each request asks, and what replaces the
    # header once more when handlers of ``before-call`` are through (late 1.36 and newer).
    creator = client._user_agent_creator
    words = [creator._session_user_agent_extra, label]
    creator._session_user_agent_extra = " ".join(filter(None, words))


def cut_from_user_agent(client: Any, label: str) -> None:
    """Undo :func:`append_to_user_agent`."""
    creator = client._user_agent_creator
    head, _, tail = creator._session_user_agent_extra.rpartition(label)
    creator._session_user_agent_extra = f"{head.removesuffix(' ')}{tail}"


def set_endpoint_url(client: Any, url: str) -> None:
    """Change what ``client.meta.endpoint_url`` shows."""
    client.meta._endpoint_url = url


def botocore_session(session: Any) -> Any:
    """The botocore session behind a boto3 session, or *session* itself."""
    return getattr(session, "_session", session)


def default_boto3_session(boto3: Any) -> Any:
    """The botocore session behind boto3's default one, if there is one.

    :param boto3: the module, perhaps while it is being imported; ``None`` if nobody has.
    """
    default = getattr(boto3, "DEFAULT_SESSION", None)
    return None if default is None else botocore_session(default)


def is_class_of_client(kind: type) -> bool:
    """Is *kind* a class that botocore has made for a client, and no base of such?"""
    return bool(vars(kind).get("_PY_TO_OP_NAME"))


def aside() -> AbstractContextManager[None]:
    """Around what is resolved for our own sake: feature ids go to a context of its own.

    botocore's would otherwise end up in the ``User-Agent`` of the application's next attempt.
    """
    try:
        from botocore.context import start_as_current_context
    except ImportError:  # botocore before 1.37 tells no features
        return nullcontext()
    context: AbstractContextManager[None] = start_as_current_context()  # a copy
    return context
