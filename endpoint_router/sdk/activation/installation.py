"""One policy in force: for the process, for sessions that were attached, or for a block of tests.

Which policy a session has, and what happens when there is none that can be used: refusals in the
request path, because botocore and applications may swallow what is raised anywhere else. Who
speaks where there are several is :mod:`.install`.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import botocore

from ...errors import PolicyError
from ...policy.load import SYSTEM_POLICY, PolicySource, load
from ...policy.loaded import LoadedPolicy
from ...process import Lock
from ...router import Router, World
from .. import seams
from .check import check_botocore, check_policy
from .hooks import Clients, Tracker, or_strangers, refuser

if TYPE_CHECKING:
    from .frozen import BeforeUse
    from .hooks import MakeWrapper

logger = logging.getLogger("endpoint_router")

#: Of a profile in ``~/.aws/config``.
_PROFILE_KEY = "endpoint_router_policy"


class Installation:
    """One policy in force for a process, or for the sessions that were attached to it."""

    def __init__(
        self,
        policy: PolicySource | None = None,
        *,
        world: World | None = None,
        environ: Mapping[str, str] = os.environ,
        system_policy: str = SYSTEM_POLICY,
    ) -> None:
        self.policy = policy
        self.world = world or World()
        self._environ = environ
        self._system_policy = system_policy
        self._tracker = Tracker()
        self._before_use: BeforeUse | None = None
        self._lock = Lock()
        self._made: dict[tuple[str, str], MakeWrapper | None] = {}
        #: Keys of :attr:`_loaded` that were announced.
        self._said: set[tuple[str, str]] = set()
        #: Sessions of which it is known whether they are monitored.
        self._looked_at: weakref.WeakSet[Any] = weakref.WeakSet()
        self._warned_of_monitoring = False
        #: Does moto see what it knows of the requests of our clients?
        self._suits_moto = False
        self._loaded: dict[tuple[str, str], LoadedPolicy] = {}
        self._routers: dict[tuple[str, str], Router] = {}

    # --- which policy

    def load(self, session: Any = None) -> LoadedPolicy:
        """The policy for *session* (a botocore session), or for the process.

        :raises PolicyError: when it cannot be used.
        """
        profile, text = profile_policy(session) if session is not None else ("", "")
        with self._lock.here:
            if (profile, text) not in self._loaded:
                check_botocore(botocore.__version__)
                loaded = load(
                    self.policy,
                    environ=self._environ,
                    profile_policy=text if profile else None,
                    profile=profile,
                    system_policy=self._system_policy,
                    today=self.world.today(),
                )
                for warning in (*loaded.warnings, *check_policy(loaded)):
                    from ...printable import printable

                    logger.warning("endpoint_router: %s", printable(warning))
                self._loaded[(profile, text)] = loaded
            return self._loaded[(profile, text)]

    def loaded(self) -> list[LoadedPolicy]:
        """The policies that were loaded so far: the process's and those of profiles."""
        return list(self._loaded.values())

    def start(self, session: Any = None) -> LoadedPolicy:
        """Load the policy that speaks from now on, and say once which one it is.

        :raises PolicyError: when it cannot be used.
        """
        loaded = self.load(session)
        key = profile_policy(session)
        with self._lock.here:
            if key in self._said:
                return loaded
            self._said.add(key)
        if logger.isEnabledFor(logging.INFO) or (self.policy is None and not loaded.origins):
            from .announcing import announce

            announce(loaded, self._environ, in_code=self.policy is not None)
        return loaded

    def router_for(self, session: Any = None) -> Router:
        """The router of *session*'s policy, with all that it has observed.

        :raises PolicyError: when that policy cannot be used.
        """
        key = profile_policy(session)
        with self._lock.here:
            if key not in self._routers:
                self._routers[key] = Router(self.load(session), self.world)
            return self._routers[key]

    def make_for(self, session: Any) -> MakeWrapper | None:
        """How clients of *session* are made; ``None`` when they stay as they are."""
        if session is not None:
            self._look_for_monitoring(session)
        if seams.MOTO in sys.modules and not self._suits_moto:
            self._suit_moto()
        key = profile_policy(session)
        if key in self._made:
            return self._made[key]
        with self._lock.here:
            if key not in self._made:
                try:
                    self.start(session)
                    router = self.router_for(session)
                except PolicyError as error:
                    logger.error("endpoint_router refuses every call: %s", str(error))
                    self._made[key] = refuser(error, self.world.counters)
                else:
                    self._made[key] = self.clients_of(router)
            return self._made[key]

    def clients_of(self, router: Router) -> MakeWrapper | None:
        """How clients are made that *router* decides for; ``None`` when they stay as they are."""
        mode = router.loaded.policy.mode
        if mode == "enforce":
            return or_strangers(router, Clients(router).make, enforces=True)
        if mode != "report":
            return None
        from ..calls.reporting import Reports  # only where the policy says so

        return or_strangers(router, Reports(router).make, enforces=False)

    def _suit_moto(self) -> None:
        """Applications' tests, with moto in process, make clients after it was imported."""
        from ..calls.shown_to_moto import standard_url
        from ..seams_moto import begin

        self._suits_moto = begin(self, standard_url)

    def _look_for_monitoring(self, session: Any) -> None:
        """Warn once where a copy of each call's particulars goes past the policy."""
        if session in self._looked_at:
            return
        self._looked_at.add(session)
        if session.get_config_variable("csm_enabled") and not self._warned_of_monitoring:
            from .monitoring import warning_of

            try:
                warning = warning_of(session, self.load(session))
            except PolicyError:
                return  # each call is refused with it
            if warning:
                self._warned_of_monitoring = True
                logger.warning("endpoint_router: %s", warning)

    # --- where it applies

    def __call__(self, session: Any) -> None:
        """The initializer that botocore calls for each new session."""
        self._tracker.hook(session, self.make_for)

    def _cover(self, session: Any, events: Any) -> None:
        self._tracker.hook(session, self.make_for, events=events)

    def claim(self, session: Any) -> None:
        """Cover one session, whatever policy covers it already."""
        self._tracker.hook(session, self.make_for, replace=True)

    def cover_existing(self, being_made: Any = None) -> None:
        """Cover sessions that exist already, and name the clients that cannot be.

        :param being_made: a client that need not be named.
        """
        if "botocore.session" not in sys.modules:
            return  # nobody can have made one
        from .existing import existing

        sessions, clients = existing()
        for session in sessions:
            self(session)
        missed = [
            client
            for client in clients
            if client is not being_made and self._tracker.wrapper_of(client) is None
        ]
        if missed:
            _warn_of_clients(
                f"{len(missed)} client(s) made before install() are not routed",
                (client.meta.service_model.service_name for client in missed),
                "Call endpoint_router.attach(client), or create them later.",
            )
        if gc.get_freeze_count():
            self._cover_frozen(clients)

    def _cover_frozen(self, seen: list[Any]) -> None:
        """Cover sessions that ``gc.freeze()`` hides as soon as they matter, and name clients."""
        from .frozen import BeforeUse, hidden_clients

        self._before_use = BeforeUse(self._cover)
        names = hidden_clients(seen)
        if names:
            _warn_of_clients(
                "gc.freeze() hides client(s) made before install(), which are not routed",
                names,
                "If they are still in use, call install() before they are made (in the process "
                "that freezes and forks), or endpoint_router.attach(client) on each.",
            )

    def adopt(self, client: Any) -> None:
        """Route one client that exists already, by its session's policy where that is known."""
        make = self.make_for(self._tracker.session_of(client))
        if make is not None:
            self._tracker.adopt(client, make)

    def release(self, client: Any) -> None:
        """Leave *client* as botocore made it, if it is routed by this installation."""
        self._tracker.give_up(client)

    def routes(self, client: Any) -> bool:
        """Is *client* routed by this installation?"""
        return self._tracker.wrapper_of(client) is not None

    def covers(self, session: Any) -> bool:
        """Does this installation see to the clients of *session*?"""
        return self._tracker.hooks(session)

    def is_in_use(self) -> bool:
        """Is there anything left that :meth:`undo` would undo?"""
        return self._tracker.has_any()

    def undo(self) -> None:
        """Leave every session and client as botocore made it."""
        if self._before_use is not None:
            self._before_use.undo()
            self._before_use = None
        if self._suits_moto:
            from ..seams_moto import end

            self._suits_moto = False
            end(self)
        self._tracker.unhook()


def _warn_of_clients(what: str, names: Iterable[str], way_out: str) -> None:
    named = ", ".join(sorted(set(names)))
    logger.warning("endpoint_router: %s: %s. %s", what, named, way_out)


def profile_policy(session: Any) -> tuple[str, str]:
    """The profile's name and the policy that it names in ``~/.aws/config``."""
    if session is None:
        return "", ""
    # Each client asks, and hardly anybody has one: to find out which profile speaks costs more than
    # to see that none has it.
    profiles = session.full_config.get("profiles", {})
    if not any(_PROFILE_KEY in profile for profile in profiles.values()):
        return "", ""
    text = session.get_scoped_config().get(_PROFILE_KEY)
    return ("", "") if text is None else (session.profile or "default", str(text))
