"""What is registered with botocore: a session handler, which routes clients as they are made.

A session gets one handler, ``creating-client-class``. A client gets none: registering two costs 8%
of its creation.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...counters import Counters
from ...errors import PolicyError
from ...recent import Recent
from ...router import Router
from .. import seams
from ..calls.client import RoutedClient
from ..calls.foreseen import Memory
from ..connections.opening import Connections

if TYPE_CHECKING:
    from ..calls.label import Label
    from ..calls.left_alone import LeftAlone
    from ..calls.refusing import RefusingClient
    from ..calls.reporting import ReportingClient
    from .strangers import Strangers

    #: What stands in for a client's methods.
    Wrapper = RoutedClient | RefusingClient | ReportingClient | LeftAlone
    #: Makes the wrapper of a client from the arguments of its constructor.
    MakeWrapper = Callable[[Mapping[str, Any]], Wrapper]

_EVENT = "creating-client-class"
#: Of clients that are remembered: a service, a region and a configuration each.
_KINDS = 1024
#: Name of the class attribute.
_ATTRIBUTE = "_endpoint_router"


class Clients:
    """The clients of one policy."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self._connections = Connections(router)
        self._memory: Recent[object, Memory] = Recent(_KINDS)
        self._label: Label | None = None
        if router.loaded.policy.log.user_agent:
            from ..calls.label import Label  # few policies ask for it

            self._label = Label(router.loaded)
        router.zone.start()

    def make(self, parts: Mapping[str, Any]) -> RoutedClient:
        """The wrapper of the client with these constructor arguments, not yet in place."""
        kind = self.kind_of(parts)
        return kind(self.router, self._connections, self._memory, parts, self._label)

    def kind_of(self, parts: Mapping[str, Any]) -> type[RoutedClient]:
        """The class of the wrapper."""
        return _asynchronous() if seams.is_asynchronous(parts) else RoutedClient


def _asynchronous() -> type[RoutedClient]:
    from ..calls.async_client import AsyncRoutedClient  # asyncio: only for who has such clients

    return AsyncRoutedClient


def or_strangers(router: Router, make: MakeWrapper, *, enforces: bool) -> MakeWrapper:
    """*make*, but for clients that nobody knows how to route (:mod:`.strangers`).

    :param enforces: may they be refused?
    """
    strangers: list[Strangers] = []

    def make_any(parts: Mapping[str, Any]) -> Wrapper:
        strange = seams.strangeness(parts)
        if not strange:
            try:
                return make(parts)
            # Broad on purpose: a fork may differ in anything, and must not break in our hands.
            except Exception as error:
                strange = f"of {type(error).__name__}: {error}"
        if not strangers:
            from .strangers import Strangers  # hardly anybody has such clients

            strangers.append(Strangers(router))
        known = strangers[0]
        return known.wrapper(parts, strange) if enforces else known.left_alone(parts, strange)

    return make_any


def refuser(error: PolicyError, counters: Counters) -> MakeWrapper:
    """Makes wrappers for clients whose policy cannot be used."""
    from ..calls.refusing import RefusingClient

    error_code, fields = (
        error.code,
        error.kwargs,
    )  # the error itself would keep the frames that it came through

    def make(parts: Mapping[str, Any]) -> RefusingClient:
        service = getattr(parts.get("service_model"), "service_name", "")
        count = counters.of_refusal(error_code, str(service))
        return RefusingClient(lambda _operation: PolicyError(**fields), parts, count)

    return make


class _AroundInit:
    """A class attribute of clients that are to be routed: it stands around their ``__init__``.

    Python tells it of the class as soon as that is made, whatever the handlers after ours did with
    its bases: a base class of ours could be lost there, or passed over by another's ``__init__``.
    """

    def __init__(self, make: MakeWrapper, track: Callable[[Any, Any], None]) -> None:
        self._make, self._track = make, track

    def __set_name__(self, client_class: Any, name: str) -> None:
        make, track, original = self._make, self._track, client_class.__init__

        # botocore names each argument; whoever does not is a stranger.
        def __init__(client: Any, *arguments: Any, **parts: Any) -> None:
            wrapper = make(parts)
            wrapper.wrap()
            original(client, *arguments, **parts)
            track(wrapper, client)

        client_class.__init__ = __init__


class Tracker:
    """Remembers weakly what was put in place, so that it can be undone exactly."""

    def __init__(self) -> None:
        self._id = f"endpoint-router-{id(self)}"
        #: Another object after each undo.
        self._in_force = object()
        self._sessions: weakref.WeakSet[Any] = weakref.WeakSet()
        self._clients: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        #: Emitters that have a handler, which may outlive the session.
        self._events: weakref.WeakSet[Any] = weakref.WeakSet()

    def has_any(self) -> bool:
        """Is anything left that would have to be undone?"""
        return bool(self._clients or self._events)

    def _id_for(self, session: Any) -> str:
        return f"{self._id}-{id(session)}"

    def track(self, wrapper: Wrapper, client: Any) -> None:
        """Remember a routed client."""
        watch = getattr(wrapper, "watch", None)
        if watch is not None:
            watch(client)
        self._clients[client] = wrapper

    def wrapper_of(self, client: Any) -> Wrapper | None:
        """The wrapper of *client*, if it has one."""
        return self._clients.get(client)

    def wrappers(self) -> list[tuple[Any, Wrapper]]:
        """Every routed client that is alive, with its wrapper."""
        return list(self._clients.items())

    def hooks(self, session: Any) -> bool:
        """Has *session* a handler of ours?"""
        return session in self._sessions

    def session_of(self, client: Any) -> Any:
        """The hooked session that made *client*: they share a data loader."""
        loader = seams.client_parts(client)["loader"]
        if loader is None:
            return None
        for session in self._sessions:
            if session.get_component("data_loader") is loader:
                return session
        return None

    def hook(
        self,
        session: Any,
        make: Callable[[Any], MakeWrapper | None],
        *,
        replace: bool = False,
        events: Any = None,
    ) -> None:
        """Register the handlers with a botocore session, once.

        :param make: called at each client's creation with the session; ``None`` leaves the client
            as botocore made it.
        :param replace: speak instead of another policy that covers the session already, which
            would speak alone otherwise.
        :param events: the session's emitter; by default it is asked for.
        """
        if session in self._sessions:
            return
        reference, in_force = weakref.ref(session), self._in_force
        track = self.track

        def creating_client_class(class_attributes: dict[str, Any], **_: Any) -> None:
            # Sessions may share an emitter, and this one be gone: then the process's policy, until
            # that is undone, which cannot take the handler of a session that is gone.
            make_client = make(reference()) if self._in_force is in_force else None
            if make_client is None or (_ATTRIBUTE in class_attributes and not replace):
                return
            class_attributes[_ATTRIBUTE] = _AroundInit(make_client, track)

        if events is None:
            events = session.get_component("event_emitter")
        # Handlers run in the order of their registration, also those of ``register_first``.
        events.register_first(_EVENT, creating_client_class, unique_id=self._id_for(session))
        self._events.add(events)
        # After it, because another thread that sees it here goes on to make a client.
        self._sessions.add(session)

    def unhook(self) -> None:
        """Undo every :meth:`hook` and every routed client."""
        for session in list(self._sessions):
            events = session.get_component("event_emitter")
            events.unregister(_EVENT, unique_id=self._id_for(session))
        for client, wrapper in self.wrappers():
            self.release(client, wrapper)
        self._sessions.clear()
        self._clients.clear()
        self._events.clear()
        self._in_force = object()

    def release(self, client: Any, wrapper: Wrapper) -> None:
        """Undo one routed client."""
        wrapper.unwrap(client)
        self._clients.pop(client, None)

    def forget(self, client: Any) -> Wrapper | None:
        """The wrapper of *client*, which stays in place and is no longer undone from here."""
        known = self.wrapper_of(client)
        self._clients.pop(client, None)
        return known

    def give_up(self, client: Any) -> None:
        """Undo *client*, if it is routed."""
        known = self.wrapper_of(client)
        if known is not None:
            self.release(client, known)

    def adopt(self, client: Any, make: MakeWrapper) -> None:
        """Route a client that exists already."""
        self.give_up(client)
        wrapper = make(seams.client_parts(client))
        wrapper.wrap()
        if isinstance(wrapper, RoutedClient) and wrapper.rulesets.exist:
            seams.set_endpoint_url(client, wrapper.shown_host)
        self.track(wrapper, client)
