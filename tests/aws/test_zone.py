"""Names and ids of availability zones."""

from __future__ import annotations

import pytest

from endpoint_router.aws.zone import is_zone_id, is_zone_name


@pytest.mark.parametrize(
    ("text", "name", "ident"),
    [
        ("us-east-1a", True, False),
        ("us-gov-west-1c", True, False),
        ("us-isob-east-1a", True, False),
        ("eusc-de-east-1a", True, False),
        ("us-west-2-lax-1a", True, False),
        ("use1-az1", False, True),
        ("usgw1-az3", False, True),
        ("apne1-az4", False, True),
        ("use1-az12", False, True),
        ("eusc-dee1-az1", False, True),
        ("usw2-lax1-az1", False, True),
        ("", False, False),
        ("none", False, False),
        ("us-east-1", False, False),
        ("us-east-1ab", False, False),
        ("us-east-1A", False, False),
        ("us-east-1a\n", False, False),
        ("use1-az", False, False),
        ("use-az1", False, False),
        ("az1", False, False),
        ("use1-az1\n", False, False),
        ("use1-az\u0661", False, False),
        ("us-east-1-wl1-bos-wlz-1", False, False),  # Wavelength: no endpoints there
    ],
)
def test_zones(text: str, name: bool, ident: bool) -> None:
    assert (is_zone_name(text), is_zone_id(text)) == (name, ident)
