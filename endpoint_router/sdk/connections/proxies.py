"""Which proxy carries a request, decided for the host that the request really goes to.

botocore decides once, when the client is made, and for the URL that it had in mind then: a client
whose calls are routed to a VPC endpoint would go through the proxy although ``NO_PROXY`` names the
endpoint, or past it because ``NO_PROXY`` names a host that the call no longer goes to.

Here lives only the verdict. Nothing is looked up or connected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies, should_bypass_proxies
from msgspec.structs import replace

from ...aws.hosts import origin_of, without_user
from ...recent import Recent
from ...routing.candidates import Candidate
from ...routing.case import Case
from ...routing.judging import pin_question
from .. import seams_sending

#: Seconds after which a change of the environment is noticed.
NOTICED_AFTER = 1.0
_VARIABLES = tuple(
    spelling
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    for spelling in (name, name.upper())
)
#: A client's origins are few, but an S3 client may touch any number of buckets.
_CAPACITY = 4096


class Watch:
    """The proxies' variables: one look in a second, however many clients want to know of changes.

    :param clock: seconds.
    :param environ: what is watched; botocore itself reads ``os.environ``.
    """

    def __init__(self, clock: Callable[[], float], environ: Mapping[str, str] = os.environ) -> None:
        self._clock = clock
        self._read = seams_sending.reader_of(environ, _VARIABLES)
        #: What two clients have in common that see the same variables.
        self.seen = self._read()
        #: When that was, in seconds of the clock, and when it is time to look again.
        self.looked_at = clock()
        self.look_at = self.looked_at + NOTICED_AFTER
        #: Another object after each change: what was decided before is to be decided anew.
        self.epoch = object()

    def look(self) -> None:
        """Notice what has changed since the last look."""
        self.looked_at = now = self._clock()
        self.look_at = now + NOTICED_AFTER
        seen = self._read()
        if seen != self.seen:
            self.seen, self.epoch = seen, object()

    def look_if_due(self, now: float) -> object:
        """:meth:`look`, when it is time. The epoch."""
        if now >= self.look_at:
            self.look()
        return self.epoch


@lru_cache(maxsize=8)  # the clocks of a process are one
def watch_of(clock: Callable[[], float]) -> Watch:
    """The one that all clients have in common who go by this *clock*."""
    return Watch(clock)


class Proxies(ProxyConfiguration):
    """Stands where ``URLLib3Session`` keeps its ``ProxyConfiguration``; clients may share one.

    :param configured: the client's ``Config(proxies=...)``; ``None`` where it has none, and the
        environment speaks. As in botocore, ``NO_PROXY`` has no say over what is configured, except
        for calls that go to confirmed private addresses (:meth:`carrier`).
    :param settings: the client's ``Config(proxies_config=...)``.
    """

    def __init__(
        self,
        configured: Mapping[str, str] | None,
        settings: Mapping[str, Any] | None,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(proxies=configured, proxies_settings=settings)
        self._configured = configured
        self._clock = clock
        self.watch = watch_of(clock)
        #: By origin, empty for none; and the epoch of what is known.
        self._known: Recent[str, str] = Recent(_CAPACITY)
        self._epoch = self.watch.epoch

    def fingerprint(self) -> object:
        """What two clients have in common whose requests take the same proxies."""
        if self._configured is not None:
            return (tuple(sorted(self._configured.items())), self.watch.seen)
        return self.watch.seen

    def proxy_url_for(self, url: str) -> str | None:  # type: ignore[override]  # it may be None
        """The proxy for a request to *url*, with credentials; ``None`` for a direct connection."""
        origin = origin_of(url)
        epoch = self.watch.epoch
        if self._epoch is not epoch:
            self._known = Recent(_CAPACITY)  # first: another thread goes by the epoch
            self._epoch = epoch
        # Taken once: what another thread finds changed meanwhile is not to be mixed with this.
        known = self._known
        found = known.get(origin)
        if found is None:
            found = known.recall(origin)
        if found is None:
            found = self._find(origin) or ""
            known.keep(origin, found)
        return found or None

    def _find(self, origin: str) -> str | None:
        if self._configured is not None:
            proxy: str | None = super().proxy_url_for(origin)
            return proxy
        return _of(get_environ_proxies(origin), origin)

    def carrier(self, origin: str, *, aliases: Iterable[str] = ()) -> str:
        """The proxy for a request to *origin*, without credentials; empty for none.

        :param aliases: of a call that is to go to confirmed private addresses, the origins by which
            somebody may know it. ``NO_PROXY`` may name any, and then also where the proxy stands in
            the client's configuration: a private address is what such an entry is written for.
        """
        self.watch.look_if_due(self._clock())
        proxy = self.proxy_url_for(origin)
        if not proxy or any(should_bypass_proxies(one) for one in aliases):
            return ""
        return without_user(origin_of(proxy))


class SharedProxies:
    """The proxies of clients, one for all that have no configuration of their own."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._of_environment = Proxies(None, None, clock)

    def of(self, parts: Mapping[str, Any]) -> Proxies:
        """What names the proxies of the client with these constructor arguments."""
        configured = parts["client_config"].proxies
        native = seams_sending.proxy_configuration(parts["endpoint"].http_session)
        settings = native.settings if native is not None else None
        # Each client, because botocore has just looked for it, too.
        self._of_environment.watch.look()
        if configured is None and not settings:
            return self._of_environment
        return Proxies(configured, settings, self._clock)


def _of(proxies: Mapping[str, str], origin: str) -> str | None:
    """As botocore reads a dictionary of proxies, whoever gave it."""
    found: str | None = ProxyConfiguration(proxies=proxies).proxy_url_for(origin)
    return found


def with_proxies(case: Case, proxies: Proxies) -> Case:
    """*case* with the proxy that would carry a request to each of its candidates."""
    candidates = tuple(_with_proxy(case, one, proxies) for one in case.candidates)
    return replace(case, candidates=candidates)


def _with_proxy(case: Case, candidate: Candidate, proxies: Proxies) -> Candidate:
    aliases: tuple[str, ...] = ()
    if pin_question(case, candidate):
        aliases = (candidate.origin, candidate.resolved.origin)
        if candidate.dials:
            aliases = (*aliases, f"https://{candidate.dials}")
    carrier = proxies.carrier(candidate.origin, aliases=aliases)
    return replace(candidate, proxy=carrier) if carrier else candidate
