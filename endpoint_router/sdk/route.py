"""A decision as the requests of one operation to one origin carry it, and the error it makes."""

from __future__ import annotations

from ..errors import EndpointDenied, EndpointUnverified
from ..routing.case import Case, Decision


class Route:
    """What was decided for requests of one operation to one origin."""

    __slots__ = (
        "bare_origin", "case", "decision", "expires_at", "origin", "presigned", "refresh_at",
        "signing", "target",
    )  # fmt: skip

    def __init__(
        self,
        case: Case,
        decision: Decision,
        *,
        origin: str,
        bare_origin: str,
        expires_at: float,
        refresh_at: float,
        signing: dict[str, str] | None = None,
    ) -> None:
        self.case = case
        self.decision = decision
        #: Where botocore sends the request, with and without the operation's host prefix.
        self.origin = origin
        self.bare_origin = bare_origin
        #: Where it goes instead.
        self.target = decision.chosen.origin if decision.chosen else origin
        self.signing = signing
        self.presigned = case.presigned
        self.expires_at = expires_at
        self.refresh_at = refresh_at

    def fits(self, url: str) -> bool:
        """Is *url* where botocore was told to send it?"""
        return begins(url, self.origin) or begins(url, self.bare_origin)

    def __deepcopy__(self, memo: object) -> Route:
        """Nested presigns deep-copy the request context, ``_get_cross_region_presigned_url``."""
        return self


def begins(url: str, origin: str) -> bool:
    """Is *origin* the origin of *url*?"""
    return url.startswith(origin) and url[len(origin) : len(origin) + 1] in ("/", "?", "")


def error_for(decision: Decision) -> EndpointDenied | EndpointUnverified:
    """The error that tells what *decision* says."""
    kind = EndpointUnverified if decision.outcome == "unverified" else EndpointDenied
    return kind(
        code=decision.code,
        service=decision.service,
        operation=decision.operation or "client",
        region=decision.region,
        host=decision.host,
        rule=decision.rule,
        reason=decision.reason,
        remedy=decision.remedy,
    )
