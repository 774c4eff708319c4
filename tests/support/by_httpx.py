"""What asynchronous clients are to be made with in order to send by httpx; skipped without it."""

from __future__ import annotations

from typing import Any

import pytest

try:
    from aiobotocore.httpxsession import HttpxSession, httpx
except ImportError:  # aiobotocore before 2.23
    HttpxSession = httpx = None

#: Options of the client's ``AioConfig``.
BY_HTTPX: dict[str, Any] = {"http_session_cls": HttpxSession}

needs_httpx = pytest.mark.skipif(
    httpx is None or not hasattr(HttpxSession, "_make_async_client"),
    reason="needs aiobotocore 3.9 or newer, and httpx2 or httpx",
)
