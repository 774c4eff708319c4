"""A WSGI application whose client is made, and used, when the module is imported.

That is before the server forks its workers, where they are started with ``--preload``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from tests.support.renewing import Reach, Time

clock = Time()
client = Reach(os.environ["LAB_DNS"], os.environ["LAB_CA"], int(os.environ["LAB_PORT"])).client(
    clock
)
client.list_keys()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Make a call; ``?pass=80`` puts the worker's clock forward before. Answers with its pid."""
    passed = parse_qs(environ.get("QUERY_STRING", "")).get("pass", ["0"])
    clock.passes(float(passed[0]))
    client.list_keys()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
