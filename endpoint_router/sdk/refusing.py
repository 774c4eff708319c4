"""A client whose policy cannot be used. botocore swallows what plugins raise, so the calls tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PolicyError


class RefusingClient:
    """A client whose policy cannot be used: every call is refused with the reason."""

    def __init__(self, error: PolicyError, parts: Mapping[str, Any]) -> None:
        self._error = error
        self._signer = parts["request_signer"]
        self._http_session = parts["endpoint"].http_session
        self._sign = self._signer.sign

    def wrap(self) -> None:
        """Put the refusals in place."""
        self._signer.sign = self.sign
        self._http_session.send = self.send

    def unwrap(self, client: Any = None) -> None:
        """Exact undo of :meth:`wrap`."""
        self._signer.__dict__.pop("sign", None)
        self._http_session.__dict__.pop("send", None)

    def sign(self, operation_name: str, request: Any, *arguments: Any, **options: Any) -> Any:
        """Stands for ``RequestSigner.sign``. A database's auth token is no call of AWS's."""
        if request.context:
            raise self._error
        return self._sign(operation_name, request, *arguments, **options)

    def send(self, request: Any) -> Any:
        """Stands for ``URLLib3Session.send``."""
        raise self._error
