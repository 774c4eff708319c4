"""What TLS offers is settled when a context is made: many tests connect in several threads at once.

urllib3 sets it before each handshake, in the context that all connections of a client share, while
other threads read it: rarely a ClientHello is garbage, or the process dies
(https://github.com/python/cpython/issues/141012). Plain botocore's clients have that, too; here it
would fail a test of something else, once in many runs.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import botocore.httpsession
import pytest
from urllib3.util.ssl_ import ALPN_PROTOCOLS


class _Settled(ssl.SSLContext):
    """Offers what urllib3 would set, and is not set to the same again."""

    def __new__(cls, *arguments: Any) -> _Settled:
        context = super().__new__(cls, *arguments)
        ssl.SSLContext.set_alpn_protocols(context, ALPN_PROTOCOLS)
        return context

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        if alpn_protocols != ALPN_PROTOCOLS:
            super().set_alpn_protocols(alpn_protocols)


def settled_tls(patch: pytest.MonkeyPatch) -> None:
    """For the clients that are made from now on."""
    patch.setattr(botocore.httpsession, "SSLContext", _Settled)
