"""The private names of botocore's ruleset resolver and data loader: all, and only here.

Each has a test in ``tests/sdk/test_seams_rulesets.py`` that fails when botocore changes it. What is
made of them, for one client, is :mod:`.endpoints.rulesets`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointResolverBuiltins as Builtin

from .seams import weakly

Builtins = dict[Any, Any]


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
    copy._event_emitter = _Silence() if silently else weakly(resolver._event_emitter)
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
