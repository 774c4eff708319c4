"""moto in process: the private name of its that this package touches, and only here.

moto answers in a handler of ``before-send``, and knows services by patterns of their standard
hosts. Of a FIPS host or a VPC endpoint it says "Not yet implemented", or misreads it. Here lives
how that handler, and no other, is shown another URL than the request has. The request keeps its
own: what moto does not answer leaves for the very host that it was signed for.

moto is never imported from here. Tested in ``tests/sdk/test_seams_moto.py``.
"""

from __future__ import annotations

import copy
import sys
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from ..process import Lock
from .seams import MOTO

__all__ = ["begin", "end"]

_lock = Lock()
#: Who wants it. Weakly: some go without a word.
_users: weakref.WeakSet[Any] = weakref.WeakSet()
#: What was replaced: the class, its ``__call__``, and ours.
_replaced: tuple[Any, Any, Any] | None = None


def begin(user: object, url_for: Callable[[Any], str]) -> bool:
    """Show moto each request with the URL that *url_for* tells, the same for every *user*.

    ``False``: moto is not there yet; nothing to end.
    """
    global _replaced
    stubber: Any = getattr(sys.modules.get(MOTO), "BotocoreStubber", None)
    if stubber is None or "__call__" not in vars(stubber):
        return False
    original = vars(stubber)["__call__"]
    with _lock.here:
        _users.add(user)
        if _replaced is None:
            ours = _showing(original, url_for)
            stubber.__call__ = ours
            _replaced = stubber, original, ours
    return True


def end(user: object) -> None:
    """Undo :func:`begin`; the last *user* leaves moto as it was found."""
    global _replaced
    with _lock.here:
        _users.discard(user)
        if _users or _replaced is None:
            return
        stubber, original, ours = _replaced
        if vars(stubber).get("__call__") is ours:
            stubber.__call__ = original
        _replaced = None


def _showing(original: Callable[..., Any], url_for: Callable[[Any], str]) -> Callable[..., Any]:
    @wraps(original)
    def __call__(stubber: Any, event_name: str, request: Any, **rest: Any) -> Any:
        shown, url = request, url_for(request)
        if url != request.url:
            shown = copy.copy(request)
            shown.url, shown.headers = url, request.headers.copy()
            if "Host" in shown.headers:  # awscrt's signer sets one
                shown.headers["Host"] = urlsplit(url).netloc
        answer = original(stubber, event_name, shown, **rest)
        if answer is not None and shown is not request:
            answer.url = request.url
        return answer

    return __call__
