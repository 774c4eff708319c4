"""A client that may send nothing: its policy cannot be used, or nobody knows how to route it.

The calls tell, because botocore swallows what plugins raise, and applications make clients when
their modules are imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...counters import Count
from ..stand_in import StandIn
from .signed_alone import is_token, manner

#: Makes the error for a call of an operation; its name is empty where it is not known.
Refusal = Callable[[str], Exception]

#: Where every request of a client comes by.
_PARTS = (("request_signer", "sign"), ("endpoint", "_send"))
#: What to refuse besides, of a client that lacks one of these or is strange.
_METHODS = ("_make_api_call", "generate_presigned_url", "generate_presigned_post")


class RefusingClient:
    """A client of which every call is refused, with the reason."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(
        self,
        refusal: Refusal,
        parts: Mapping[str, Any],
        count: Count,
        *,
        is_strange: bool = False,
    ) -> None:
        """*count* counts the refusals.

        *is_strange*: its requests need not come by where those of botocore's clients do.
        """
        self._make, self._count = refusal, count
        self._service_model = parts.get("service_model")
        self._is_strange = is_strange
        self._sign, self._send = (_place(parts.get(part), name) for part, name in _PARTS)
        self._methods: list[StandIn] = []

    def wrap(self) -> None:
        """Put the refusals in place."""
        if self._sign is not None:
            self._sign.put(self.sign)
        if self._send is not None:
            self._send.put(self.send)

    def watch(self, client: Any) -> None:
        """It is *client* whose calls these are.

        :raises Exception: the refusal, where there is nothing that could be refused later.
        """
        if self._sign is not None and self._send is not None and not self._is_strange:
            return
        places = (_place(client, name) for name in _METHODS)
        self._methods = [place for place in places if place is not None]
        if not (self._methods or self._send):
            raise self._refusal("")
        for place in self._methods:
            place.put(self.call)

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        for place in (self._sign, self._send, *self._methods):
            if place is not None:
                place.undo()

    def _refusal(self, operation: str) -> Exception:
        self._count.calls += 1
        return self._make(operation)

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``. A database's auth token is no call of AWS's."""
        how, model = manner(*arguments, **options), self._service_model
        if request.context or model is None or not is_token(model, operation_name, how):
            raise self._refusal(operation_name)
        assert self._sign is not None  # it is what this stands for
        signer = self._sign.owner()
        return self._sign.original(signer, operation_name, request, *arguments, **options)

    def send(self, request: Any) -> Any:
        """Stands for ``Endpoint._send``."""
        raise self._refusal("")

    def call(self, operation_name: str = "", *_: Any, **__: Any) -> Any:
        """Stands for methods of the client."""
        raise self._refusal(operation_name)


def _place(owner: Any, name: str) -> StandIn | None:
    """The place of a method; ``None`` where there is none, or none that can be taken."""
    try:
        place = StandIn(owner, name)
        vars(owner)
    except (AttributeError, TypeError):
        return None
    return place
