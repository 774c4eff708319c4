"""Which botocore the shared helpers make sessions of: the synchronous one, unless told.

So the same tests run with another kind of session; the asynchronous one is in ``tests/aio``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import botocore.session
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session


class Kind(NamedTuple):
    """A botocore.

    :ivar session: makes a session whose clients are called without ``await``.
    :ivar transports: the classes whose ``send`` would put a request on the wire.
    """

    session: Callable[..., Any]
    credentials: Callable[..., Any]
    transports: tuple[type, ...]


_BOTOCORE = Kind(botocore.session.Session, Credentials, (URLLib3Session,))
_kinds = [_BOTOCORE]


def kind() -> Kind:
    """The one in use."""
    return _kinds[-1]


def new_session(**arguments: Any) -> Any:
    """A fresh session of the kind in use."""
    return kind().session(**arguments)


@contextmanager
def using(other: Kind) -> Iterator[None]:
    """Let *other* be in use."""
    _kinds.append(other)
    try:
        yield
    finally:
        _kinds.remove(other)
