"""What one policy's clients have in common as to their connections: one of each, put together.

How a connection is opened is said elsewhere: :mod:`.pinning` where a decision relies on a private
address, :mod:`.unpinned` where none does, :mod:`.proxies` through a proxy.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ...aws.hosts import host_of
from ...probe.dialling import SystemDialler
from ...router import Router
from .. import seams_urllib3
from .proxies import SharedProxies
from .unpinned import Peers, Unpinned


class Connections:
    """The openers, peers and proxies of the clients that *router* routes."""

    def __init__(self, router: Router) -> None:
        world, policy = router.world, router.loaded.policy
        self.router = router
        self.dialler = world.dialler or SystemDialler()
        #: What names the proxies of the client with these constructor arguments.
        self.proxies_of = SharedProxies(world.clock).of
        #: Of connections that are not pinned.
        self.peers = Peers()
        #: Are hosts looked up through the policy's servers, also where nothing is pinned?
        self.looks_up = world.dialler is not None or bool(policy.dns.servers)
        #: ``None`` where botocore's own pools open: those of tests may be behind a cassette.
        self._unpinned: Unpinned | None = None
        if self.looks_up:
            self._unpinned = Unpinned(self.dialler, router.evidence, self.peers)

    def apply(self, http_session: Any) -> None:
        """Make *http_session* dial through this policy's servers, if the policy has any."""
        if self._unpinned is not None:
            seams_urllib3.set_pool_classes(
                http_session, seams_urllib3.yielding_pools_for(self._unpinned)
            )

    def unapply(self, http_session: Any) -> None:
        """Undo :meth:`apply`."""
        if self._unpinned is not None:
            seams_urllib3.reset_pool_classes(http_session)

    def notice(self, response: Any, http_session: Any, url: str) -> None:
        """*response*, if there is one, came from *url* by *http_session*: see where that led."""
        found = seams_urllib3.socket_of(response, http_session, url)
        if hasattr(found, "getpeername"):  # a cassette's has no other end
            with suppress(OSError):
                self.peers.remember(host_of(url), self.dialler.peer(found))

    def peer(self, host: str) -> str:
        """Where the last unpinned connection to *host* led; empty if that is not known."""
        return self.peers.of(host)
