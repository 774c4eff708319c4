"""User names and passwords of URLs are in no text that anybody may log."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config

from endpoint_router import EndpointDenied
from endpoint_router.aws.hosts import without_user
from endpoint_router.lab.network import Lab
from tests.support.lab_client import KMS, client_for

SECRETS = ("usr", "pw")


def said(error: EndpointDenied) -> str:
    return " ".join([str(error), error.host, error.reason, error.remedy, error.rule, repr(error)])


@pytest.mark.parametrize(
    "url",
    [
        f"https://usr:pw@{KMS}",
        "https://usr:pw@corp.example:9000/path",
        "https://usr@corp.example",
        "https://usr:pw@corp.example@elsewhere.example",
        "https://usr:pw/half@corp.example",
        "https://usr:pw?half@corp.example",
    ],
)
def test_an_undeclared_endpoint_url(lab: Lab, url: str) -> None:
    client = client_for(lab, {"defaults": {"endpoint_url": "deny"}}, endpoint_url=url)
    with pytest.raises(EndpointDenied) as caught:
        client.list_keys()
    assert caught.value.code == "endpoint_url.undeclared"
    assert not [secret for secret in SECRETS if secret in said(caught.value)]


def test_a_url_that_the_application_changed(lab: Lab) -> None:
    def change(request: Any, **_: Any) -> None:
        request.url = f"https://usr:pw@{KMS}/"

    client = client_for(lab, {"defaults": {"fips": "require"}})
    client.meta.events.register("before-send", change)
    with pytest.raises(EndpointDenied, match=r"guard\.changed") as caught:
        client.list_keys()
    assert not [secret for secret in SECRETS if secret in said(caught.value)]
    assert lab.seen == []


def test_a_proxy(lab: Lab) -> None:
    config = Config(proxies={"https": "http://usr:pw@127.0.0.1:9"})
    client = client_for(lab, {"defaults": {"private": "require"}}, config=config)
    with pytest.raises(EndpointDenied) as caught:
        client.list_keys()
    assert "127.0.0.1:9" in said(caught.value)
    assert not [secret for secret in SECRETS if secret in said(caught.value)]


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ("https://a.example:9000", "https://a.example:9000"),
        ("https://u:p@a.example", "https://a.example"),
        ("https://u:p@x@a.example:1", "https://a.example:1"),
        ("https://[fd00::1]:9000", "https://[fd00::1]:9000"),
        ("https://u@[fd00::1]", "https://[fd00::1]"),
        ("https://user:p", "https://*"),
        ("https://", "https://*"),
    ],
)
def test_without_user(origin: str, shown: str) -> None:
    assert without_user(origin) == shown
