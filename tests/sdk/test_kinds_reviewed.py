"""Where a review found calls that went to the wrong host, or refusals that said what is not so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from msgspec import structs

from endpoint_router import EndpointDenied, EndpointUnverified, PolicyError, explain, resolve
from endpoint_router.aws.zone import Zone
from endpoint_router.plan.findings import plan
from endpoint_router.plan.reading import Reading
from endpoint_router.router import World
from endpoint_router.routing.answer import Answer
from endpoint_router.routing.case import Decision
from endpoint_router.routing.rendering import as_data
from endpoint_router.sdk.activation.install import Installation
from tests.kinds.table import Came, Row, come, interface, policy, vpce, world
from tests.support.wire import Caught

OWN = vpce("vpce-svc-0fedcba9876543210")
STORE = ["store.example:9000", "*.store.example:9000"]
GATEWAY = {"type": "gateway", "service": "s3", "region": "us-east-1"}
BUCKET = "reports.s3.us-east-1.amazonaws.com"


def lists(policy: Mapping[str, Any], url: str = "", **rest: Any) -> Came:
    """What comes of listing a bucket."""
    arguments = {"endpoint_url": url} if url else {}
    call: dict[str, Any] = {
        "service": "s3",
        "operation": "list_objects_v2",
        "region": "us-east-1",
        "parameters": {"Bucket": "reports"},
        "arguments": arguments,
    }
    return come(Row(**{"title": "", "policy": policy, **call, **rest}))


def refusal(came: Came) -> EndpointDenied:
    assert isinstance(came.error, EndpointDenied), came.url
    return came.error


# --- endpoints of services of one's own, named by the application itself


@pytest.mark.parametrize("name", [OWN, "lb.internal.example"])
@pytest.mark.parametrize("private", ["off", "prefer", "require"])
@pytest.mark.parametrize("connect", ["name", "address"])
def test_who_names_the_endpoint_of_a_store_never_gets_to_s3(
    name: str, private: str, connect: str
) -> None:
    declared = interface(name, serves=STORE, connect=connect)
    came = lists(policy(declared, private=private), f"https://{name}:9000", dns={name: "private"})
    assert came.url.startswith(f"https://{name}:9000/reports")


def test_its_zonal_names_too() -> None:
    zonal = OWN.replace("-abcdefgh.", "-abcdefgh-us-east-1b.")
    declared = interface(OWN, zonal, serves=STORE)
    came = lists({**policy(declared, private="require"), **here("none")}, f"https://{zonal}:9000")
    assert came.url.startswith(f"https://{zonal}:9000/reports")


def here(zone: str) -> dict[str, Any]:
    return {"network": {"zone": zone}}


def test_another_port_of_it_is_another_service() -> None:
    declared = interface(OWN, serves=STORE)
    error = refusal(lists(policy(declared, private="require"), f"https://{OWN}"))
    assert error.code == "endpoint_url.undeclared"


def test_an_endpoint_of_aws_that_is_named_is_routed_as_ever() -> None:
    name = vpce("s3")
    came = lists(policy(interface(f"*.{name}"), private="require"), f"https://bucket.{name}")
    assert came.url.startswith(f"https://reports.bucket.{name}/")


def test_without_tls_it_is_another_port() -> None:
    declared = policy(interface(OWN, serves=["store.example"]), endpoint_url="deny")
    assert refusal(lists(declared, "http://store.example")).code == "endpoint_url.undeclared"
    declared = policy(interface(OWN, serves=["store.example:80"]), private="prefer")
    assert lists(declared, "http://store.example").url.startswith(f"http://{OWN}/reports")


# --- hosts of one's own, and what the policy demands of S3


@pytest.mark.parametrize(
    "declared",
    [
        policy(interface(OWN, serves=STORE, connect="address"), regional="require"),
        {
            **policy(regional="require"),
            "custom_endpoints": [{"url": "https://store.example:9000", "services": ["s3"]}],
        },
    ],
)
def test_a_store_is_no_global_host_of_s3(declared: Mapping[str, Any]) -> None:
    came = lists(declared, "https://store.example:9000")
    assert came.url.startswith("https://store.example:9000/reports")


def test_the_stanza_of_the_refusal_makes_the_call_pass() -> None:
    url, virtual = "https://store.example:9000", {"s3": {"addressing_style": "virtual"}}
    error = refusal(lists(policy(regional="require"), url, config=virtual))
    assert f'url = "{url}"' in error.remedy
    stanza = {"url": url, "services": ["s3"], "reason": "as the remedy says"}
    declared = {**policy(regional="require"), "custom_endpoints": [stanza]}
    came = lists(declared, url, config=virtual)
    assert came.url.startswith("https://reports.store.example:9000/")


def test_what_a_bucket_has_no_place_in() -> None:
    """Refused with the way out that works."""
    virtual = {"s3": {"addressing_style": "virtual"}}
    url = "https://store.example:9000"
    error = refusal(
        lists(policy(interface(OWN, serves=STORE), private="require"), url, config=virtual)
    )
    assert 'connect = "address" on vpc_endpoints[0]' in error.remedy
    declared = policy(interface(OWN, serves=STORE, connect="address"), private="require")
    assert lists(declared, url, config=virtual).url.startswith("https://reports.store.example")


def test_what_nobody_attests() -> None:
    """Of a store there is no FIPS endpoint to declare."""
    demands = {"private": "require", "fips": "require"}
    url, given = "https://store.example:9000", {"serves": STORE, "connect": "address"}
    remedy = refusal(lists(policy(interface(OWN, **given), **demands), url)).remedy
    assert "fips = true and a reason" in remedy
    assert 'fips_basis = "attested"' in remedy
    attested = interface(OWN, **given, fips=True, reason="as the remedy says")
    came = lists(policy(attested, **demands, fips_basis="attested"), url)
    assert came.url.startswith(url)


def test_what_is_in_several_regions() -> None:
    pytest.importorskip("awscrt")  # sigv4a
    parameters = {"Bucket": "arn:aws:s3::111122223333:accesspoint:mfzwi23gnjvgw.mrap"}
    error = refusal(lists(policy(regional="require"), parameters=parameters))
    assert 'regional = "off"' in error.remedy
    rule = {"services": ["s3"], "regional": "off", "reason": "as the remedy says"}
    came = lists({**policy(regional="require"), "rules": [rule]}, parameters=parameters)
    assert came.url.startswith("https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com/")


@pytest.mark.parametrize(
    "host", ["kms.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com", "x.eu-west-1.api.aws"]
)
def test_an_endpoint_url_does_not_leave_the_allowed_regions(host: str) -> None:
    for allowed, code in (["us-*"], "region.not_allowed"), (["us-*", "eu-west-1"], ""):
        came = lists(policy(allowed_regions=allowed), f"https://{host}")
        assert (came.error.code if came.error else "") == code
    with pytest.raises(EndpointDenied, match=r"region\.not_allowed.*eu-west-1"):
        asked(f"https://{host}/", policy(allowed_regions=["us-*"]))


# --- gateways


class _Elsewhere:
    """An HTTP session of the application's own, which cannot be told where to dial."""

    def send(self, request: Any) -> Any:
        raise Caught(request)

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("said", "unanswered", "code"),
    [
        ("52.94.0.10", (), ""),
        ("10.20.0.10", (), ""),
        ("10.20.0.10", ("AAAA",), "private.unverified"),
        ("52.94.0.10", ("AAAA",), "private.unverified"),
        ("52.95.0.10", (), "private.prefix_list"),
    ],
)
def test_a_gateway_and_a_session_that_cannot_be_pinned(
    said: str, unanswered: tuple[str, ...], code: str
) -> None:
    """Its host may also be private by DNS; nothing is pinned then, and nothing claimed."""
    answer = Answer("", "answered", (said,), unanswered=unanswered, ttl=60)
    there = World(lookup=lambda _dns: lambda name, _timeout: structs.replace(answer, name=name))
    declared = policy({**GATEWAY, "prefix_list": ["52.94.0.0/16"]}, private="require")
    installation = Installation(declared, world=there, environ={})
    config = Config(retries={"total_max_attempts": 1})
    client = Session().create_client("s3", "us-east-1", config=config)
    client._endpoint.http_session = _Elsewhere()
    installation.adopt(client)
    with pytest.raises((Caught, EndpointDenied, EndpointUnverified)) as came:
        client.list_objects_v2(Bucket="reports")
    assert getattr(came.value, "code", "") == code
    if isinstance(came.value, Caught):
        assert came.value.request.url.startswith(f"https://{BUCKET}/")


def test_a_gateway_is_not_in_the_way_of_a_proxys_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    decision = asked(f"https://{BUCKET}/", policy(GATEWAY, private="prefer"))
    assert (decision.proxy, decision.private_basis) == ("http://proxy.example:3128", "")
    assert "gateway" not in decision.reason


@pytest.mark.parametrize("region", ["us-*", "US-East-1", "us-east-1a", "everywhere"])
def test_a_gateway_that_could_never_serve_is_a_mistake(region: str) -> None:
    with pytest.raises(PolicyError, match=r"vpc_endpoints\[0\]\.region"):
        Installation(policy({**GATEWAY, "region": region}), environ={}).load()


# --- zones

ZONAL = vpce("kms").replace("-abcdefgh.", "-abcdefgh-us-east-1{}.")


def _silent(timeout: float) -> Zone:
    time.sleep(timeout)
    return Zone(source="nobody answers")


def asked(url: str, policy: Mapping[str, Any], there: World | None = None) -> Decision:
    installation = Installation(dict(policy), world=there or world({}), environ={})
    return resolve(url, policy=installation)


def test_a_platform_that_does_not_answer_leaves_time_for_dns() -> None:
    declared = {
        **policy(interface(vpce("kms"), ZONAL.format("a")), private="require"),
        "dns": {"timeout": 0.3},
    }
    there = structs.replace(world({}), zone=_silent)
    decision = asked("https://kms.us-east-1.amazonaws.com/", declared, there)
    assert decision.host == vpce("kms")
    installation = Installation(declared, world=there, environ={})
    told = explain("kms", "ListKeys", region="us-east-1", session=Session(), policy=installation)
    assert (told.outcome, told.host) == ("allowed", vpce("kms"))


def test_the_zone_of_an_endpoint_is_that_of_its_first_name() -> None:
    names = [vpce("kms"), ZONAL.format("a"), ZONAL.format("b")]
    declared = {**policy(interface(*names, zone="use1-az1"), private="require"), **here("use1-az1")}
    decision = asked("https://kms.us-east-1.amazonaws.com/", declared)
    assert {one.candidate.host for one in decision.candidates} == {
        vpce("kms"),
        "kms.us-east-1.amazonaws.com",
    }


# --- resolve


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


# --- what a plan makes of it


def _read(log: Path, url: str, declared: Mapping[str, Any]) -> Reading:
    with pytest.raises(EndpointDenied):
        asked(url, {**declared, "log": {"decisions": str(log)}})
    reading = Reading()
    reading.add(log.read_bytes().splitlines())
    return reading


def test_an_address_is_a_host_to_a_plan(tmp_path: Path) -> None:
    reading = _read(tmp_path / "log", "https://[fd00::1]:8443/", policy(private="require"))
    assert (reading.lines, reading.understood) == (1, 1)
    assert [one.code for one in plan(reading).work] == ["endpoint_url.undeclared"]


def test_fips_of_a_host_of_ones_own_is_for_a_person(tmp_path: Path) -> None:
    """A waiver would be the wrong advice: it is for its owner to attest."""
    declared = policy(interface(OWN, serves=["billing.example"]), private="off", fips="require")
    found = plan(_read(tmp_path / "log", "https://billing.example/", declared))
    assert ([one.code for one in found.work], found.rules) == (["fips.no_basis"], ())
