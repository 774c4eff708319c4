"""Proxies that change while clients live: noticed both ways, and undone when routing ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ProxyConnectionError

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.sdk import seams_sending
from endpoint_router.sdk.connections.proxies import Proxies, Watch
from tests.support.lab_client import KMS, KMS_VPCE, hosts, only
from tests.support.own_service import OWN, teach
from tests.support.proxied import NOTICED, PRIVATE, Clients, a_proxy, hosts_of, proxy
from tests.support.renewing import Time

__all__ = ["proxy"]

#: An endpoint's own address and port, as the lab's clients dial it.
ENDPOINT_DIALLED = ("10.20.0.10", 443)


def test_a_host_that_enters_no_proxy_and_leaves_it_again(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, {})
    client = clients.client()
    dialled = [("52.94.0.10", 443)]
    client.list_keys()
    assert (hosts_of(proxy), lab.dialled) == ([KMS], dialled)
    monkeypatch.setenv("NO_PROXY", KMS)
    clients.time.passes(NOTICED)
    client.list_keys()
    # A connection of its own: not the tunnel that is still open.
    assert (hosts_of(proxy), lab.dialled) == ([KMS], 2 * dialled)
    monkeypatch.delenv("NO_PROXY")
    clients.time.passes(NOTICED)
    client.list_keys()
    # Back in the tunnel, not on the direct connection that is still open.
    proxy.stop()
    with pytest.raises(ProxyConnectionError):
        client.list_keys()
    assert hosts(lab) == 3 * [KMS]


def test_an_endpoint_that_enters_no_proxy_and_leaves_it_again(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    clients = Clients(lab, PRIVATE)
    client = clients.client()
    client.list_keys()
    monkeypatch.delenv("NO_PROXY")
    clients.time.passes(NOTICED)
    with pytest.raises(EndpointDenied, match=r"private\.proxy"):
        client.list_keys()
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    clients.time.passes(NOTICED)
    client.list_keys()
    assert hosts(lab) == 2 * [KMS_VPCE]
    assert (proxy.asked, set(lab.dialled)) == ([], {ENDPOINT_DIALLED})


def test_a_proxy_that_comes_moves_and_goes(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(lab, {})
    client = clients.client()
    client.list_keys()
    with a_proxy(lab) as first, a_proxy(lab) as second:
        for one in (first, second):
            monkeypatch.setenv("HTTPS_PROXY", one.url)
            clients.time.passes(NOTICED)
            client.list_keys()
        assert (hosts_of(first), hosts_of(second)) == ([KMS], [KMS])
    monkeypatch.delenv("HTTPS_PROXY")
    clients.time.passes(NOTICED)
    client.list_keys()
    assert hosts(lab) == 4 * [KMS]


def test_a_client_without_a_ruleset_notices_as_well(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.host(OWN, "10.20.0.70")
    clients = Clients(lab, {"defaults": {"private": "require"}})
    teach(clients.session, tmp_path)
    client = clients.client("own")
    client.do()
    with a_proxy(lab) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        clients.time.passes(NOTICED)
        with pytest.raises(EndpointDenied) as refusal:
            client.do()
        assert refusal.value.code == "private.proxy"
        monkeypatch.setenv("NO_PROXY", OWN)
        clients.time.passes(NOTICED)
        client.do()
    assert hosts(lab) == 2 * [OWN]
    assert proxy.asked == []


def test_a_new_client_reads_the_environment_at_once(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As botocore's own does: nobody waits a second between setting it and using it."""
    clients = Clients(lab, PRIVATE)
    old = clients.client()
    with pytest.raises(EndpointDenied):
        old.list_keys()
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    new = clients.client()
    assert new.meta.endpoint_url == f"https://{KMS_VPCE}"
    new.list_keys()
    clients.time.passes(NOTICED)
    old.list_keys()
    assert hosts(lab) == 2 * [KMS_VPCE]


def test_what_other_clients_notice_is_not_missed(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, PRIVATE)
    one, other = clients.client(), clients.client()
    for client in (one, other):
        with pytest.raises(EndpointDenied):
            client.list_keys()
    monkeypatch.setenv("NO_PROXY", KMS_VPCE)
    clients.time.passes(NOTICED)
    one.list_keys()
    other.list_keys()
    assert hosts(lab) == 2 * [KMS_VPCE]


def test_uninstalled_a_client_has_the_proxies_that_botocore_gave_it(
    lab: Lab, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = Clients(lab, PRIVATE)
    client = clients.client()
    http_session = client._endpoint.http_session
    assert isinstance(seams_sending.proxy_configuration(http_session), Proxies)
    clients.installation.undo()
    native = seams_sending.proxy_configuration(http_session)
    assert not isinstance(native, Proxies)
    monkeypatch.setenv("NO_PROXY", KMS)  # read once, when the client was made
    assert native.proxy_url_for(f"https://{KMS}/") == proxy.url
    client.list_keys()
    assert (only(lab).host, hosts_of(proxy)) == (KMS, [KMS])


def test_who_only_asks_who_would_carry_a_call_notices_changes_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Report mode sends what botocore sends, and so never looks at the environment by itself."""
    time = Time()
    proxies = Proxies(None, None, time)
    assert proxies.carrier(f"https://{KMS}") == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    time.passes(NOTICED)
    assert proxies.carrier(f"https://{KMS}") == "http://proxy.example:3128"


def test_one_look_for_all_clients_of_a_process() -> None:
    """Also for those that have proxies of their own configured."""
    time, looked = Time(), []

    class Counted(dict[str, str]):
        def get(self, name: str, default: object = None) -> object:
            looked.append(name)
            return super().get(name, default)

    watch = Watch(time, Counted())
    once = len(looked)
    time.passes(NOTICED)
    now = time()
    for _ in range(50):
        watch.look_if_due(now)
    assert len(looked) == 2 * once
    configured = Proxies({"https": "http://proxy.example:3128"}, None, time)
    assert configured.watch is Proxies(None, None, time).watch
