"""Public keys: read from what the AWS CLI prints, asked for in each region, page by page."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator

import pytest
from botocore.session import Session

from endpoint_router.audit.public_keys import ask_keys, decode
from endpoint_router.audit.rsa import public_key

from .digested import KEY, Key, listed
from .key_service import KeyService, serving

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyService]:
    with serving(monkeypatch, KEY, Key(1024)) as service:
        yield service


def test_all_pages_of_each_region(service: KeyService) -> None:
    keys = ask_keys(Session(), ["us-gov-west-1"], "2026-11-19T23:00:31Z", now=lambda: NOW)
    assert len(keys.known) == 2
    assert keys.known[KEY.fingerprint] == public_key(KEY.der)
    assert keys.why_no_more == ""
    (region, asked), (_, again) = service.asked
    assert region == "us-gov-west-1"
    begin = datetime.datetime(2026, 11, 19, 21, 0, 31, tzinfo=datetime.timezone.utc)
    assert (asked["StartTime"], asked["EndTime"]) == (begin.timestamp(), NOW.timestamp())
    assert again["NextToken"] == "1"


def test_a_region_that_refuses_is_named(service: KeyService) -> None:
    regions = ["us-gov-east-1", "us-gov-west-1"]
    keys = ask_keys(Session(), regions, "2026-11-19T23:00:31Z", now=lambda: NOW)
    assert KEY.fingerprint in keys.known
    assert keys.why_no_more.startswith("us-gov-east-1: An error occurred (AccessDeniedException)")


def test_nobody_answers(service: KeyService, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    keys = ask_keys(Session(), ["us-gov-west-1"], "2026-11-19T23:00:31Z")
    assert keys.known == {}
    assert keys.why_no_more == "us-gov-west-1: Unable to locate credentials"


def test_what_the_aws_cli_prints() -> None:
    assert decode(listed(KEY)) == {KEY.fingerprint: public_key(KEY.der)}
    assert decode(b'{"PublicKeyList": []}') == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "truncated"),
        (b"{}", "missing required field `PublicKeyList`"),
        (b'{"PublicKeyList": [{"Fingerprint": "", "Value": "no base64"}]}', "base64"),
        (b'{"PublicKeyList": [{"Fingerprint": "", "Value": "AAAA"}]}', "no RSA public key"),
        (b'\xff{"PublicKeyList": []}', "invalid character|malformed"),
        (base64.b64encode(KEY.der), "malformed"),
    ],
)
def test_what_is_no_list_of_keys(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode(text)
