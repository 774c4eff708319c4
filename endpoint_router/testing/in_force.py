"""A policy in force for a block of a test: over whatever is installed, and undone without a trace.

Sessions and clients that exist already are covered, too: a client when it is first used in the
block, so that those of other tests, which nobody has collected yet, ask nothing and cost nothing.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..aws.zone import stated
from ..policy.load import PolicySource
from ..policy.loaded import LoadedPolicy
from ..policy.model import Policy
from ..router import Router, World
from ..sdk import seams
from ..sdk.activation.existing import existing
from ..sdk.activation.hooks import or_strangers
from ..sdk.activation.install import Installation, installations, over_all
from ..sdk.calls.left_alone import LeftAlone
from ..sdk.stand_in import StandIn
from .calls import CallLog, RoutedCall
from .fake_clock import FakeClock
from .fake_dns import FakeDns
from .offline import Offline
from .watching import WatchedClients

if TYPE_CHECKING:
    from ..sdk.activation.hooks import MakeWrapper

__all__ = ["PolicyInForce", "policy_in_force"]


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
    """
    names = FakeDns() if dns is None and offline else dns
    calls = CallLog()
    block = _Block(policy, _world(names, clock, zone, offline=offline), calls, offline=offline)
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
    own_zone = stated(zone)
    return World(zone=lambda _timeout: own_zone, **parts)


class _Block(Installation):
    """An installation that speaks alone."""

    def __init__(
        self, policy: PolicySource | None, world: World, calls: CallLog, *, offline: bool
    ) -> None:
        super().__init__(policy, world=world, environ=os.environ if policy is None else {})
        self._calls, self._offline = calls, offline
        #: Clients of others that this one routes for now.
        self._taken: weakref.WeakKeyDictionary[Any, Installation] = weakref.WeakKeyDictionary()
        #: Clients that were made before it.
        self._found: weakref.WeakSet[Any] = weakref.WeakSet()
        self._released: list[Any] = []

    def load(self, session: Any = None) -> LoadedPolicy:
        return super().load(session if self.policy is None else None)

    def start(self, session: Any = None) -> LoadedPolicy:
        return self.load(session)  # of a test's policy nobody has to be told

    def clients_of(self, router: Router) -> MakeWrapper | None:
        router.log = None  # production's file is none of a test's
        if router.loaded.policy.mode != "enforce":
            return lambda _parts: LeftAlone()  # and nobody else routes it
        clients = WatchedClients(router, self._calls, offline=self._offline)
        return or_strangers(router, clients.make, enforces=True)

    def __call__(self, session: Any) -> None:
        self.claim(session)

    def cover(self) -> None:
        """Speak for what exists already."""
        sessions, clients = existing()
        for session in sessions:
            self.claim(session)
        for client in clients:
            self._found.add(client)
            _AtFirstUse(self, client).wait()

    def wait_for(self, late: _AtFirstUse, client: Any) -> None:
        """Until it is used, *late* is all that is done to *client*."""
        self._tracker.track(late, client)

    def take(self, client: Any) -> None:
        """Route a client that exists already, and remember who did until now."""
        self.release(client)
        speaking = installations()
        before_us = speaking[speaking.index(self) + 1 :]
        other = next((other for other in before_us if other.routes(client)), None)
        if other is not None:
            if isinstance(other, _Block) and client not in other._taken:
                other.take(client)  # as if it had been used there: that is where it goes back to
            other.release(client)
            self._taken[client] = other
        self.adopt(client)

    def undo(self) -> None:
        self._released = [
            client
            for client, wrapper in self._tracker.wrappers()
            if not isinstance(wrapper, _AtFirstUse)  # that one has changed nothing
        ]
        super().undo()

    def hand_back(self) -> None:
        """Let clients obey whom they would have obeyed without this block."""
        others = installations()
        for client in self._released:
            other = self._taken.get(client)
            if client not in self._found:
                other = next((other for other in others if other.covers(client)), None)
            if other is not None:
                other.adopt(client)
        self._released = []


class _AtFirstUse(LeftAlone):
    """In the place of what every call of an existing client comes by first."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(self, block: _Block, client: Any) -> None:
        self._block, self._client = block, weakref.ref(client)
        parts = seams.client_parts(client)
        resolver, signer = parts["endpoint_ruleset_resolver"], parts["request_signer"]
        self._construct = None if resolver is None else StandIn(resolver, "construct_endpoint")
        self._sign = None if signer is None else StandIn(signer, "sign")

    def wait(self) -> None:
        """Begin to wait for the first call."""
        client = self._client()
        if client is None:
            return
        if self._sign is None:
            self._block.take(client)  # somebody's own: there is nothing to wait at
            return
        self._sign.put(self.sign)
        if self._construct is not None:
            self._construct.put(self.construct_endpoint)
        self._block.wait_for(self, client)

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wait`: leave the client as it was found."""
        for place in (self._construct, self._sign):
            if place is not None:
                place.undo()

    def construct_endpoint(self, *arguments: Any, **options: Any) -> Any:
        """Stands for ``EndpointRulesetResolver.construct_endpoint``."""
        return self._used(self._construct).construct_endpoint(*arguments, **options)

    def sign(self, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``."""
        return self._used(self._sign).sign(*arguments, **options)

    def _used(self, place: StandIn | None) -> Any:
        client = self._client()
        assert place is not None  # it is what calls
        if client is not None:
            self._block.take(client)
        return place.owner()
