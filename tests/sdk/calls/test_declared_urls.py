"""Under ``fips = "require"`` nothing gets a call out to a host that is not FIPS.

botocore drops FIPS silently in each of these. The plain host is up and would answer: what counts
is that no server saw anything, or only the FIPS one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from endpoint_router import EndpointDenied
from endpoint_router.lab.network import Lab
from tests.support.caught_calls import sent_to, session
from tests.support.lab_client import (
    KMS,
    KMS_FIPS,
    KMS_FIPS_VPCE,
    KMS_VPCE,
    ONE_ATTEMPT,
    catch,
    client_for,
    hosts,
    installed,
    only,
    scope,
)
from tests.support.wire import Caught, on_the_wire

FIPS = {"defaults": {"fips": "require"}}
OTHER = "kms.gateway.example"


@pytest.fixture(autouse=True)
def another_host(lab: Lab) -> None:
    lab.host(OTHER, "52.94.0.30")


def refused(lab: Lab, client: Any, code: str) -> EndpointDenied:
    """A call of *client* is denied, and no server hears of it."""
    with pytest.raises(EndpointDenied) as refusal:
        client.list_keys()
    assert refusal.value.code == code
    assert lab.seen == []
    return refusal.value


def configured(path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path / "config"))


def by_argument(_monkeypatch: pytest.MonkeyPatch, _path: Path, url: str) -> dict[str, Any]:
    return {"endpoint_url": url}


def by_variable(monkeypatch: pytest.MonkeyPatch, _path: Path, url: str) -> dict[str, Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return {}


def by_service_variable(monkeypatch: pytest.MonkeyPatch, _path: Path, url: str) -> dict[str, Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
    return {}


def by_profile(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> dict[str, Any]:
    configured(path, monkeypatch, f"[default]\nendpoint_url = {url}\n")
    return {}


def by_services_section(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> dict[str, Any]:
    text = f"[default]\nservices = lab\n[services lab]\nkms =\n  endpoint_url = {url}\n"
    configured(path, monkeypatch, text)
    return {}


WAYS = [by_argument, by_variable, by_service_variable, by_profile, by_services_section]
Way = Callable[[pytest.MonkeyPatch, Path, str], dict[str, Any]]


@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_somebody_else_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    arguments = way(monkeypatch, tmp_path, f"https://{OTHER}")
    refusal = refused(lab, client_for(lab, FIPS, **arguments), "endpoint_url.undeclared")
    assert "[[custom_endpoints]]" in refusal.remedy
    assert f"https://{OTHER}" in refusal.remedy


@pytest.mark.parametrize("way", WAYS)
def test_without_a_policy_that_url_would_be_used(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    """Otherwise the test above could not fail."""
    client_for(lab, {}, **way(monkeypatch, tmp_path, f"https://{OTHER}")).list_keys()
    assert only(lab).host == OTHER


@pytest.mark.parametrize("host", [KMS, KMS_FIPS])
@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_aws_counts_as_not_given(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way, host: str
) -> None:
    client_for(lab, FIPS, **way(monkeypatch, tmp_path, f"https://{host}")).list_keys()
    seen = only(lab)
    assert seen.host == KMS_FIPS
    assert scope(seen) == ("kms", "us-east-1")


@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_a_plain_vpc_endpoint_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    endpoints = [{"type": "interface", "dns_names": [KMS_VPCE]}]
    client = client_for(
        lab,
        {**FIPS, "vpc_endpoints": endpoints},
        **way(monkeypatch, tmp_path, f"https://{KMS_VPCE}"),
    )
    try:
        client.list_keys()
    except EndpointDenied:
        assert lab.seen == []
    else:
        assert hosts(lab) == [KMS_FIPS]


@pytest.mark.parametrize("way", WAYS)
def test_a_url_of_a_declared_fips_endpoint_passes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: Way
) -> None:
    endpoints = [{"type": "interface", "dns_names": [KMS_FIPS_VPCE]}]
    client_for(
        lab,
        {**FIPS, "vpc_endpoints": endpoints},
        **way(monkeypatch, tmp_path, f"https://{KMS_FIPS_VPCE}"),
    ).list_keys()
    assert only(lab).host == KMS_FIPS_VPCE


def test_a_custom_endpoint_passes_only_if_its_fips_is_attested(lab: Lab) -> None:
    custom = {"url": f"https://{OTHER}", "services": ["kms"], "reason": "lab"}
    url = f"https://{OTHER}"
    refused(
        lab,
        client_for(lab, {**FIPS, "custom_endpoints": [custom]}, endpoint_url=url),
        "fips.no_basis",
    )
    attested = {"fips": "require", "fips_basis": "attested"}
    policy = {"defaults": attested, "custom_endpoints": [{**custom, "fips": True}]}
    client_for(lab, policy, endpoint_url=url).list_keys()
    assert only(lab).host == OTHER


# --- arguments and configuration


def test_use_fips_endpoint_false(lab: Lab) -> None:
    client_for(lab, FIPS, config=Config(use_fips_endpoint=False)).list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_fips_endpoint_false_in_the_environment(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "false")
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_fips_endpoint_asks_for_it_where_no_policy_does(lab: Lab) -> None:
    client_for(lab, {}, config=Config(use_fips_endpoint=True)).list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_fips_endpoint_is_not_forgotten_next_to_a_url(lab: Lab) -> None:
    """With any endpoint URL botocore drops ``use_fips_endpoint``, and calls the plain host."""
    config = Config(use_fips_endpoint=True)
    refused(
        lab,
        client_for(lab, {}, config=config, endpoint_url=f"https://{OTHER}"),
        "endpoint_url.undeclared",
    )
    client_for(lab, {}, config=config, endpoint_url=f"https://{KMS}").list_keys()
    assert only(lab).host == KMS_FIPS


def test_use_ssl_false(lab: Lab) -> None:
    refused(lab, client_for(lab, FIPS, use_ssl=False), "tls.plaintext")


def test_use_ssl_false_would_work_without_a_policy(lab: Lab) -> None:
    client_for(lab, {}, use_ssl=False).list_keys()
    seen = only(lab)
    assert (seen.host, seen.port) == (KMS, 80)


@pytest.mark.parametrize("host", [KMS, KMS_FIPS])
def test_a_plain_http_url_of_aws_counts_as_not_given_either(lab: Lab, host: str) -> None:
    client_for(lab, FIPS, endpoint_url=f"http://{host}").list_keys()
    seen = only(lab)
    assert (seen.host, seen.sni, seen.port) == (KMS_FIPS, KMS_FIPS, 443)


def test_a_plain_http_url_of_somebody_else(lab: Lab) -> None:
    refused(lab, client_for(lab, FIPS, endpoint_url=f"http://{OTHER}"), "endpoint_url.undeclared")


def test_verify_false(lab: Lab) -> None:
    refused(lab, client_for(lab, FIPS, verify=False), "tls.unverified")


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_an_empty_ca_bundle_is_never_a_way_to_switch_verification_off(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Some releases of botocore take an empty value for ``verify=False``, others ignore it."""
    monkeypatch.setenv(name, "")
    session = Session()
    installed(lab, FIPS)(session)
    with pytest.raises(BotoCoreError, match=r"tls\.unverified|Invalid CA bundle|VERIFY_FAILED"):
        session.create_client("kms", "us-east-1", config=Config(retries=ONE_ATTEMPT)).list_keys()
    assert lab.seen == []


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_verification_off_is_the_applications_business_where_nothing_is_required(lab: Lab) -> None:
    client_for(lab, {"defaults": {"fips": "prefer"}}, verify=False).list_keys()
    assert only(lab).host == KMS_FIPS


MACHINE = {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:lab"}


@pytest.mark.parametrize("inject", [True, False])
def test_the_host_prefix_is_not_lost(lab: Lab, inject: bool) -> None:
    """Without it ``StartSyncExecution`` would reach an endpoint that does not have it."""
    lab.host("states-fips.us-east-1.amazonaws.com", "52.94.0.40")
    lab.host("sync-states-fips.us-east-1.amazonaws.com", "52.94.0.41")
    config = Config(inject_host_prefix=inject)
    client = client_for(lab, FIPS, "stepfunctions", config=config)
    client.start_sync_execution(**MACHINE)
    seen = only(lab)
    assert (seen.operation, seen.host) == (
        "StartSyncExecution",
        "sync-states-fips.us-east-1.amazonaws.com",
    )
    assert scope(seen) == ("states", "us-east-1")


# --- handlers of the application's own


@pytest.mark.parametrize("target", [KMS, OTHER])
@pytest.mark.parametrize("position", ["register_first", "register", "register_last"])
@pytest.mark.parametrize("where", ["", ".kms", ".kms.ListKeys"])
@pytest.mark.parametrize("event", ["request-created", "before-sign", "before-send"])
def test_a_handler_cannot_lead_the_call_away(
    lab: Lab, event: str, where: str, position: str, target: str
) -> None:
    client = client_for(lab, FIPS)
    ran: list[str] = []

    def lead_away(request: Any, **_: Any) -> None:
        ran.append(request.url)
        request.url = request.url.replace(KMS_FIPS, target)

    getattr(client.meta.events, position)(f"{event}{where}", lead_away)
    with contextlib.suppress(EndpointDenied):  # led back to FIPS, or refused
        client.list_keys()
    assert ran
    assert set(hosts(lab)) <= {KMS_FIPS}


@pytest.mark.parametrize("event", ["before-sign.kms", "before-send.kms"])
def test_such_a_handler_leads_plain_botocore_away(event: str) -> None:
    """Otherwise the test above could not fail."""

    def lead_away(request: Any, **_: Any) -> None:
        request.url = request.url.replace(KMS, OTHER)

    client = Session().create_client("kms", "us-east-1")
    client.meta.events.register_first(event, lead_away)
    client.meta.events.register_last("before-send", catch)
    with pytest.raises(Caught) as caught:
        client.list_keys()
    assert on_the_wire(caught.value.request).host == OTHER


def test_a_handler_cannot_change_the_variant(lab: Lab) -> None:
    """``before-endpoint-resolution`` hands out botocore's own inputs, to be changed."""

    def plain(builtins: dict[str, Any], **_: Any) -> None:
        builtins["AWS::UseFIPS"] = False
        builtins["SDK::Endpoint"] = None

    client = client_for(lab, FIPS)
    client.meta.events.register_last("before-endpoint-resolution", plain)
    with pytest.raises(EndpointDenied):
        client.list_keys()
    assert lab.seen == []


# --- botocore's data


def overridden(path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: Any) -> None:
    file = path / "models" / name
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(data))
    monkeypatch.setenv("AWS_DATA_PATH", str(path / "models"))


def test_an_endpoints_file_of_ones_own(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    overridden(
        tmp_path,
        monkeypatch,
        "endpoints.json",
        botocore.loaders.create_loader().load_data("endpoints"),
    )
    refusal = refused(lab, client_for(lab, FIPS), "fips.data_overridden")
    assert str(tmp_path) in refusal.reason


def test_a_ruleset_of_ones_own(lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``use_fips_endpoint`` still reads True, and the ruleset sends the call to the plain host."""
    rules = {
        "version": "1.0",
        "parameters": {
            "UseFIPS": {
                "builtIn": "AWS::UseFIPS",
                "type": "Boolean",
                "required": True,
                "default": False,
            }
        },
        "rules": [{"conditions": [], "endpoint": {"url": f"https://{KMS}"}, "type": "endpoint"}],
    }
    overridden(tmp_path, monkeypatch, "kms/2014-11-01/endpoint-rule-set-1.json", rules)
    refusal = refused(lab, client_for(lab, FIPS), "fips.data_overridden")
    assert str(tmp_path) in refusal.reason


def test_an_overridden_file_of_another_service_does_not_matter(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    overridden(tmp_path, monkeypatch, "sqs/2012-11-05/endpoint-rule-set-1.json", {})
    client_for(lab, FIPS).list_keys()
    assert only(lab).host == KMS_FIPS


# --- what a declared URL is

MINIO = "https://minio.internal.example:9000"
ATTESTED = {
    "defaults": {"fips": "require", "fips_basis": "attested", "private": "require"},
    "custom_endpoints": [
        {"url": MINIO, "services": ["s3"], "fips": True, "private": True, "reason": "SEC-1"}
    ],
}
OUTPOSTS_ALIAS = "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3"


@pytest.mark.usefixtures("no_network")
def test_a_declared_endpoint_vouches_for_its_own_host_only() -> None:
    client = session(ATTESTED).create_client("s3", "us-east-1", endpoint_url=MINIO)
    assert sent_to(client, "list_buckets") == "minio.internal.example:9000"
    with pytest.raises(EndpointDenied) as refusal:
        client.get_object(Bucket=OUTPOSTS_ALIAS, Key="k")  # S3's ruleset ignores the URL
    assert refusal.value.code == "endpoint_url.undeclared"
    assert "s3-outposts" in refusal.value.host


@pytest.mark.usefixtures("no_network")
def test_an_url_that_two_parsers_read_differently_is_nobodys() -> None:
    url = "https://evil.example\\@minio.internal.example:9000"
    client = session(ATTESTED).create_client("s3", "us-east-1", endpoint_url=url)
    with pytest.raises(EndpointDenied) as refusal:
        client.list_buckets()
    assert refusal.value.code == "endpoint_url.undeclared"
