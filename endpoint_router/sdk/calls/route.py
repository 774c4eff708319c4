"""A decision as the requests of one operation to one origin carry it, and the error it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...aws.hosts import origin_of
from ...errors import EndpointDenied, EndpointUnverified
from ...recent import Recent
from ...router import Settled
from ...routing.case import Case, Decision
from ...routing.judging import binds, indifferent
from ...tally import UNCOUNTED

if TYPE_CHECKING:
    from ...counters import Count
    from ..connections.lane import Lane

#: A client's routes are few, but an S3 client may touch any number of buckets.
CAPACITY = 4096

#: Key of the route in botocore's request context.
ROUTE = "endpoint_router"


class AsResolved(Struct, frozen=True):
    """How botocore makes the request by itself, once it has resolved the endpoint."""

    #: Where to, with and without the operation's host prefix.
    origin: str
    bare_origin: str
    #: What its signing context must say besides.
    signing: dict[str, str] | None = None
    #: Of botocore's endpoint: how it is signed.
    properties: Any = None
    #: Known by its URL alone, because the host changed on its way.
    by_url: bool = False
    #: Where to without any demand; empty where that is not known.
    standard: str = ""


class Route:
    """What was decided for requests of one operation to one origin.

    Flat, because each request reads most of it.
    """

    __slots__ = (
        "allowed", "as_resolved", "bound", "case", "count", "decision", "expires_at",
        "host_header", "is_for_signing", "is_free", "lane", "origin", "origin_slash", "presigned",
        "properties",
        "refresh_at", "signing", "standard", "tally", "target", "target_slash", "unrecorded", "url",
    )  # fmt: skip

    def __init__(
        self,
        case: Case,
        settled: Settled,
        as_resolved: AsResolved,
        lane: Lane | None,
        count: Count,
    ) -> None:
        self.case, self.as_resolved = case, as_resolved
        self.decision = decision = settled.decision
        self.origin, self.signing = as_resolved.origin, as_resolved.signing
        self.properties = as_resolved.properties
        #: Of botocore's endpoint, as the last call was given it: compared by identity.
        self.url = ""
        #: Its standard host, for who knows no other.
        self.standard = as_resolved.standard or as_resolved.origin
        #: Where it goes instead.
        self.target = self.origin
        if decision.chosen and decision.chosen.origin != self.origin:
            self.target = decision.chosen.origin
        # Compared on each request: botocore's URLs always have a path.
        self.origin_slash, self.target_slash = f"{self.origin}/", f"{self.target}/"
        #: The ``Host`` header that says the same.
        self.host_header = self.target.partition("://")[2].encode()
        self.allowed = decision.allowed
        #: Does the policy demand anything? Else an application may do as it likes.
        self.bound = binds(case)
        #: Where its connections are pinned; ``None`` where nothing relies on that.
        self.lane = lane
        #: Does it go where botocore would have sent it, and the policy has no opinion about that?
        self.is_free = self.target is self.origin and lane is None and indifferent(case.settings)
        #: Not yet offered to the decision log.
        self.unrecorded = True
        #: Counts the requests that come after the one that was.
        self.tally = UNCOUNTED
        #: Counts all of its kind.
        self.count = count
        self.presigned = case.call.presigned
        #: May a request of a call be signed for it, without another look?
        self.is_for_signing = self.allowed and not self.presigned
        self.expires_at, self.refresh_at = settled.expires_at, settled.refresh_at

    def expire(self) -> None:
        """Decide anew, as soon as it is used again."""
        self.expires_at = self.refresh_at = float("-inf")

    def fits(self, url: str) -> bool:
        """Is *url* where botocore was told to send it?"""
        return origin_of(url) in (self.origin, self.as_resolved.bare_origin)

    def __deepcopy__(self, memo: object) -> Route:
        """Nested presigns deep-copy the request context, ``_get_cross_region_presigned_url``."""
        return self


class Routes:
    """The routes of one operation that came of one resolver."""

    __slots__ = ("by_url", "latest", "prefix", "resolver")

    def __init__(self, resolver: Any, prefix: str | None) -> None:
        self.resolver = resolver
        #: The operation's host prefix; ``None`` when parameters of the call stand in it.
        self.prefix = prefix
        #: By the URL that botocore resolved, with the prefix where that varies.
        self.by_url: Recent[object, Route] = Recent(CAPACITY)
        #: The last that a call took, unless a prefix or a signing context is the call's own.
        self.latest: Route | None = None


def error_for(decision: Decision) -> EndpointDenied | EndpointUnverified:
    """The error that tells what *decision* says."""
    kind = EndpointUnverified if decision.outcome == "unverified" else EndpointDenied
    return kind(
        code=decision.code,
        service=decision.service,
        operation=decision.operation or "client",
        region=decision.region,
        host=decision.host or "(no host)",
        rule=decision.rule,
        reason=decision.reason,
        remedy=decision.remedy,
    )
