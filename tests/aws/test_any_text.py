"""The grammar of names under any text: an answer or ``BadName``, and at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from endpoint_router.aws import host_names, hosts, privatelink, vpce_names, zone
from endpoint_router.aws.bad_name import BadName
from endpoint_router.aws.host_regions import place_of
from endpoint_router.aws.own_services import is_own_service
from endpoint_router.sdk.endpoints.partitions_json import partitions
from tests.support.examples import examples

_PIECES = [
    "kms",
    "s3",
    "s3-",
    "vpce-",
    "vpce-0a-1b",
    "-us-east-1a",
    ".us-east-1",
    ".vpce",
    ".amazonaws.com",
    ".api.aws",
    ".",
    "..",
    "*.",
    "-",
    "a",
    "0",
    "é",
    "。",
    "\x00",
    "�",
    "%",
    "@",
    ":",
    "[",
    "]",
    "/",
    "\\",
    "?",
    "#",
    "https://",
    "http://",
    ":443",
    "123456789012",
    "-fips",
    "s3express-use1-az4",
]
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*_PIECES, " ", "\n"]), max_size=8).map("".join),
    st.builds(lambda piece, times: piece * times, st.sampled_from(_PIECES), st.just(3000)),
)
FUNCTIONS: dict[str, Callable[[str], Any]] = {
    **{
        name: getattr(host_names, name)
        for name in ("is_host", "is_suffix", "is_address", "is_port")
    },
    **{
        name: getattr(hosts, name)
        for name in ("origin_of", "host_of", "without_user", "canonical", "netloc")
    },
    "mask of S3": lambda text: hosts.mask("s3", text),
    "mask": lambda text: hosts.mask("kms", text),
    "place_of": lambda text: place_of(text, partitions()),
    "is_below": lambda text: hosts.is_below(text, "https://a.example"),
    "parse_vpce": vpce_names.parse_vpce,
    "is_own_service": is_own_service,
    "privatelink": lambda text: privatelink.privatelink(text, "us-east-1"),
    "privatelink in": lambda text: privatelink.privatelink("kms.us-east-1.amazonaws.com", text),
    "without_fips": privatelink.without_fips,
    "check_zone": zone.check_zone,
    "check_region": zone.check_region,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@given(text=TEXTS)
@settings(max_examples=examples(40), deadline=None)
def test_it_is_read_or_refused(name: str, text: str) -> None:
    began = time.process_time()
    with suppress(BadName):
        FUNCTIONS[name](text)
    assert time.process_time() - began < 1
