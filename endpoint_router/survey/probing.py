"""What the network says of the services of one policy: asked side by side, then connected to.

What is asked of one service is :mod:`.asking`, and what a connection shows :mod:`.connecting`. Here
is how far to go (which services, how much at once), and what came of it, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from botocore.session import Session
from msgspec.structs import replace

from ..policy.loaded import LoadedPolicy
from ..router import Router, World, table_of
from ..sdk import seams_sending
from ..sdk.connections.proxies import Proxies
from ..sdk.endpoints.botocore_data import data_for
from ..workers import as_done
from . import connecting
from .asking import Asking, Subject
from .clients import collecting_rarely, read_quickly, silent_client
from .connected import Connection
from .probed import Calls, Host, Probe, alike, merged
from .selection import Selection
from .side_by_side import AT_ONCE, Timed, open_files_allow, side_by_side

__all__ = ["Prober", "addresses_of"]


def _nothing() -> None:
    """Nobody wants to know how far it has come."""


class Prober:
    """Asks about the services of one policy, as often as somebody wants to know.

    :param session: makes the clients; not routed.
    :param world: its look-ups are timed, and made at a pace that harms no resolver.
    """

    def __init__(
        self, loaded: LoadedPolicy, session: Session, world: World, at_once: int = AT_ONCE
    ) -> None:
        self._loaded, self._session, self._world = loaded, session, world
        self._at_once = open_files_allow(at_once)
        self._loader = session.get_component("data_loader")
        read_quickly(session)

    def partition(self, region: str) -> str:
        """The partition of *region*; empty where it has none."""
        return data_for(self._loader).partition(region)

    def subject(
        self,
        services: tuple[str, ...],
        regions: tuple[str, ...],
        only: tuple[tuple[str, str], ...] = (),
    ) -> Subject:
        """What to ask about, where *services* may be none: those that the policy is about.

        :param only: as :attr:`Subject.only`.
        """
        if services:
            return Subject(tuple(dict.fromkeys(services)), regions, only=only)
        selection = Selection(self._loaded, table_of(self._loaded.parsed), self._session)
        today = self._world.today()
        if any(selection.wants_of_all(each, self.partition(each), today) for each in regions):
            return Subject(tuple(self._session.get_available_services()), regions, of_all=True)
        known = dict.fromkeys(name for each in regions for name in selection.services(each))
        return Subject(tuple(known), regions)

    def probe(self, subject: Subject, advance: Callable[[], object] = _nothing) -> Probe:
        """What DNS says now; *advance* is called for each service in each region.

        :raises BotoCoreError: botocore makes no client of a service that somebody named.
        """
        timed = Timed(self._world.lookup, self._at_once)
        router = Router(self._loaded, replace(self._world, lookup=timed), workers=self._at_once)
        asking = Asking(router, self._session, timed, subject.of_all)
        calls: list[Calls] = []
        hosts: list[Host] = []
        with collecting_rarely():
            for way in side_by_side(router, asking.tasks(subject, advance), self._at_once):
                calls.append(way.calls)
                hosts += way.hosts
        return Probe(
            subject.services,
            subject.regions,
            subject.of_all,
            alike(sorted(calls, key=lambda each: subject.place(each.service, each.region))),
            merged(sorted(hosts, key=lambda each: (subject.place(each.services[0]), each.key))),
        )

    def connect(
        self,
        probe: Probe,
        advance: Callable[[], object] = _nothing,
        timeout: float = connecting.TIMEOUT,
    ) -> Probe:
        """*probe* with what connections to its hosts show; *advance* is called for each.

        :raises OSError: nobody can be trusted: the bundle of certificates cannot be read.
        """
        if not probe.hosts:
            return probe
        client = silent_client(self._session, probe.services[0], probe.regions[0])
        work = partial(
            connecting.connect,
            context=seams_sending.tls_context(seams_sending.http_session_of(client)),
            timeout=timeout,
            dialler=self._world.dialler,
        )
        proxies = Proxies(None, None, self._world.clock)
        targets = [(target, host) for host in probe.hosts for target in _targets(host, proxies)]
        found: dict[Host, list[Connection]] = {}
        for (_, host), connection in as_done(
            lambda pair: work(pair[0]), targets, self._at_once, "endpoint_router-connect"
        ):
            found.setdefault(host, []).append(connection)
            advance()
        hosts = (
            replace(host, connections=_in_order(host, found.get(host, ()))) for host in probe.hosts
        )
        return replace(probe, hosts=tuple(hosts))


def addresses_of(probe: Probe) -> int:
    """How many connections :meth:`Prober.connect` makes."""
    return sum(len(_addresses(host)) for host in probe.hosts)


def _addresses(host: Host) -> tuple[str, ...]:
    return ("",) if host.proxy else host.addresses


def _targets(host: Host, proxies: Proxies) -> Iterator[connecting.Target]:
    origin = f"{host.scheme}://{host.host}:{host.port}"
    proxy = (proxies.proxy_url_for(origin) or host.proxy) if host.proxy else ""
    for address in _addresses(host):
        yield connecting.Target(
            host.host, host.port, address, host.scheme == "https", host.verdict, proxy
        )


def _in_order(host: Host, connections: Iterable[Connection]) -> tuple[Connection, ...]:
    by_address = {connection.address: connection for connection in connections}
    return tuple(by_address[each] for each in _addresses(host) if each in by_address)
