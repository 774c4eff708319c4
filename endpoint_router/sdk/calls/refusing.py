"""A client whose policy cannot be used. botocore swallows what plugins raise, so the calls tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import PolicyError
from ..stand_in import StandIn
from .signed_alone import is_token, manner


class RefusingClient:
    """A client whose policy cannot be used: every call is refused with the reason."""

    #: See :func:`endpoint_router.sdk.stand_in.is_ours`.
    stands_in = True

    def __init__(self, fields: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
        """*fields* are those of the :class:`PolicyError` to raise."""
        self._fields, self._service_model = fields, parts["service_model"]
        self._sign = StandIn(parts["request_signer"], "sign")
        self._send = StandIn(parts["endpoint"], "_send")

    def wrap(self) -> None:
        """Put the refusals in place."""
        self._sign.put(self.sign)
        self._send.put(self.send)

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        self._sign.undo()
        self._send.undo()

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``. A database's auth token is no call of AWS's."""
        how = manner(*arguments, **options)
        if request.context or not is_token(self._service_model, operation_name, how):
            raise self._refusal()
        signer = self._sign.owner()
        return self._sign.original(signer, operation_name, request, *arguments, **options)

    def send(self, request: Any) -> Any:
        """Stands for ``Endpoint._send``."""
        raise self._refusal()

    def _refusal(self) -> PolicyError:
        """A new error each time: a raised one holds its frames, and through them the client."""
        return PolicyError(**self._fields)
