"""aiobotocore, called as botocore is: so that tests of botocore's clients can be run with it.

A session of :class:`BlockingSession` is aiobotocore's own. Outside of a running loop, a client of
its is a :class:`Blocking`, each of whose calls runs in one loop to its end. Whatever the client
does inside, nested clients for credentials as well, is asynchronous as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

from aiobotocore.credentials import AioCredentials
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession
from botocore.httpsession import URLLib3Session

from tests.support.async_lab import goodbyes
from tests.support.sessions import Kind, using


class _Loop:
    """The loop of one test, and what is to be closed in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()

    def run(self, awaitable: Any) -> Any:
        async def wait() -> Any:
            return await awaitable

        return self._loop.run_until_complete(wait())

    def enter(self, context: Any) -> Any:
        return self.run(self._stack.enter_async_context(context))

    def close(self) -> None:
        self.run(self._stack.aclose())
        self.run(goodbyes())
        self.run(self._loop.shutdown_asyncgens())
        self.run(self._loop.shutdown_default_executor())
        self._loop.close()


class Blocking:
    """Something of aiobotocore's; what it returns to be awaited, is awaited."""

    def __init__(self, target: Any, loop: _Loop) -> None:
        self._target, self._loop = target, loop

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value) or name.startswith("_") or name in ("exceptions", "meta"):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            return _blocking(value(*args, **kwargs), self._loop)

        return call

    def __iter__(self) -> Iterator[Any]:
        each = self._target.__aiter__()
        while True:
            try:
                yield _blocking(each.__anext__(), self._loop)
            except StopAsyncIteration:
                return


def _blocking(value: Any, loop: _Loop) -> Any:
    if hasattr(value, "__await__"):
        value = loop.run(value)
    if isinstance(value, dict):
        return {name: _blocking(one, loop) for name, one in value.items()}
    return Blocking(value, loop) if type(value).__module__.startswith("aiobotocore.") else value


#: That of the test that runs. A session may be shared by several, and live longer than a loop.
_loops: list[_Loop] = []


class BlockingSession(AioSession):
    """aiobotocore's own, whose clients are :class:`Blocking` outside of a running loop."""

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        context = super().create_client(*args, **kwargs)
        if asyncio._get_running_loop():
            return context
        return Blocking(_loops[-1].enter(context), _loops[-1])


_KIND = Kind(BlockingSession, AioCredentials, (AIOHTTPSession, URLLib3Session))


@contextmanager
def blocking() -> Iterator[None]:
    """Let the helpers of the tests make such sessions; afterwards their clients are closed."""
    loop = _Loop()
    _loops.append(loop)
    try:
        with using(_KIND):
            yield
    finally:
        _loops.remove(loop)
        loop.close()
