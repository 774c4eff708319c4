"""The private names of botocore's clients and sessions: all, and only here.

Each has a test in ``tests/sdk/test_seams.py`` that fails when botocore changes it. What a client
resolves endpoints by is in :mod:`.seams_rulesets`, what it sends by in :mod:`.seams_sending`.
Public seams (events, initializers, constructor arguments) do not belong here.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from inspect import iscoroutinefunction
from operator import itemgetter
from types import NoneType
from typing import Any

from botocore.endpoint import Endpoint
from botocore.regions import EndpointRulesetResolver
from botocore.signers import RequestSigner

#: The module of moto's that answers requests in process (:mod:`.seams_moto`), where it is imported.
MOTO = "moto.core.botocore_stubber"


def is_asynchronous(parts: Mapping[str, Any]) -> bool:
    """Are the methods of the client with these constructor arguments coroutines?

    Shown by what its signer is: there is more than one such library, and no base of theirs.
    """
    return _is_awaited(type(parts["request_signer"]).sign)


_is_awaited = lru_cache(maxsize=64)(iscoroutinefunction)  # each client asks, and signers are few


def strangeness(parts: Mapping[str, Any]) -> str:
    """Why nobody knows how to route the client with these constructor arguments; empty if we do."""
    try:
        known = _known_parts(parts)
    except KeyError:  # a part that is missing is of the class that is nobody's
        known = tuple(parts.get(name, _MISSING) for name in _PARTS)
    return _strangeness_of(*map(type, known))


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
_known_parts = itemgetter(*_PARTS)


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


def weakly(events: Any) -> Any:
    """As ``RequestSigner`` holds *events*: they hold it, and with it what stands in there."""
    return events if isinstance(events, weakref.ProxyTypes) else weakref.proxy(events)


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
