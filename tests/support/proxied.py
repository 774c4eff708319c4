"""The lab behind a proxy: what tests of proxies share."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec.structs import replace

from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from tests.support.lab_client import KMS_VPCE, ONE_ATTEMPT, REGION, installed
from tests.support.renewing import Time

#: More than the second within which a change of the environment is noticed.
NOTICED = 1.5

ENDPOINT: dict[str, Any] = {"type": "interface", "dns_names": [KMS_VPCE]}
#: ``ListKeys`` has to be private, everything else goes where it always went.
ONE_PRIVATE: dict[str, Any] = {
    "defaults": {"private": "off"},
    "rules": [{"services": ["kms"], "operations": ["ListKeys"], "private": "require"}],
    "vpc_endpoints": [ENDPOINT],
}
PRIVATE: dict[str, Any] = {"defaults": {"private": "require"}, "vpc_endpoints": [ENDPOINT]}


def a_proxy(lab: Lab, tls: ssl.SSLContext | None = None) -> ConnectProxy:
    """A proxy that looks names up and dials as the rest of the lab."""
    return ConnectProxy(lab.zone.addresses, lab.connect, tls=tls)


@pytest.fixture
def proxy(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectProxy]:
    """A proxy that the environment names for HTTPS."""
    with a_proxy(lab) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield proxy


class Clients:
    """Clients of one installation, which live by one clock."""

    def __init__(self, lab: Lab, policy: Mapping[str, Any]) -> None:
        self.time = Time()
        installation = installed(lab, policy)
        installation.world = replace(installation.world, clock=self.time)
        self.installation = installation
        self.session = Session()
        self.session.set_config_variable("ca_bundle", lab.ca_bundle)
        installation(self.session)

    def client(
        self, service: str = "kms", region: str = REGION, config: Config | None = None, **more: Any
    ) -> Any:
        """A client with one attempt only."""
        one = Config(retries=ONE_ATTEMPT, connect_timeout=30, read_timeout=60)
        merged = one.merge(config) if config else one
        return self.session.create_client(service, region, config=merged, **more)


def hosts_of(proxy: ConnectProxy) -> list[str]:
    """The hosts that tunnels were asked for, in order."""
    return [host for host, _ in proxy.targets]
