"""What can be a host."""

from __future__ import annotations

import pytest

from endpoint_router.aws.host_names import is_host, is_host_glob


@pytest.mark.parametrize(
    ("text", "host", "glob"),
    [
        ("a", True, True),
        ("a.b-c.d_e", True, True),
        ("10.0.0.1", True, True),
        ("1.example", True, True),
        ("*.example.com", False, True),
        ("a*b.example.com", False, True),
        ("s3.*.example.com", False, True),
        ("*", False, False),
        ("example.*", False, False),
        ("example.c*m", False, False),
        ("", False, False),
        (".", False, False),
        ("a..b", False, False),
        (".a", False, False),
        ("a.", False, False),
        ("-a.b", False, False),
        ("a-.b", False, False),
        ("a b", False, False),
        ("a/b", False, False),
        ("a:1", False, False),
        ("10.0.0.256", False, False),
        ("10.0.0", False, False),
        ("0x7f", False, False),
        ("é.com", False, False),
        ("a" * 64, False, False),
        (".".join(["a" * 63] * 4), False, False),
        ("a.b\n", False, False),
    ],
)
def test_hosts(text: str, host: bool, glob: bool) -> None:
    assert is_host(text) is host
    assert is_host_glob(text) is glob
