"""From one client and hosts to a :class:`~endpoint_router.routing.case.Case`.

Joins what botocore says of hosts with what the policy demands and declares. Decides nothing and
waits for nothing. Which hosts those are is found out elsewhere: of a call in :mod:`.case_of_call`,
before any call in :mod:`.foreseen`, of a URL that came up on a call's way in :mod:`.changed_hosts`,
of a request that is no call in :mod:`.signed_alone`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from ...aws.hosts import is_below, origin_of, without_user
from ...aws.zone import UNKNOWN, Zone
from ...policy.custom_endpoints import CustomHost
from ...policy.rules import Demands
from ...process import importing
from ...recent import Recent
from ...router import Router
from ...routing.candidates import (
    Candidate,
    Resolved,
    foreign,
    from_custom,
    from_rulesets,
    ordered,
)
from ...routing.case import ApiCall, Case, Given, Session
from ...routing.declared import HostTable
from ...routing.judging import indifferent
from ...routing.variants import Variant, wanted
from ..connections.own_session import OwnSession
from ..connections.proxies import Proxies, with_proxies
from ..endpoints.configured_url import ConfiguredUrl, configured_url, custom_for
from ..endpoints.rulesets import Rulesets
from ..endpoints.signing_scope import SigningScope

if TYPE_CHECKING:
    from ...aws.partitions import Partitions

#: A client's databases are few.
_CAPACITY = 256

#: No opinion about private endpoints.
NO_ENDPOINTS = HostTable()


class Subject(Struct, frozen=True):
    """What a case is about, before its candidates are known."""

    operation: str
    #: What botocore would use by itself, as far as it tells service and region.
    standard: Resolved
    demands: Demands
    #: The URL that the client was configured with, or a handler named for the call.
    given: ConfiguredUrl
    presigned: bool = False


class Cases:
    """Makes the cases of one client."""

    #: From the first auth token on.
    _own_hosts: Recent[str, bool] | None = None

    def __init__(
        self, router: Router, rulesets: Rulesets, own_session: OwnSession, proxies: Proxies
    ) -> None:
        self.router = router
        self.rulesets = rulesets
        self.proxies = proxies
        self._own_session = own_session
        self.configured = configured_url(rulesets, router, rulesets.given_url)

    def session_facts(self) -> tuple[object, ...]:
        """What a case takes from the HTTP session."""
        return (self.proxies.fingerprint(), self._session(), self.rulesets.given_url)

    @property
    def shown_host(self) -> str:
        """The URL that the client shows as its endpoint, of which others make theirs."""
        host: str = self._own_session.endpoint.host
        return host

    def is_own(self, host: str) -> bool:
        """Is *host* one of the service's? Asked for each auth token of a database, and costly."""
        if self._own_hosts is None:
            self._own_hosts = Recent(_CAPACITY)
        known = self._own_hosts.recall(host)
        if known is None:
            with importing:
                from ..endpoints.identify import identify

            known = identify(self.rulesets, host, fips_first=True) is not None
            self._own_hosts.keep(host, known)
        return known

    def _session(self, *, sent_elsewhere: bool = False) -> Session:
        own = self._own_session
        return Session(
            can_pin=own.can_pin(),
            sent_elsewhere=sent_elsewhere,
            verify=own.verifies(),
            forwards_https=own.forwards_https(),
        )

    def current(self, case: Case, *, sent_elsewhere: bool = False) -> Case:
        """*case* as it stands by now: itself, unless parts of the client were replaced meanwhile.

        :param sent_elsewhere: somebody else sends the request, by its URL alone.
        """
        if case.call.presigned:
            return case
        session = self._session(sent_elsewhere=sent_elsewhere)
        return case if session == case.session else replace(case, session=session)

    def used_as_it_is(
        self, url: ConfiguredUrl, operation: str, region: str, *, presigned: bool
    ) -> ConfiguredUrl:
        """*url*, for one operation: one of AWS's own stays in force where nobody wants anything."""
        if not url.is_own or self.router.table:
            return url
        demands = self._demands(operation, region, presigned=presigned)
        if not indifferent(demands.settings):
            return url
        return replace(url, native=self.rulesets.native, is_kept=True)

    def _demands(self, operation: str, region: str, *, presigned: bool) -> Demands:
        return self.router.demands(
            service=self.rulesets.service,
            operation=operation,
            region=region or self.rulesets.region,
            partition=self.rulesets.partition,
            presigned=presigned,
            # A URL is where one call goes, and no demand.
            application_fips=self.rulesets.native.fips,
        )

    def subject(
        self,
        operation: str,
        standard: Resolved,
        *,
        presigned: bool,
        given: ConfiguredUrl | None = None,
    ) -> Subject:
        """What is demanded of a call whose standard endpoint is *standard*.

        :param given: its URL, where that is another than the client's.
        """
        given = given or self.configured
        demands = self._demands(operation, standard.signing_region, presigned=presigned)
        return Subject(operation, standard, demands, given, presigned)

    def wanted(
        self, subject: Subject, *, anyhow_global: bool = False, may_omit_account_id: bool = False
    ) -> list[tuple[Variant, bool]]:
        """The variants that the policy may choose, and whether each is only there to be served."""
        return wanted(
            subject.demands,
            subject.given.native,
            has_endpoints=bool(self.router.table),
            twin=self.rulesets.uses_global_host or anyhow_global,
            plain=may_omit_account_id,
            names_endpoint=subject.given.endpoint is not None,
        )

    def known(self, subject: Subject, resolved: list[Resolved]) -> Case:
        """The case of hosts that botocore knows."""
        wants_endpoints = self._wants_endpoints(subject)
        table = self.router.table if wants_endpoints else NO_ENDPOINTS
        zone = self.router.zone.at_once()
        candidates = from_rulesets(resolved, table, subject.given.endpoint, zone=zone)
        candidates = [self._as_declared(candidate) for candidate in candidates]
        return self.finish(subject, candidates, resolved, zone)

    def _as_declared(self, candidate: Candidate) -> Candidate:
        """A host that data of one's own name is what the policy declares it to be."""
        if candidate.kind == "standard" and candidate.resolved.overridden_by:
            service, origin = self.rulesets.service, candidate.origin
            custom = custom_for(self.router, service, origin)
            return from_custom(candidate.resolved, custom) if custom else candidate
        return candidate

    def unknown(self, subject: Subject, resolved: Resolved, custom: CustomHost | None) -> Case:
        """The case of a host that no ruleset yields."""
        zone = self.router.zone.at_once()
        candidates, undeclared_url = foreign(
            resolved,
            custom,
            self.router.table,
            wants_endpoints=self._wants_endpoints(subject),
            zone=zone,
        )
        case = self.finish(subject, candidates, [resolved], zone)
        if undeclared_url:
            return case.with_given(undeclared_url=without_user(undeclared_url))
        return case

    def of_given(self, subject: Subject, url: str, scope: SigningScope, prefix: str = "") -> Case:
        """The case of a call to *url*, which came of one that stays in force."""
        given = subject.given
        inject = prefix if self.rulesets.config.inject_host_prefix else ""
        resolved = self.rulesets.describe(
            Variant(), url, prefix=inject, scope=scope, given_url=given.url
        )
        if not self.rulesets.override.is_table:
            resolved = replace(resolved, overridden_by="")  # the URL names it, no file
        # S3's multi-region access points and Outposts aliases ignore the URL.
        is_below_it = is_below(url, given.url)
        case = self.unknown(subject, resolved, given.custom if is_below_it else None)
        is_configured = given.url == self.configured.url and is_below_it
        case = case.with_given(url_is_kept=True, url_is_configured=is_configured)
        if case.given.undeclared_url and is_below_it:
            whole = without_user(origin_of(given.url))  # without a bucket's label
            return case.with_given(undeclared_url=whole)
        return case

    def _wants_endpoints(self, subject: Subject) -> bool:
        return subject.demands.settings.private != "off" or subject.given.endpoint is not None

    def finish(
        self,
        subject: Subject,
        candidates: list[Candidate],
        resolved: list[Resolved],
        zone: Zone = UNKNOWN,
    ) -> Case:
        """The case with these candidates, and with all that it takes from the client."""
        rulesets, presigned = self.rulesets, subject.presigned
        case = Case(
            call=ApiCall(
                service=rulesets.service,
                operation=subject.operation,
                region=subject.standard.signing_region or rulesets.region,
                partition=rulesets.partition,
                presigned=presigned,
                client_region=rulesets.region,
                unknown_region=rulesets.unknown_region,
            ),
            demands=subject.demands,
            candidates=ordered(candidates, subject.demands, zone),
            zone=zone,
            trusted=self.router.trusted,
            resolved=tuple(resolved),
            # Whoever uses a presigned URL has a session, and a network, of their own.
            session=Session() if presigned else self._session(),
            given=Given(
                chosen_endpoint=subject.given.endpoint is not None,
                wants_dual_stack=subject.given.native.dual_stack,
            ),
            partitions=_partitions() if subject.demands.settings.allowed_regions else None,
        )
        return case if presigned else with_proxies(case, self.proxies)


def _partitions() -> Partitions:
    from ..endpoints.partitions_json import partitions  # a file more: only where it counts

    return partitions()
