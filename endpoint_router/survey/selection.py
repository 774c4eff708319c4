"""Which services a policy is about, as far as nobody says which ones are meant."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.session import Session
from msgspec.structs import replace

from ..aws.hosts import host_of
from ..policy.loaded import LoadedPolicy
from ..policy.rules import speak
from ..routing.declared import HostTable
from ..routing.judging import indifferent
from ..sdk import seams_rulesets

__all__ = ["Selection", "may_be_served"]


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
        loader = self._session.get_component("data_loader")
        return bool(self._served) and may_be_served(service, (region,), self._served, loader)


def may_be_served(
    service: str, regions: Sequence[str], served: Sequence[str], loader: Loader
) -> bool:
    """Is a host of *service* among *served*? A first look: a client for each would take seconds.

    :param served: hosts and ``*.suffix``, without ports.
    """
    try:
        ruleset = loader.load_service_model(service, "endpoint-rule-set-1")
    except BotoCoreError:
        return False  # an application's own model: it has one URL, which the application gives
    provider = EndpointProvider(ruleset, loader.load_data("partitions"))
    return any(
        _akin(host, pattern)
        for region in regions
        for host in _hosts(provider, region)
        for pattern in served
    )


def _hosts(provider: EndpointProvider, region: str) -> Iterator[str]:
    for fips in (False, True):
        for dual_stack in (False, True):
            inputs = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack}
            try:
                url = seams_rulesets.url_of_ruleset(provider, inputs)
            except BotoCoreError:
                continue  # that variant is not there, or the call's parameters decide
            yield host_of(url)


def _akin(host: str, served: str) -> bool:
    """May an operation of the service at *host* go to *served*, a host or ``*.suffix``?"""
    bare = served.removeprefix("*.")
    return bare.endswith(host) or host.endswith(f".{bare}")
