"""Which of its certificates a server of the lab shows."""

from __future__ import annotations

from endpoint_router.lab.certificates import NO_CERTIFICATE, shown


def test_which_certificate_is_shown() -> None:
    held = ["first.example", "*.example.com"]
    assert shown("A.example.com", held) == "*.example.com"
    assert shown("a.b.example.com", held) == "first.example"
    assert shown("", held) == "first.example"
    assert shown("", []) == NO_CERTIFICATE
