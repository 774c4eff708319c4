"""What one policy's clients have in common as to their connections: one of each, put together.

How a connection is opened is said elsewhere: :mod:`.pinning` where a decision relies on a private
address, :mod:`.unpinned` where none does, :mod:`.proxies` through a proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...probe.dialling import SystemDialler
from ...router import Router
from .. import seams
from .proxies import Proxies, SharedProxies
from .unpinned import Peers, Unpinned


class Connections:
    """The openers, peers and proxies of the clients that *router* routes."""

    def __init__(self, router: Router) -> None:
        world, policy = router.world, router.loaded.policy
        self.router = router
        self.dialler = world.dialler or SystemDialler()
        self._proxies = SharedProxies(world.clock)
        #: Of connections that are not pinned.
        self.peers = Peers()
        #: Are hosts looked up through the policy's servers, also where nothing is pinned?
        self.looks_up = own = world.dialler is not None or bool(policy.dns.servers)
        #: ``None`` where urllib3 opens, and nobody wants to know where it led.
        self._unpinned: Unpinned | None = None
        if own or policy.log.decisions:
            evidence = router.evidence if own else None
            self._unpinned = Unpinned(self.dialler, evidence, self.peers)

    def proxies_of(self, parts: Mapping[str, Any]) -> Proxies:
        """What names the proxies of the client with these constructor arguments."""
        return self._proxies.of(parts)

    def apply(self, http_session: Any) -> None:
        """Make *http_session* dial through this policy's servers, if the policy has any."""
        if self._unpinned is not None:
            seams.set_pool_classes(http_session, seams.pools_for(self._unpinned))

    def unapply(self, http_session: Any) -> None:
        """Undo :meth:`apply`."""
        if self._unpinned is not None:
            seams.reset_pool_classes(http_session)

    def peer(self, host: str) -> str:
        """Where the last unpinned connection to *host* led; empty if that is not known."""
        return self.peers.of(host)
