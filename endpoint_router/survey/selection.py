"""Which services a policy is about, as far as nobody says which ones are meant."""

from __future__ import annotations

import datetime

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.session import Session
from msgspec.structs import replace

from ..aws.hosts import host_of
from ..policy.loaded import LoadedPolicy
from ..policy.rules import speak
from ..routing.declared import HostTable
from ..routing.judging import indifferent
from ..sdk import seams

__all__ = ["Selection"]


class Selection:
    """The services of botocore's that a policy may lead somewhere else."""

    def __init__(self, loaded: LoadedPolicy, table: HostTable, session: Session) -> None:
        self._loaded, self._session = loaded, session
        self._served = [pattern.partition(":")[0] for pattern, _ in table.patterns]

    def services(self, region: str) -> tuple[str, ...]:
        """Those of *region* that a declared endpoint serves, or that a rule names."""
        return tuple(
            name
            for name in self._session.get_available_services()
            if self._is_named(name) or self._may_be_served(name, region)
        )

    def wants_of_all(self, region: str, partition: str, today: datetime.date) -> bool:
        """Is something wanted of the hosts of services that no rule names?"""
        settings = speak(
            self._loaded,
            service="",
            operation="",
            region=region,
            partition=partition,
            today=today,
        ).settings
        # What is only forbidden asks for no host.
        return not indifferent(replace(settings, allowed_regions=(), endpoint_url="check"))

    def _is_named(self, service: str) -> bool:
        return any(selectors.names(service) for selectors in self._loaded.parsed.selectors)

    def _may_be_served(self, service: str, region: str) -> bool:
        """A first look: a client for each service would take seconds."""
        if not self._served:
            return False
        loader = self._session.get_component("data_loader")
        try:
            ruleset = loader.load_service_model(service, "endpoint-rule-set-1")
        except BotoCoreError:
            return False  # an application's own model: it has one URL, which the application gives
        provider = EndpointProvider(ruleset, loader.load_data("partitions"))
        for fips in (False, True):
            for dual_stack in (False, True):
                try:
                    inputs = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack}
                    url = seams.url_of_ruleset(provider, inputs)
                except BotoCoreError:
                    continue  # that variant is not there, or the call's parameters decide
                if any(_akin(host_of(url), pattern) for pattern in self._served):
                    return True
        return False


def _akin(host: str, served: str) -> bool:
    """May an operation of the service at *host* go to *served*, a host or ``*.suffix``?"""
    bare = served.removeprefix("*.")
    return bare.endswith(host) or host.endswith(f".{bare}")
