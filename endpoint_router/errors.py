"""Every error of this package: what spoke, why, and the way out.

Here live exception classes and nothing else. An error carries its facts as attributes and a stable
``code`` (people alert on codes, not on prose); its text ends with what would make the call pass.
The text is one printable line whatever the attributes hold.
Nothing here decides, resolves or logs.

A refusal must not be a ``ClientError`` (waiters and S3's redirector swallow those), a
``ConnectionError`` or ``HTTPClientError`` (botocore retries them), or an ``OSError``.
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, EndpointConnectionError

from . import codes

__all__ = ["EndpointDenied", "EndpointRouterError", "EndpointUnverified", "PolicyError"]


class EndpointRouterError(BotoCoreError):
    """Base of everything that this package raises on purpose.

    ``code`` is stable and documented in ``docs/reference/codes.md``.
    """

    fmt = "{message}"
    code: str

    def __str__(self) -> str:
        from .printable import printable  # only where somebody reads it

        return printable(self._text())

    def _text(self) -> str:
        return super().__str__()


class PolicyError(EndpointRouterError):
    """The policy cannot be used, so no call is allowed.

    :ivar where: file with line, key path, or the name of an environment variable.
    :ivar found: what stands there, shortened.
    :ivar expected: what may stand there.
    :ivar hint: the nearest right name or the next step; may be empty.
    """

    fmt = "{where}: found {found}, expected {expected}"
    code = codes.POLICY_INVALID

    def __init__(
        self,
        *,
        where: str,
        found: str,
        expected: str,
        hint: str = "",
        code: str = codes.POLICY_INVALID,
    ) -> None:
        super().__init__(where=where, found=found, expected=expected, hint=hint, code=code)
        self.where, self.found, self.expected, self.hint = where, found, expected, hint
        self.code = code

    def _text(self) -> str:
        text = super()._text()
        return f"{text}. {self.hint}" if self.hint else text


class _Refusal(EndpointRouterError):
    """The fields that both refusals of a call carry."""

    def __init__(
        self,
        *,
        code: str,
        service: str,
        operation: str = "",
        region: str = "",
        host: str = "",
        rule: str = "",
        reason: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(
            code=code,
            service=service,
            operation=operation,
            region=region,
            host=host,
            rule=rule,
            reason=reason,
            remedy=remedy,
        )
        self.code, self.service, self.operation, self.region = code, service, operation, region
        self.host, self.rule, self.reason, self.remedy = host, rule, reason, remedy


class EndpointDenied(_Refusal):
    """The policy forbids this call, on definite grounds. Never retried.

    :ivar service: boto3 client name.
    :ivar operation: operation in the API's spelling, or empty.
    :ivar region: signing region of the standard endpoint, or empty.
    :ivar host: the host that was refused.
    :ivar rule: which rule spoke, and where it was written.
    :ivar reason: why, in a sentence.
    :ivar remedy: what would make the call pass.
    """

    fmt = "{service}.{operation} to {host} refused [{code}] by {rule}: {reason} {remedy}"


class EndpointUnverified(_Refusal, EndpointConnectionError):
    """DNS gave no proof either way. botocore retries this, and each retry asks DNS again.

    Carries the same fields as :class:`EndpointDenied`.
    """

    fmt = "{service}.{operation} to {host} held back [{code}] by {rule}: {reason} {remedy}"
