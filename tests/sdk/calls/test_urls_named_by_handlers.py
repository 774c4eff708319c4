"""What a ``before-endpoint-resolution`` handler answers is judged: its region, and its URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.session import Session

from endpoint_router import EndpointDenied
from tests.support.caught_calls import sent_to, session
from tests.support.wire import Caught, OnTheWire, on_the_wire

pytestmark = pytest.mark.usefixtures("no_network")

GOV = "us-gov-west-1"
ELSEWHERE = "https://kms.elsewhere.example"
VPCE = "vpce-0a-1b.kms.us-gov-west-1.vpce.amazonaws.com"
Handler = Callable[..., None]


def says(**inputs: Any) -> Handler:
    """A handler that answers this, whatever it is asked: ``endpoint``, ``region``, ``fips``."""
    names = {"endpoint": "SDK::Endpoint", "region": "AWS::Region", "fips": "AWS::UseFIPS"}

    def handler(builtins: dict[Any, Any], **_: Any) -> None:
        builtins.update({names[name]: value for name, value in inputs.items()})

    return handler


def client_with(
    handler: Handler | None, made: Mapping[str, Any], service: str = "kms", **arguments: Any
) -> Any:
    region = arguments.pop("region", GOV)
    client = session(dict(made)).create_client(service, region, **arguments)
    if handler:
        client.meta.events.register("before-endpoint-resolution", handler)
    return client


def sent(client: Any, operation: str = "list_keys", **parameters: Any) -> OnTheWire:
    with pytest.raises(Caught) as caught:
        getattr(client, operation)(**parameters)
    return on_the_wire(caught.value.request)


def refused(client: Any, operation: str = "list_keys", **parameters: Any) -> str:
    with pytest.raises(EndpointDenied) as refusal:
        getattr(client, operation)(**parameters)
    assert refusal.value.reason
    assert refusal.value.remedy
    return refusal.value.code


def defaults(**settings: Any) -> dict[str, Any]:
    return {"defaults": settings}


# --- another region


@pytest.mark.parametrize("fips", ["off", "require"])
@pytest.mark.parametrize("endpoint_url", ["check", "deny"])
def test_a_handler_cannot_move_the_call_to_another_region(fips: str, endpoint_url: str) -> None:
    made = defaults(allowed_regions=["us-gov-*"], endpoint_url=endpoint_url, fips=fips)
    assert refused(client_with(says(region="us-east-1"), made)) == "region.not_allowed"


@pytest.mark.parametrize(
    "settings",
    [{"allowed_regions": ["us-gov-*"]}, {"fips": "require"}, {"endpoint_url": "deny"}],
)
def test_a_region_that_is_none_cannot_make_up_a_host(settings: dict[str, Any]) -> None:
    """Rulesets form hosts, and take what a handler gives them for a region."""
    handler = says(region=f"{GOV}.evil.example/")
    client = client_with(handler, defaults(**settings))
    assert refused(client) in ("endpoint_url.undeclared", "fips.no_basis")
    assert sent(client_with(handler, {})).host == f"kms.{GOV}.evil.example"


def test_another_region_that_is_allowed() -> None:
    made = defaults(allowed_regions=["us-gov-*"])
    host = "kms.us-gov-east-1.amazonaws.com"
    assert sent(client_with(says(region="us-gov-east-1"), made)).host == host


def test_the_handler_may_come_after_the_first_calls() -> None:
    client = client_with(None, defaults(allowed_regions=["us-gov-*"]))
    for _ in range(2):
        assert sent(client).host == f"kms.{GOV}.amazonaws.com"
    client.meta.events.register("before-endpoint-resolution", says(region="us-east-1"))
    assert refused(client) == "region.not_allowed"
    client.meta.events.register_last("before-endpoint-resolution", says(endpoint=ELSEWHERE))
    assert refused(client) == "endpoint_url.undeclared"


def test_a_handler_that_goes_by_the_parameters() -> None:
    """Each call is judged by what is answered for it."""

    def by_bucket(builtins: dict[Any, Any], params: dict[str, Any], **_: Any) -> None:
        if params.get("Bucket") == "away":
            builtins["AWS::Region"] = "us-east-1"

    client = client_with(by_bucket, defaults(allowed_regions=["us-gov-*"]), "s3")
    for _ in range(2):
        home = sent(client, "list_objects_v2", Bucket="home")
        assert home.host == f"home.s3.{GOV}.amazonaws.com"
        assert refused(client, "list_objects_v2", Bucket="away") == "region.not_allowed"


def test_another_region_in_the_signature_alone() -> None:
    """A host of one's own stays, and S3 is signed for the region that a handler names."""
    url = "https://store.example"
    made = {
        **defaults(allowed_regions=["us-gov-*"]),
        "custom_endpoints": [{"url": url, "services": ["s3"]}],
    }
    client = client_with(None, made, "s3", endpoint_url=url)
    for _ in range(2):
        assert sent(client, "list_buckets").signing_region == GOV
    client.meta.events.register("before-endpoint-resolution", says(region="us-gov-east-1"))
    assert sent(client, "list_buckets").signing_region == "us-gov-east-1"
    client.meta.events.register_last("before-endpoint-resolution", says(region="us-east-1"))
    assert refused(client, "list_buckets") == "region.not_allowed"


# --- a URL


DEMANDS = [
    {"allowed_regions": ["us-gov-*"]},
    {"fips": "require"},
    {"private": "require"},
    {"regional": "require"},
    {"dual_stack": "require"},
    {"endpoint_url": "deny"},
]


@pytest.mark.parametrize("settings", DEMANDS, ids=lambda settings: next(iter(settings)))
@pytest.mark.parametrize("fips", [{}, {"fips": False}])
def test_a_url_that_nobody_declared(settings: dict[str, Any], fips: dict[str, Any]) -> None:
    """Also where its name happens to resolve privately."""
    routed = session(defaults(**settings), lambda _: "10.20.0.10")
    client = routed.create_client("kms", GOV)
    client.meta.events.register("before-endpoint-resolution", says(endpoint=ELSEWHERE, **fips))
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == "endpoint_url.undeclared"
    assert f'url = "{ELSEWHERE}"' in refusal.value.remedy


@pytest.mark.parametrize("settings", DEMANDS, ids=lambda settings: next(iter(settings)))
def test_a_url_that_is_declared(settings: dict[str, Any]) -> None:
    vouched = {"fips": True, "private": True, "reason": "ours"}
    custom = {"url": ELSEWHERE, "services": ["kms"], **vouched}
    made = {"defaults": {**settings, "fips_basis": "attested"}, "custom_endpoints": [custom]}
    for _ in range(2):
        assert sent(client_with(says(endpoint=ELSEWHERE), made)).host == "kms.elsewhere.example"
    not_vouched = {**made, "custom_endpoints": [{"url": ELSEWHERE, "services": ["kms"]}]}
    if "fips" in settings:
        assert refused(client_with(says(endpoint=ELSEWHERE), not_vouched)) == "fips.no_basis"


def test_a_handler_that_answers_the_fips_variant_only() -> None:
    """It sees what is asked for, and names another host when that is FIPS."""

    def sly(builtins: dict[Any, Any], **_: Any) -> None:
        if builtins["AWS::UseFIPS"]:
            builtins.update({"AWS::UseFIPS": False, "SDK::Endpoint": ELSEWHERE})

    assert refused(client_with(sly, defaults(fips="require"))) == "endpoint_url.undeclared"


STANDARD = f"https://kms.{GOV}.amazonaws.com"


@pytest.mark.parametrize("fips", [{}, {"fips": False}])
@pytest.mark.parametrize("url", [STANDARD, STANDARD.replace("kms", "kms-fips"), f"{STANDARD}/"])
def test_a_host_of_aws_own_counts_as_not_given(url: str, fips: dict[str, Any]) -> None:
    """As a configured one: it is routed, each time."""
    client = client_with(says(endpoint=url, **fips), defaults(fips="require"))
    for _ in range(3):
        came = sent(client)
        assert (came.host, came.signing_region) == (f"kms-fips.{GOV}.amazonaws.com", GOV)


def test_a_host_of_aws_own_for_some_calls_only() -> None:
    answers: list[str] = []

    def now_and_then(builtins: dict[Any, Any], **_: Any) -> None:
        if answers:
            builtins["SDK::Endpoint"] = answers[-1]

    client = client_with(now_and_then, defaults(fips="require"))
    for url in ("", STANDARD, "", ELSEWHERE, STANDARD, ""):
        answers[:] = [url] if url else []
        if url == ELSEWHERE:
            assert refused(client) == "endpoint_url.undeclared"
        else:
            assert sent(client).host == f"kms-fips.{GOV}.amazonaws.com"


def test_the_name_of_a_declared_endpoint() -> None:
    endpoint = {"type": "interface", "dns_names": [VPCE]}
    made = {"defaults": {"private": "require"}, "vpc_endpoints": [endpoint]}
    routed = session(made, lambda name: "10.20.0.10" if "vpce" in name else "52.94.0.10")
    client = routed.create_client("kms", GOV)
    client.meta.events.register("before-endpoint-resolution", says(endpoint=f"https://{VPCE}"))
    for _ in range(2):
        assert sent(client).host == VPCE


def test_a_handler_that_takes_the_configured_url_away() -> None:
    custom = {"url": ELSEWHERE, "services": ["kms"]}
    made = {"defaults": {"allowed_regions": ["us-gov-*"]}, "custom_endpoints": [custom]}
    client = client_with(None, made, endpoint_url=ELSEWHERE)
    assert sent(client).host == "kms.elsewhere.example"
    client.meta.events.register("before-endpoint-resolution", says(endpoint=None))
    for _ in range(2):
        assert sent(client).host == f"kms.{GOV}.amazonaws.com"


def test_a_handler_that_names_another_than_the_configured_url() -> None:
    custom = {"url": ELSEWHERE, "services": ["kms"]}
    made = {"defaults": {"allowed_regions": ["us-gov-*"]}, "custom_endpoints": [custom]}
    client = client_with(says(endpoint="https://evil.example"), made, endpoint_url=ELSEWHERE)
    assert refused(client) == "endpoint_url.undeclared"


# --- where nothing is demanded


URLS = [ELSEWHERE, f"{ELSEWHERE}:8443/path", STANDARD, "https://sqs.us-east-1.amazonaws.com"]


@pytest.mark.parametrize("made", [{}, {"mode": "report"}])
@pytest.mark.parametrize("url", [*URLS, None])
@pytest.mark.parametrize("region", [GOV, "us-east-1"])
@pytest.mark.parametrize("service", ["kms", "iam", "s3"])
def test_then_it_goes_where_plain_botocore_sends_it(
    service: str, region: str, url: str | None, made: dict[str, Any]
) -> None:
    calls = {"kms": "list_keys", "iam": "list_users", "s3": "list_buckets"}
    handler = says(region=region, endpoint=url)
    plain = Session().create_client(service, GOV)
    plain.meta.events.register("before-endpoint-resolution", handler)
    client = client_with(handler, made, service)
    for _ in range(2):
        assert sent(client, calls[service]) == sent(plain, calls[service])


def test_each_variant_is_resolved_once() -> None:
    """Handlers run once for each: the standard one, and the FIPS one."""
    heard: list[bool] = []

    def listen(builtins: dict[Any, Any], **_: Any) -> None:
        heard.append(builtins["AWS::UseFIPS"])

    assert sent(client_with(listen, defaults(fips="require"), region="eu-west-1"))
    assert heard == [False, True]


# --- what is said of it


@pytest.mark.parametrize("mode", ["enforce", "report"])
def test_what_is_logged_is_what_the_url_says(tmp_path: Path, mode: str) -> None:
    log = tmp_path / "decisions.jsonl"
    made = {"mode": mode, "log": {"decisions": str(log)}, **defaults(allowed_regions=["us-*"])}
    url = client_with(says(region="us-east-1"), made).generate_presigned_url("list_keys")
    (line,) = map(json.loads, log.read_text().splitlines())
    assert line["host"] == urlsplit(url).hostname == "kms.us-east-1.amazonaws.com"
    assert f"%2F{line['signing_region']}%2Fkms%2F" in url


def test_report_mode_tells_what_enforce_would_refuse(tmp_path: Path) -> None:
    log = tmp_path / "decisions.jsonl"
    made = {
        "mode": "report",
        "log": {"decisions": str(log)},
        **defaults(allowed_regions=["us-gov-*"]),
    }
    for handler in says(region="us-east-1"), says(endpoint=ELSEWHERE):
        client_with(handler, made).generate_presigned_url("list_keys")
    codes = [json.loads(line)["code"] for line in log.read_text().splitlines()]
    assert codes == ["region.not_allowed", "endpoint_url.undeclared"]


def test_the_helper_hears_what_is_sent() -> None:
    """Otherwise the tests above could not fail."""
    plain = Session().create_client("kms", GOV)
    plain.meta.events.register("before-endpoint-resolution", says(endpoint=ELSEWHERE))
    assert sent_to(plain, "list_keys") == "kms.elsewhere.example"
