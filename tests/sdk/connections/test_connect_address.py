"""``connect = "address"``: the URL keeps the standard host, and only the connection moves.

A private hosted zone inside the process. The machine's resolver knows nothing of the standard host
here. What plain botocore would sign and send is the measure, and what arrived at the server counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import SSLError

from endpoint_router import EndpointDenied, EndpointUnverified
from endpoint_router.cli.explanation import as_text
from endpoint_router.lab.network import Lab
from endpoint_router.lab.proxy import ConnectProxy
from endpoint_router.sdk.explain import explain
from tests.support.lab_client import (
    KMS,
    KMS_VPCE,
    ONE_ATTEMPT,
    REGION,
    installed,
    only,
    questions,
    scope,
)
from tests.support.pinning import PUBLIC, TWO, addresses, at_servers, pinned, session_of
from tests.support.plain_wire import Wire
from tests.support.private_zone import HERE, ID, endpoint, reference, requiring, shows
from tests.support.renewing import eventually


def goes_as_plain_botocores(
    lab: Lab,
    policy: dict[str, Any],
    service: str,
    region: str,
    call: Callable[[Any], Any],
    dials: str,
    **config: Any,
) -> None:
    """The server at the endpoint's address sees what plain botocore would send to the standard."""
    plain = reference(service, region, call, **config)
    lab.host(dials, HERE, certificate=False)
    shows(lab, plain.host)
    call(pinned(lab, policy, service=service, region=region, **config))
    seen = only(lab)
    assert (seen.host, seen.sni, seen.address) == (plain.host, plain.host, HERE)
    assert scope(seen) == (plain.signing_name, plain.signing_region)
    assert set(addresses(lab)) == {HERE}
    assert questions(lab, dials) == 1


# --- a combined service


MONITORING_NAME = f"{ID}.monitoring.us-east-1.vpce.amazonaws.com"
MONITORING = "monitoring.us-east-1.amazonaws.com"
MONITORING_FIPS = "monitoring-fips.us-east-1.amazonaws.com"


def metrics(client: Any) -> Any:
    return client.list_metrics()


@pytest.mark.parametrize("fips", ["require", "off"])
def test_a_combined_endpoint_is_reached_under_its_fips_name(lab: Lab, fips: str) -> None:
    entry = endpoint(MONITORING_NAME, MONITORING, MONITORING_FIPS)
    config = {"use_fips_endpoint": fips == "require"}
    policy = requiring(entry, fips=fips)
    lab.host(MONITORING_NAME, HERE, certificate=False)
    goes_as_plain_botocores(lab, policy, "cloudwatch", REGION, metrics, MONITORING_NAME, **config)
    assert only(lab).host == (MONITORING_FIPS if fips == "require" else MONITORING)


def test_under_its_own_name_it_would_prove_nothing(lab: Lab) -> None:
    entry = {**endpoint(MONITORING_NAME, MONITORING, MONITORING_FIPS), "connect": "name"}
    lab.host(MONITORING_NAME, HERE)
    with pytest.raises((EndpointDenied, EndpointUnverified)):
        metrics(pinned(lab, requiring(entry, fips="require"), service="cloudwatch"))
    assert lab.seen == []


def test_the_certificate_must_be_the_standard_hosts(lab: Lab) -> None:
    lab.host(MONITORING_NAME, HERE)  # holds one for its own name
    entry = endpoint(MONITORING_NAME, MONITORING, MONITORING_FIPS)
    client = pinned(lab, requiring(entry, fips="require"), service="cloudwatch")
    with pytest.raises(SSLError):
        client.list_metrics()
    assert lab.seen == []
    assert addresses(lab) == [HERE]


# --- KMS, for everything else


ENTRY = endpoint(KMS_VPCE)


@pytest.fixture
def kms(lab: Lab) -> Lab:
    """The endpoint is at HERE, and holds KMS's own certificate; KMS is public, too."""
    lab.host(KMS_VPCE, HERE, certificate=KMS)
    return lab


def test_a_standard_host_that_is_public_is_not_dialled(kms: Lab) -> None:
    pinned(kms, requiring(ENTRY)).list_keys()
    assert only(kms).address == HERE
    assert addresses(kms) == [HERE]


@pytest.mark.parametrize("source", ["environment", "configuration"])
def test_a_proxy_in_between_is_refused(
    kms: Lab, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    with ConnectProxy(kms.zone.addresses, kms.connect) as proxy:
        config = {}
        if source == "environment":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        else:
            config = {"proxies": {"https": proxy.url}}
        with pytest.raises(EndpointDenied) as refusal:
            pinned(kms, requiring(ENTRY), **config).list_keys()
        assert refusal.value.code == "private.proxy"
        assert proxy.url in refusal.value.reason
        assert "NO_PROXY" in refusal.value.remedy
        assert proxy.targets == []
        assert kms.dialled == []
        preferring = {**requiring(ENTRY), "defaults": {"private": "prefer"}}
        pinned(kms, preferring, **config).list_keys()
        seen = only(kms)
        assert (seen.host, seen.address) == (KMS, PUBLIC)
        assert proxy.targets == [(KMS, 443)]


@pytest.mark.parametrize("entry", [KMS, ".us-east-1.amazonaws.com"])
def test_past_the_proxy_it_is_direct(kms: Lab, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    with ConnectProxy(kms.zone.addresses, kms.connect) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", entry)
        pinned(kms, requiring(ENTRY)).list_keys()
        assert proxy.targets == []
    assert (only(kms).host, only(kms).address) == (KMS, HERE)


@pytest.mark.parametrize("presigned", ["public", "routed"])
def test_presigned_urls_keep_the_standard_host(kms: Lab, presigned: str) -> None:
    client = pinned(kms, requiring(ENTRY, presigned=presigned))
    url = client.generate_presigned_url("list_keys")
    assert urlsplit(url).netloc == KMS
    assert kms.dialled == []


def test_an_endpoint_url_that_names_the_endpoint(kms: Lab) -> None:
    session, _ = session_of(kms, requiring(ENTRY))
    client = session.create_client(
        "kms", REGION, endpoint_url=f"https://{KMS_VPCE}", config=Config(retries=ONE_ATTEMPT)
    )
    client.list_keys()
    seen = only(kms)
    assert (seen.host, seen.sni, seen.address, *scope(seen)) == (KMS, KMS, HERE, "kms", REGION)


def test_two_endpoints_for_one_host_share_no_connection(lab: Lab) -> None:
    """The first one seems dead to whom it is preferred, and is good enough to whom it is not."""
    other = KMS_VPCE.replace("abcdefgh", "other")
    lab.host(KMS_VPCE, HERE, certificate=KMS)
    lab.host(other, TWO, certificate=KMS)
    lab.unreachable(HERE)
    entries = [endpoint(name) for name in (KMS_VPCE, other)]
    strict = {"services": ["kms"], "operations": ["ListKeys"], "private": "require"}
    policy = {"defaults": {"private": "prefer"}, "rules": [strict], "vpc_endpoints": entries}
    client = pinned(lab, policy)
    client.list_aliases()
    lab.host(KMS_VPCE, HERE, certificate=KMS)
    for _ in range(3):
        client.list_keys()
        client.list_aliases()
    expected = {"ListKeys": HERE, "ListAliases": TWO}
    assert len(lab.seen) == 7
    assert {(seen.host, seen.address) for seen in lab.seen} == {(KMS, HERE), (KMS, TWO)}
    assert all(seen.address == expected[seen.operation] for seen in lab.seen)
    assert at_servers(lab) == 2


def test_explain_shows_the_name_and_where_it_leads(kms: Lab) -> None:
    decision = explain("kms", "ListKeys", region=REGION, policy=installed(kms, requiring(ENTRY)))
    assert decision.allowed
    assert (decision.host, decision.chosen and decision.chosen.dials) == (KMS, KMS_VPCE)
    text = as_text(decision, verbose=True)
    assert KMS in text
    assert KMS_VPCE in text
    assert HERE in text


def test_report_mode_sends_plainly_and_records_it(kms: Lab, tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    policy = {**requiring(ENTRY), "mode": "report", "log": {"decisions": str(log)}}
    Wire().lead(pinned(kms, policy), kms).list_keys()
    assert only(kms).address == PUBLIC
    eventually(lambda: log.exists() and log.read_text().endswith("\n"))
    (line,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert KMS in str(line)
    assert KMS_VPCE in str(line)
