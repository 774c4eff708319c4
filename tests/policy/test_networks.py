"""Networks and the zone, as a policy writes them."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10.0.0.1/8", "Did you mean '10.0.0.0/8'?"),
        ("fd00::1/8", "Did you mean 'fd00::/8'?"),
        ("10.0.0.0/33", ""),
        ("10.0.0/8", ""),
        ("corp", ""),
        ("", ""),
        ("10.0.0.0/8 ", ""),
    ],
)
def test_networks(text: str, hint: str, refusal: Any) -> None:
    error = refusal({"network": {"private": ["10.0.0.0/8", text]}})
    assert error.where == "code, network.private[1]"
    assert "CIDR" in error.expected
    assert error.hint == hint
    gateway = {"type": "gateway", "service": "s3", "region": "us-east-1", "prefix_list": [text]}
    error = refusal({"vpc_endpoints": [gateway]})
    assert error.where == "code, vpc_endpoints[0].prefix_list[0]"


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("US-EAST-1A", "Did you mean 'us-east-1a'?"),
        (" use1-az1", "Did you mean 'use1-az1'?"),
        ("None", "Did you mean 'none'?"),
        ("us-gov-west-1", "as 'us-gov-west-1a'."),
        ("a", ""),
    ],
)
def test_a_bad_zone_is_told_a_better_one(zone: str, hint: str, refusal: Any) -> None:
    error = refusal({"network": {"zone": zone}})
    assert (error.where, hint in error.hint) == ("code, network.zone", True)
    assert bool(error.hint) is bool(hint)
