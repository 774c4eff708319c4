"""A policy in force for a block of a test: over whatever is installed, and undone without a trace.

Sessions and clients that exist already are covered, too: a client when it is first used in the
block, so that those of other tests, which nobody has collected yet, ask nothing and cost nothing.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from ..aws.bad_name import BadName
from ..aws.zone import stated
from ..policy.load import PolicySource
from ..policy.loaded import LoadedPolicy
from ..policy.model import Policy
from ..router import Router, World
from ..sdk.activation.existing import existing
from ..sdk.activation.hooks import or_strangers
from ..sdk.activation.install import installations, over_all
from ..sdk.activation.installation import Installation
from ..sdk.calls.left_alone import LeftAlone
from .at_first_use import AtFirstUse
from .calls import CallLog, RoutedCall
from .fake_clock import FakeClock
from .fake_dns import FakeDns
from .offline import Offline
from .watching import WatchedClients

if TYPE_CHECKING:
    from ..sdk.activation.hooks import MakeWrapper, Wrapper

__all__ = ["PolicyInForce", "PutInForce", "policy_in_force"]


class PolicyInForce:
    """What :func:`policy_in_force` gives to its block.

    :ivar policy: what is in force, as it was loaded.
    :ivar dns: what look-ups are answered by; ``None`` where they are real.
    :ivar clock: what time is read from; ``None`` where it is real.
    """

    def __init__(
        self, policy: Policy, dns: FakeDns | None, clock: FakeClock | None, calls: CallLog
    ) -> None:
        self.policy, self.dns, self.clock = policy, dns, clock
        self._calls = calls

    @property
    def calls(self) -> tuple[RoutedCall, ...]:
        """Each call until now, in order, those that a stub answered among them."""
        return self._calls()


class PutInForce(Protocol):
    """What the fixture ``endpoint_router_policy`` is: puts a policy in force for this test."""

    def __call__(
        self, policy: PolicySource | None = None, *, zone: str = "", offline: bool = True
    ) -> PolicyInForce:
        """As :func:`policy_in_force`, until the test is over.

        :raises PolicyError: the policy cannot be used.
        """


@contextmanager
def policy_in_force(
    policy: PolicySource | None = None,
    *,
    dns: FakeDns | None = None,
    clock: FakeClock | None = None,
    zone: str = "",
    offline: bool = True,
) -> Iterator[PolicyInForce]:
    """Put *policy* in force for a block, in the whole process: all threads see it.

    It speaks for every session and client, whenever they were made, over what is installed or
    attached; inside, ``install``, ``attach`` and ``uninstall`` check what they are given and change
    nothing. Blocks may be nested: the inner one speaks. Afterwards all is as it was.

    :param policy: as for :func:`endpoint_router.install`. ``ENDPOINT_ROUTER_*`` variables and
        profiles have no say in it, unless it is ``None``: then they alone have, as in production.
    :param dns: what names answer; where all is well unless told. No question leaves the process.
    :param clock: time; the real one unless told.
    :param zone: the availability zone that this is to be in, by name or id; in none unless told.
    :param offline: nothing is connected to: a request that nobody answers raises
        :class:`NothingAnswered`. ``False`` for a server of the test's own (LocalStack, a moto
        server): connections are real then, and so is DNS unless *dns* is given.
    :raises PolicyError: the policy cannot be used.
    :raises ValueError: *zone* is none.
    """
    names = FakeDns() if dns is None and offline else dns
    calls = CallLog()
    block = _Block(policy, _world(names, clock, zone, offline=offline), calls)
    loaded = block.load()
    if names is not None:
        network = next(iter(loaded.parsed.networks), None)
        if network is not None:
            names.in_networks(str(next(islice(network.hosts(), 9, None), network[0])))
    try:
        with over_all(block):
            block.cover()
            yield PolicyInForce(loaded.policy, names, clock, calls)
    finally:
        block.undo()
        block.hand_back()


def _world(names: FakeDns | None, clock: FakeClock | None, zone: str, *, offline: bool) -> World:
    parts: dict[str, Any] = {}
    if names is not None:
        look_up = names.look_up
        parts["lookup"] = lambda _servers: look_up
    if clock is not None:
        parts.update(clock=clock, today=clock.today)
    if offline:
        parts.update(dialler=Offline(), reach=lambda *_: True)
    try:
        own_zone = stated(zone)
    except BadName as error:
        raise ValueError(f"zone={zone!r}: expected {error.expected}. {error.hint}") from None
    return World(zone=lambda _timeout: own_zone, **parts)


class _Block(Installation):
    """An installation that speaks alone."""

    def __init__(self, policy: PolicySource | None, world: World, calls: CallLog) -> None:
        super().__init__(policy, world=world, environ=os.environ if policy is None else {})
        self._calls = calls
        #: Clients that were made before it.
        self._found: weakref.WeakSet[Any] = weakref.WeakSet()
        #: Who routed a client before, and who would route one that was made meanwhile.
        self._before: weakref.WeakKeyDictionary[Any, Installation] = weakref.WeakKeyDictionary()
        #: The same of those that this one has routed, when it has ended.
        self._released: list[tuple[Any, Installation | None]] = []

    def load(self, session: Any = None) -> LoadedPolicy:
        return super().load(session if self.policy is None else None)

    def start(self, session: Any = None) -> LoadedPolicy:
        return self.load(session)  # of a test's policy nobody has to be told

    def clients_of(self, router: Router) -> MakeWrapper | None:
        router.log = None  # production's file is none of a test's
        if router.loaded.policy.mode != "enforce":
            return lambda _parts: LeftAlone()  # and nobody else routes it
        return or_strangers(router, WatchedClients(router, self._calls).make, enforces=True)

    def __call__(self, session: Any) -> None:
        self.claim(session)

    def cover(self) -> None:
        """Speak for what exists already."""
        sessions, clients = existing()
        for session in sessions:
            self.claim(session)
        for client in clients:
            self._found.add(client)
            late = AtFirstUse(client, self.take)
            if late.wait():
                self._tracker.track(late, client)
            else:
                self.take(client)

    def _others(self) -> list[Installation]:
        """Who would speak without this block: the first before the others."""
        speaking = installations()
        return speaking[speaking.index(self) + 1 :] if self in speaking else speaking

    def make_for(self, session: Any) -> MakeWrapper | None:
        make = super().make_for(session)
        other = next((other for other in self._others() if other.covers(session)), None)
        if make is None or other is None:
            return make

        def make_and_remember(parts: Mapping[str, Any]) -> Wrapper:
            wrapper = make(parts)
            self._before[wrapper] = other
            return wrapper

        return make_and_remember

    def take(self, client: Any) -> None:
        """Route a client that exists already, and remember who did until now."""
        late = self._tracker.forget(client)
        other = next((other for other in self._others() if other.routes(client)), None)
        if other is not None:
            if isinstance(other, _Block) and client not in other._before:
                other.take(client)  # as if it had been used there: that is where it goes back to
            other.release(client)
            self._before[client] = other
            if isinstance(late, AtFirstUse):
                late.wait()  # further calls meanwhile
        self.adopt(client)
        if isinstance(late, AtFirstUse):
            late.leave()

    def undo(self) -> None:
        self._released = [
            (client, self._before.get(client if client in self._found else wrapper))
            for client, wrapper in self._tracker.wrappers()
            if not isinstance(wrapper, AtFirstUse)  # that one has changed nothing
        ]
        super().undo()

    def hand_back(self) -> None:
        """Let clients obey whom they would have obeyed without this block."""
        others = installations()
        for client, other in self._released:
            while isinstance(other, _Block) and other not in others:
                other = other._before.get(client)  # that block has ended before this one
            if other is not None:
                other.adopt(client)
        self._released = []
