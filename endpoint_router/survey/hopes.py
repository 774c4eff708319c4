"""What a policy comes to for the services of a region: asked of botocore, not of DNS.

Every look-up is answered as the policy hopes, so this says what is wanted and proves nothing. Only
:meth:`Survey.confirm` asks DNS.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from ipaddress import ip_network
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from ..aws.hosts import host_of, with_prefix
from ..policy.loaded import LoadedPolicy
from ..router import Router, World
from ..routing.answer import Answer, Question
from ..routing.networks import judge
from ..routing.variants import Variant
from ..sdk import seams
from ..sdk.activation.check import HTTP
from ..sdk.activation.hooks import Clients
from ..sdk.calls.client import RoutedClient
from ..sdk.endpoints.botocore_data import data_for
from ..sdk.endpoints.rulesets import Rulesets
from ..sdk.other_clients import decide_url
from ..steps import LookUp
from .assuming import Assuming
from .clients import PLAIN, operations, silent_client
from .selection import Selection
from .values import LABEL, Reached, Service


def hoping(loaded: LoadedPolicy) -> Assuming:
    """A router to which every look-up comes out as the policy hopes."""
    networks = loaded.policy.network.private
    address = str(ip_network(networks[0])[0]) if networks else ""

    def hoped(question: Question) -> Answer:
        if address:
            return Answer(question.name, "answered", (address,), reachable=True, ttl=60.0)
        return Answer(question.name, "failed", detail="no network is trusted")

    return Assuming(loaded, hoped)


class Survey:
    """The services that a policy may lead somewhere else."""

    def __init__(self, loaded: LoadedPolicy, session: Session, world: World) -> None:
        self._loaded, self._session = loaded, session
        self._hoping = hoping(loaded)
        self._router = Router(loaded, world)
        self.table = self._router.table
        self._selection = Selection(loaded, self.table, session)
        self._data = data_for(session.get_component("data_loader"))
        self._clients: dict[tuple[str, str, str], Any] = {}

    def partition(self, region: str) -> str:
        """The partition of *region*; empty where it has none."""
        return self._data.partition(region)

    def services(self, region: str) -> tuple[Service, ...]:
        """Those of *region* that a declared endpoint serves, or that a rule names."""
        return tuple(self._service(name, region) for name in self._selection.services(region))

    def _service(self, name: str, region: str) -> Service:
        client = self._client(name, region)
        wrapper = _wrapper(self._hoping, client)
        decisions = tuple(
            wrapper.explain(model, arguments) for model, arguments in operations(client)
        )
        return Service(name, client.meta.service_model.service_id, region, decisions)

    def by_url(self, service: Service, url: str) -> Mapping[str, Reached]:
        """Where calls go in software that is given *url* for *service*, by operation.

        As botocore would: a ruleset is the same in all SDKs.
        """
        client = self._client(service.name, service.region, url)
        rulesets = Rulesets(seams.client_parts(client))
        resolver = rulesets.resolver(Variant(), keep_url=True)
        reached: dict[str, Reached] = {}
        for model, arguments in operations(client):
            context = {"client_config": rulesets.config}
            try:
                with seams.aside():
                    endpoint = resolver.construct_endpoint(model, arguments, context)
            except BotoCoreError:
                continue  # that operation takes no URL
            scope = rulesets.scope(Variant(), endpoint, is_kept=True)
            origin = with_prefix(endpoint.url, rulesets.prefix(model, arguments))
            reached[model.name] = Reached(host_of(origin), scope.name, scope.region)
        return reached

    def others(self, indexes: Container[int], region: str) -> Service:
        """Requests of no service of botocore's, to what the endpoints of *indexes* serve."""
        urls = dict.fromkeys(
            f"https://{pattern.replace('*', LABEL)}"
            for pattern, serving in self.table.patterns
            if serving.index in indexes
        )
        decisions = (decide_url(self._hoping, url, HTTP) for url in urls)
        return Service(HTTP, "", region, tuple(decisions))

    def confirm(self, name: str) -> tuple[tuple[str, ...], str]:
        """The addresses of *name* that DNS shows to be private; or none, and why."""
        question = Question(name)
        router = self._router
        held = router.fulfil(LookUp((question,), router.deadline())).get(question)
        if held is None:
            return (), "DNS gave no answer in time"
        verdict = judge(held.answer, router.trusted, pinned=True)
        if verdict == "private-address":
            return held.answer.addresses, ""
        return (), f"{verdict} {held.answer.detail or ' '.join(held.answer.addresses)}"

    def _client(self, service: str, region: str, url: str = "") -> Any:
        key = (service, region, url)
        if key not in self._clients:
            config = Config(**PLAIN)
            self._clients[key] = silent_client(
                self._session, service, region, url=url, config=config
            )
        return self._clients[key]


def _wrapper(router: Router, client: Any) -> RoutedClient:
    return Clients(router).make(seams.client_parts(client))
