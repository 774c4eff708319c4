"""Is a client routed in this very interpreter? One is made, as a program makes it, and looked at.

It has no credentials, and nothing is sent.
"""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from ..printable import printable

__all__ = ["Trial", "quiet", "try_it"]


class Trial(Struct, frozen=True):
    """What came of making clients."""

    #: Was routing on as soon as botocore was imported?
    on_import: bool = False
    #: And when a client had been made?
    on_client: bool = False
    #: Is a client for credentials routed that is made before any other? ``None``: not tried.
    nested_first: bool | None = None
    #: Why no client could be made; empty where one was.
    error: str = ""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What would be logged or printed meanwhile is not: the checks tell it."""
    logger = logging.getLogger("endpoint_router")
    propagates = logger.propagate
    nowhere = logging.NullHandler()
    logger.addHandler(nowhere)
    logger.propagate = False
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = propagates


def try_it(region: str = "us-east-1") -> Trial:
    """Make clients as a program would, without credentials; nothing is sent.

    To be called before anything else has made a client.
    """
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    from ..sdk.activation.install import current

    on_import = current() is not None
    session = Session()
    keys = {"aws_access_key_id": "doctor", "aws_secret_access_key": "doctor"}

    def routed(make: Callable[..., Any]) -> bool:
        client = make("sts", region_name=region, **keys)
        installation = current()
        return installation is not None and (
            installation.routes(client) or installation.make_for(session) is None
        )

    try:
        nested = _nested(session)
        nested_first = routed(nested) if nested else None
        on_client = routed(session.create_client)
    # An AWS configuration that botocore cannot read: a value that is none, no such profile.
    except (BotoCoreError, ValueError, OSError) as error:
        return Trial(on_import, error=printable(str(error)))
    return Trial(on_import, on_client, nested_first)


def _nested(session: Any) -> Callable[..., Any] | None:
    """How botocore makes clients for its credentials; ``None`` where that is no way of its own."""
    try:
        from botocore.utils import create_nested_client
    except ImportError:  # before it had plugins
        return None
    return lambda *words, **options: create_nested_client(session, *words, **options)
