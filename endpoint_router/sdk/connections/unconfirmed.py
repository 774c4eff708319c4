"""The refusal of a connection that would lead, or leads, elsewhere than was confirmed."""

from __future__ import annotations

__all__ = ["Unconfirmed"]


class Unconfirmed(Exception):
    """Travels through urllib3 and botocore, and becomes a refusal where the request was sent.

    :ivar code: of the refusal that it becomes.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
