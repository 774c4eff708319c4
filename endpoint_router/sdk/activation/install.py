"""``install``, ``uninstall`` and ``attach``: the state of the process, behind one lock.

Which policy a session has, and what happens when there is none that can be used: refusals in the
request path, because botocore and applications may swallow what is raised anywhere else.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import botocore

from ... import codes
from ...errors import PolicyError
from ...policy.load import PolicySource, load
from ...policy.loaded import LoadedPolicy
from ...process import Lock
from ...router import Router, World
from .. import seams
from .check import check_botocore, check_policy
from .hooks import Clients, Tracker, refuser

if TYPE_CHECKING:
    from .hooks import MakeWrapper

logger = logging.getLogger("endpoint_router")


class Installation:
    """One policy in force for a process, or for the sessions that were attached to it."""

    def __init__(
        self,
        policy: PolicySource | None = None,
        *,
        world: World | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.policy = policy
        self.world = world or World()
        self._environ = environ
        self._tracker = Tracker()
        self._lock = Lock()
        self._made: dict[tuple[str, str], MakeWrapper | None] = {}
        self._loaded: dict[tuple[str, str], LoadedPolicy] = {}
        self._routers: dict[tuple[str, str], Router] = {}

    # --- which policy

    def load(self, session: Any = None) -> LoadedPolicy:
        """The policy for *session* (a botocore session), or for the process.

        :raises PolicyError: when it cannot be used.
        """
        profile, text = _profile_policy(session) if session is not None else ("", "")
        with self._lock.here:
            if (profile, text) not in self._loaded:
                check_botocore(botocore.__version__)
                loaded = load(
                    self.policy,
                    environ=self._environ,
                    profile_policy=text or None,
                    profile=profile,
                    today=self.world.today(),
                )
                for warning in (*loaded.warnings, *check_policy(loaded)):
                    from ...printable import printable

                    logger.warning("endpoint_router: %s", printable(warning))
                self._loaded[(profile, text)] = loaded
            return self._loaded[(profile, text)]

    def router_for(self, session: Any = None) -> Router:
        """The router of *session*'s policy, with all that it has observed.

        :raises PolicyError: when that policy cannot be used.
        """
        key = _profile_policy(session)
        with self._lock.here:
            if key not in self._routers:
                self._routers[key] = Router(self.load(session), self.world)
            return self._routers[key]

    def make_for(self, session: Any) -> MakeWrapper | None:
        """How clients of *session* are made; ``None`` when they stay as they are."""
        key = _profile_policy(session)
        with self._lock.here:
            if key not in self._made:
                try:
                    router = self.router_for(session)
                except PolicyError as error:
                    logger.error("endpoint_router refuses every call: %s", str(error))
                    self._made[key] = refuser(error)
                else:
                    self._made[key] = _clients(router)
            return self._made[key]

    # --- where it applies

    def __call__(self, session: Any) -> None:
        """The initializer that botocore calls for each new session."""
        self._tracker.hook(session, self.make_for)

    def claim(self, session: Any) -> None:
        """Cover one session, whatever policy covers it already."""
        self._tracker.hook(session, self.make_for, replace=True)

    def cover_existing(self) -> None:
        """Cover sessions that exist already, and name the clients that cannot be."""
        if "botocore.session" not in sys.modules:
            return  # nobody can have made one
        from botocore.client import BaseClient
        from botocore.session import Session

        missed = []
        for thing in _instances(Session, BaseClient):
            if isinstance(thing, Session):
                self(thing)
            elif self._tracker.wrapper_of(thing) is None:
                missed.append(thing.meta.service_model.service_name)
        if missed:
            logger.warning(
                "endpoint_router: %d client(s) made before install() are not routed: %s. "
                "Call endpoint_router.attach(client), or create them later.",
                len(missed),
                ", ".join(sorted(set(missed))),
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

    def undo(self) -> None:
        """Leave every session and client as botocore made it."""
        self._tracker.unhook()


def _instances(*classes: type) -> list[Any]:
    """Everything alive that is of these classes, or of what is derived from them.

    An object refers to its class, and asking who refers to these takes a third of the time that a
    walk over all objects would (135,000 where boto3 is imported).
    """
    kinds: set[type[Any]] = set()
    new: set[type[Any]] = set(classes)
    while new:
        kinds |= new
        new = {derived for kind in new for derived in type.__subclasses__(kind)} - kinds
    # By the very type: weak and lazy proxies claim the class of what they stand for.
    return [thing for thing in gc.get_referrers(*kinds) if type(thing) in kinds]


def _clients(router: Router) -> MakeWrapper | None:
    mode = router.loaded.policy.mode
    if mode == "enforce":
        return Clients(router).make
    if mode != "report" or router.log is None:
        return None
    from ..calls.reporting import Reports  # only where the policy says so

    return Reports(router, router.log).make


def _profile_policy(session: Any) -> tuple[str, str]:
    """The profile's name and the policy that it names in ``~/.aws/config``."""
    if session is None:
        return "", ""
    text = str(session.get_scoped_config().get("endpoint_router_policy", ""))
    return (session.profile or "default", text) if text else ("", "")


_lock = Lock()
_installed: Installation | None = None
#: Keeps what :func:`attach` put in place, so that :func:`uninstall` can undo it.
_attached: list[Installation] = []


def install(policy: PolicySource | None = None) -> None:
    """Route every botocore client of this process from now on.

    Covers each session made later, the sessions that exist (boto3's default one among them), and
    the clients that botocore makes inside itself. Clients made before are named in a warning.

    :param policy: a :class:`~endpoint_router.Policy`, a dict of the same shape, or the path of a
        policy file. ``None``: environment variables and the profile say.
    :raises PolicyError: when the policy cannot be used, or when another one is installed. The
        handlers that refuse each call are then in place all the same, so that a ``try`` around
        this call cannot disarm it.
    """
    global _installed
    with _lock.here:
        if _installed is not None:
            if _installed.policy == policy:
                _installed.load()
                return
            raise PolicyError(
                where="install()",
                found="another policy",
                expected="the policy that is installed already, or none",
                hint="Call endpoint_router.uninstall() first.",
                code=codes.POLICY_INSTALLED,
            )
        _installed = Installation(policy)
        botocore.register_initializer(_installed)
        _installed.cover_existing()
        _installed.load()


def uninstall() -> None:
    """Undo :func:`install` and every :func:`attach`, exactly. Without effect when there is none."""
    global _installed
    with _lock.here:
        # The last first: a client may have been routed by one policy and attached to another.
        while _attached:
            _attached.pop().undo()
        if _installed is not None:
            botocore.unregister_initializer(_installed)
            _installed.undo()
            _installed = None


def attach(session_or_client: Any, policy: PolicySource | None = None) -> None:
    """Route the clients of one boto3 or botocore session, or one client that exists already.

    :param policy: as for :func:`install`; ``None`` means what is installed, if anything is.
    :raises PolicyError: when the policy cannot be used; each call is then refused.
    """
    with _lock.here:
        installation = _installed if policy is None and _installed else Installation(policy)
        if installation is not _installed:
            _attached.append(installation)
        session = seams.botocore_session(session_or_client)
        if hasattr(session, "create_client"):
            installation.claim(session)
            installation.load(session)
        else:
            client = getattr(session_or_client, "meta", session_or_client)
            client = getattr(client, "client", session_or_client)  # a boto3 resource holds one
            for other in filter(None, (_installed, *_attached)):
                if other is not installation:
                    other.release(client)  # one policy speaks for a client: the last attached
            installation.adopt(client)
            installation.load()


def current() -> Installation | None:
    """What :func:`install` put in place."""
    return _installed


def installation_for(policy: PolicySource | Installation | None) -> Installation:
    """What speaks for a question that is about no client: *policy*, else what is installed."""
    if isinstance(policy, Installation):
        return policy  # the lab's and the tests', with a world of its own
    installed = current()
    return installed if policy is None and installed else Installation(policy)
