"""``resolve``: the same decision for other HTTP clients; the how-to's examples against servers."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import endpoint_router
from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError, resolve
from endpoint_router.cli.explanation import as_text
from endpoint_router.lab import Rcode
from endpoint_router.lab.network import Lab
from endpoint_router.routing.rendering import as_data
from endpoint_router.sdk.activation.installation import Installation
from tests.kinds.table import interface, policy
from tests.support.asked import OWN, asked
from tests.support.examples import examples
from tests.support.lab_client import KMS, KMS_FIPS, KMS_VPCE, installed, questions

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "other-http-clients.md"
SERVICE = "vpce-0123456789abcdef0-abcdefgh.vpce-svc-0fedcba9876543210.us-east-1.vpce.amazonaws.com"
URL = "https://billing.example/invoices/7?year=2026"


def private(**endpoint: Any) -> dict[str, Any]:
    entry = {"type": "interface", "dns_names": [SERVICE], "serves": ["billing.example"]}
    return {"defaults": {"private": "require"}, "vpc_endpoints": [{**entry, **endpoint}]}


@pytest.fixture
def service(lab: Lab) -> Lab:
    lab.host(SERVICE, "10.20.0.40")
    lab.host("billing.example", "52.94.0.40")
    return lab


def test_by_name_the_url_changes(service: Lab) -> None:
    decision = resolve(URL, policy=installed(service, private()))
    assert decision.url == f"https://{SERVICE}/invoices/7?year=2026"
    assert decision.addresses == ("10.20.0.40",)
    assert (decision.service, decision.private_basis) == ("http", "private-address")


def test_by_address_the_url_stays(service: Lab) -> None:
    decision = resolve(URL, policy=installed(service, private(connect="address")))
    assert (decision.url, decision.addresses) == (URL, ("10.20.0.40",))


def test_preferred_and_unproven_is_the_host_itself(service: Lab) -> None:
    service.zone.set(SERVICE, Rcode("SERVFAIL"))
    policy = {**private(), "defaults": {"private": "prefer"}}
    decision = resolve(URL, policy=installed(service, policy))
    assert (decision.url, decision.addresses) == (URL, ())


def test_without_proof_it_raises(service: Lab) -> None:
    service.zone.set(SERVICE, Rcode("SERVFAIL"))
    service.zone.set("billing.example", Rcode("SERVFAIL"))
    with pytest.raises(EndpointUnverified, match="SERVFAIL"):
        resolve(URL, policy=installed(service, private()))


def test_an_undeclared_host_is_refused_with_the_stanza_to_paste(service: Lab) -> None:
    with pytest.raises(EndpointDenied) as refused:
        resolve("https://elsewhere.example/", policy=installed(service, private()))
    assert refused.value.code == "endpoint_url.undeclared"
    assert 'url = "https://elsewhere.example"' in refused.value.remedy


def test_a_custom_endpoint_by_the_name_http(service: Lab) -> None:
    custom = {"url": "https://*.partner.example", "services": ["http"], "private": True}
    policy = {**private(), "custom_endpoints": [{**custom, "reason": "a leased line"}]}
    decision = resolve("https://api.partner.example/v1", policy=installed(service, policy))
    assert (decision.url, decision.addresses) == ("https://api.partner.example/v1", ())
    assert decision.private_basis == "attested"


def test_rules_know_it_as_http(service: Lab) -> None:
    rule = {"services": ["http"], "private": "off", "reason": "not private; SEC-7"}
    policy = {**private(), "rules": [rule]}
    decision = resolve("https://elsewhere.example/", policy=installed(service, policy))
    assert decision.url == "https://elsewhere.example/"


def test_hosts_of_aws(lab: Lab) -> None:
    policy = {
        "defaults": {"private": "prefer"},
        "vpc_endpoints": [{"type": "interface", "dns_names": [KMS_VPCE]}],
    }
    decision = resolve(f"https://{KMS}/", policy=installed(lab, policy))
    assert (decision.url, decision.region) == (f"https://{KMS_VPCE}/", "us-east-1")
    fips = installed(lab, {"defaults": {"fips": "require", "allowed_regions": ["us-*"]}})
    assert resolve(f"https://{KMS_FIPS}/", policy=fips).fips_basis == "listed"
    with pytest.raises(EndpointDenied, match=r"fips\.no_basis"):
        resolve(f"https://{KMS}/", policy=fips)
    with pytest.raises(EndpointDenied, match=r"region\.not_allowed"):
        resolve("https://kms.eu-west-1.amazonaws.com/", policy=fips)


@pytest.mark.parametrize("mode", ["off", "report"])
def test_nothing_is_refused_or_changed_unless_enforced(service: Lab, mode: str) -> None:
    policy = {**private(), "mode": mode, "log": {"decisions": "logger"}}
    for url in (URL, "https://elsewhere.example/"):
        decision = resolve(url, policy=installed(service, policy))
        assert (decision.url, decision.addresses) == (url, ())
    if mode == "off":
        assert questions(service, SERVICE) == 0


@pytest.mark.parametrize(
    "url", ["billing.example", "ftp://billing.example/", "https://", "https://a@b/"]
)
def test_what_is_no_url_is_said_so(service: Lab, url: str) -> None:
    with pytest.raises(PolicyError) as error:
        resolve(url, policy=installed(service, private()))
    assert error.value.code == "url.invalid"


def test_a_scheme_may_be_written_in_capitals(service: Lab) -> None:
    decision = resolve(URL.replace("https", "HTTPS"), policy=installed(service, private()))
    assert decision.url == f"https://{SERVICE}/invoices/7?year=2026"


def test_a_proxy_may_not_carry_it(service: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    installation = installed(service, private())
    with pytest.raises(EndpointDenied, match=r"private\.proxy"):
        resolve(URL, policy=installation)


def test_an_installation_remembers_what_dns_said(service: Lab) -> None:
    installation = installed(service, private())
    for _ in range(5):
        resolve(URL, policy=installation)
    assert questions(service, SERVICE) == 1


def test_a_token_in_the_url_is_not_in_the_decisions_text(service: Lab) -> None:
    decision = resolve(f"{URL}&token=s3cret", policy=installed(service, private()))
    assert "s3cret" not in repr(decision)


# --- the how-to's examples, on loopback


@pytest.fixture
def billing(lab: Lab) -> Iterator[str]:
    """A service behind PrivateLink that is really there; the policy is installed."""
    lab.host(SERVICE, "127.0.0.1", certificate="billing.example")
    host = f"billing.example:{lab.https.port}"
    policy = {
        **private(serves=[host], connect="address"),
        "network": {"private": ["127.0.0.0/8"]},
        "dns": {"servers": [lab.dns_server], "timeout": 30.0},
    }
    endpoint_router.install(policy)
    try:
        yield f"https://{host}/invoices"
    finally:
        endpoint_router.uninstall()


def example(title: str) -> Any:
    """The function ``get`` of the page's section *title*."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(compile(code[1], f"{PAGE.name}: {title}", "exec"), names)
    return names["get"]


@pytest.mark.parametrize("title", ["requests", "httpx"])
def test_the_example(lab: Lab, billing: str, title: str) -> None:
    bundle = lab.ca_bundle
    verify = bundle if title == "requests" else ssl.create_default_context(cafile=bundle)
    response = example(title)(billing, verify=verify)
    assert response.status_code < 500
    (seen,) = lab.seen
    assert (seen.host, seen.sni) == (billing.split("/")[2], "billing.example")


@pytest.mark.parametrize("title", ["requests", "httpx"])
def test_the_example_sends_nothing_that_is_refused(lab: Lab, billing: str, title: str) -> None:
    with pytest.raises(EndpointDenied):
        example(title)("https://elsewhere.example/")
    assert lab.seen == []


@pytest.mark.parametrize("title", ["requests", "httpx"])
def test_the_example_verifies_the_name(lab: Lab, billing: str, title: str) -> None:
    """The address is confirmed, and TLS still has to prove who is there."""
    with pytest.raises(Exception, match=r"(?i)certificate"):
        example(title)(billing)
    assert lab.seen == []


def test_the_installed_policy_is_taken(lab: Lab, billing: str) -> None:
    assert resolve(billing).addresses == ("127.0.0.1",)
    assert isinstance(endpoint_router.sdk.activation.install.current(), Installation)


# --- ports, buckets and FIPS hosts in a URL

GATEWAY = {"type": "gateway", "service": "s3", "region": "us-east-1"}


@pytest.mark.parametrize("fragment", ["#a", "#a:8443", "#:1"])
def test_a_fragment_is_no_port(fragment: str) -> None:
    declared = policy(interface(OWN, serves=["billing.example:9000"]), private="require")
    decision = asked(f"https://billing.example:9000{fragment}", declared)
    assert decision.url == f"https://{OWN}:9000{fragment}"
    assert asked(f"https://billing.example:9000/a{fragment}", declared).url == (
        f"https://{OWN}:9000/a{fragment}"
    )


def test_a_bucket_in_a_url_is_none_of_the_logs_business() -> None:
    """And the service that is named is S3's."""
    url = "https://zzbucket.s3.us-east-1.amazonaws.com/key"
    with pytest.raises(EndpointDenied) as refused:
        asked(url, policy(private="require"))
    assert "endpoint of com.amazonaws.us-east-1.s3 under" in refused.value.remedy
    decision = asked(url, policy(GATEWAY, private="require"))
    assert "zzbucket" in decision.url
    assert "zzbucket" not in str(as_data(decision, masked=True))


def test_the_fips_host_of_a_bucket_is_listed_as_that_of_s3() -> None:
    url = "https://zzbucket.s3-fips.us-east-1.amazonaws.com/key"
    assert asked(url, policy(fips="require")).fips_basis == "listed"


_ODD = (
    "https:// http:// HTTPS:// [ ] ::1 : @ \\ % %00 .. * / ? # :443 :0 :99999 10.0.0.5 0x7f.1 "
    "kms.us-east-1.amazonaws.com bucket. .billing.example fe80::1%eth0 xn--a é. \u3002 \x00 \ud800"
)
_PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from([*_ODD.split(" "), "a" * 64, "a." * 130, "\n", "\t", " "]),
)
_ANY_URLS = st.one_of(
    st.lists(_PIECES, max_size=6).map("".join),
    st.lists(_PIECES, max_size=5).map(lambda pieces: "https://" + "".join(pieces)),
)


@pytest.mark.parametrize("setting", ["endpoint_url", "fips", "private"])
@given(url=_ANY_URLS)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_comes_to_a_decision_or_an_error_of_ours(setting: str, url: str) -> None:
    value = "check" if setting == "endpoint_url" else "require"
    try:
        decision = asked(url, {"defaults": {setting: value}})
    except (EndpointDenied, EndpointUnverified, PolicyError):
        return
    assert as_text(decision, verbose=True).replace("\n", "").isprintable()
    json.dumps(as_data(decision, masked=True))


@pytest.mark.parametrize(
    "url",
    [
        "https://kms.us-\neast-1.amazonaws.com/",
        "https://billing\t.example/",
        "https://bil ling.example/",
        "https://billing.example\x00/",
        "https://billing\u00ad.example/",
    ],
)
def test_what_clients_read_differently_is_no_host(url: str) -> None:
    """urllib leaves tabs and line breaks out; another client may not."""
    with pytest.raises(PolicyError, match="found"):
        asked(url, {})
