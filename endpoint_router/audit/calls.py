"""The cases of calls that were made: of all endpoints that a call could have used, the one it did.

They are made as those of live calls are, by clients that send nothing: whether a host is the
service's, FIPS or declared is said by botocore's rulesets and the policy. Where several clients
share a name, each has a case. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session as BotocoreSession
from msgspec.structs import replace

from ..aws.hosts import names_account, region_of
from ..aws.zone import UNKNOWN
from ..router import Router
from ..routing.candidates import Candidate
from ..routing.case import Case, Session
from ..routing.variants import Variant
from ..sdk import seams
from ..sdk.calls.case_of_call import case_of_call
from ..sdk.calls.cases import Cases
from ..sdk.calls.changed_hosts import case_of_url
from ..sdk.calls.foreseen import case_foreseen
from ..sdk.calls.resolving import Resolving
from ..sdk.connections.own_session import OwnSession
from ..sdk.connections.proxies import Proxies
from ..sdk.endpoints.account_id_hosts import inputs_with_account_id
from ..sdk.endpoints.configured_url import ConfiguredUrl
from ..sdk.endpoints.rulesets import Rulesets
from ..sdk.other_clients import case_of
from ..survey.clients import PLAIN, silent_client
from .arguments import arguments_towards
from .grouping import Group, bare_host
from .services import Services

#: Global hosts are known as such.
_PLAIN: Any = {**PLAIN, "s3": {"us_east_1_regional_endpoint": "legacy"}}
#: What a client may ask for, the plain host first.
_VARIANTS = tuple(Variant(fips, both) for both in (False, True) for fips in (False, True))


class Calls:
    """Calls of any service, as the clients of one session would have made them."""

    def __init__(self, session: BotocoreSession) -> None:
        session.set_config_variable("sts_regional_endpoints", "legacy")
        self._session, self.services = session, Services(session)
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._cases: dict[tuple[Router, str, str, str, str], Cases | None] = {}

    def cases(self, router: Router, group: Group) -> list[Case]:
        """Each with the one candidate that the calls of *group* went to.

        One for every client and operation that may have made them, as far as their host is one of
        the client's; else, the likeliest.
        """
        known: list[Case] = []
        others: list[Case] = []
        for service, operation in self.services.of_event(group.source, group.operation, group.host):
            for region in _regions(group):
                case = self._case(router, group, service, operation, region)
                if case is None:
                    continue
                if _is_known(case):
                    known.append(case)
                    break
                others.append(case)
        url = f"https://{group.host}"
        return known or others[:1] or [_only(case_of(router, url, group.source), group, router)]

    def _case(
        self, router: Router, group: Group, service: str, operation: Any, region: str
    ) -> Case | None:
        """The case of a client in *region*; ``None`` where botocore makes none."""
        url = f"https://{group.host}"
        index = router.table.index_of(group.host)
        account = group.host.partition(".")[0] if names_account(group.host) else ""
        cases = self._cases_of(router, service, region, "" if index is None else url, account)
        if cases is None:
            return None
        case = None if index is None else _by_name(cases, operation, group, index)
        case = case or _with_used(cases, operation, url, group, router)
        if not _is_known(case) and operation is not None and ":" not in group.host:
            plain = self._cases_of(router, service, region, "", account)
            case = (plain and _as_called(plain, operation, group, router)) or case
        return _as_served(case, group, router)

    def _cases_of(
        self, router: Router, service: str, region: str, url: str, account: str
    ) -> Cases | None:
        """Those of a client; ``None`` where botocore makes none.

        :param url: that it is given, if any.
        :param account: that its hosts name, if any.
        """
        key = (router, service, region, url, account)
        if key not in self._cases:
            client = self._client(service, region, url)
            self._cases[key] = None
            if client is not None:
                parts = seams.client_parts(client)
                rulesets = Rulesets(parts)
                if account:
                    rulesets.builtins = {**rulesets.builtins, **inputs_with_account_id(account)}
                proxies = Proxies(None, None, router.world.clock)
                self._cases[key] = Cases(router, rulesets, OwnSession(parts["endpoint"]), proxies)
        return self._cases[key]

    def _client(self, service: str, region: str, url: str) -> Any:
        key = (service, region, url)
        if key not in self._clients:
            try:
                self._clients[key] = silent_client(
                    self._session, service, region, url=url, config=Config(**_PLAIN)
                )
            except (BotoCoreError, ValueError):  # no such region, or a word that is none
                self._clients[key] = None
        return self._clients[key]


def _regions(group: Group) -> Iterable[str]:
    """Where the client may have been: a bucket is not always in the region that it is asked for."""
    partitions = {"cn-": "aws-cn-global", "us-gov-": "aws-us-gov-global"}
    everywhere = (name for prefix, name in partitions.items() if group.region.startswith(prefix))
    wanted = (group.region, region_of(group.host), next(everywhere, "aws-global"))
    return dict.fromkeys(filter(None, wanted))


def _by_name(cases: Cases, operation: Any, group: Group, index: int) -> Case | None:
    """The case of a client that names a declared endpoint; ``None`` where that serves it not."""
    case = case_foreseen(cases, operation.name if operation is not None else group.operation)
    named = [each for each in case.candidates if _is_named(each, index)] if case else []
    if case is None or not named:
        return None
    return _neutral(case, (replace(named[0], host=group.host, origin=f"https://{group.host}"),))


def _as_called(cases: Cases, operation: Any, group: Group, router: Router) -> Case | None:
    """The case of a live call that leads to the host; ``None`` where none does."""
    rulesets = cases.rulesets
    arguments = arguments_towards(group.host, operation, rulesets.region, rulesets.partition)
    context: dict[str, Any] = {"client_config": rulesets.config}
    try:
        case, _ = router.run(case_of_call(cases, operation, arguments, context, presigned=False))
    except BotoCoreError:  # no such host in this region
        return None
    used = _only(case, group, router)
    return used if used.candidates else _as_asked(cases, operation, arguments, group, router)


def _as_asked(
    cases: Cases, operation: Any, arguments: dict[str, Any], group: Group, router: Router
) -> Case | None:
    """The same of a client that asked for FIPS or dual-stack, or for neither, by itself."""
    rulesets, context = cases.rulesets, {"client_config": cases.rulesets.config}
    configured = cases.configured
    resolving = Resolving(
        router, rulesets, configured, _as_it_is, operation, arguments, context, presigned=False
    )
    plain_host = ""
    for variant in _VARIANTS:
        resolved = router.run(resolving.resolve(variant, plain_host))
        plain_host = plain_host or resolved.host
        if not resolved.error and bare_host(group.source, resolved.host) == group.host:
            subject = cases.subject(operation.name, resolved, presigned=False)
            return _only(cases.known(subject, [resolved]), group, router)
    return None


def _as_it_is(url: ConfiguredUrl, region: str) -> ConfiguredUrl:
    return url


def _as_served(case: Case, group: Group, router: Router) -> Case:
    """*case* in the region that the call was served in, where its host does not say one.

    S3's global host leads to buckets everywhere, and takes the signature of the bucket's region.
    """
    call, region = case.call, group.region
    if call.service != "s3" or region_of(group.host) or region in ("", call.region):
        return case
    used = tuple(
        replace(each, resolved=replace(each.resolved, signing_region=region))
        for each in case.candidates
    )
    served = replace(case, call=replace(call, region=region, client_region=region), candidates=used)
    return _demanded(served, call.operation, router)


def _demanded(case: Case, operation: str, router: Router) -> Case:
    """*case* as that of *operation*, with what is demanded of it."""
    call = replace(case.call, operation=operation)
    demands = router.demands(
        service=call.service,
        operation=operation,
        region=call.region,
        partition=call.partition,
        presigned=False,
        application_fips=False,
    )
    return replace(case, call=call, demands=demands)


def _with_used(cases: Cases, operation: Any, url: str, group: Group, router: Router) -> Case:
    """The case of a call to *url* by a client."""
    case = _only(case_of_url(cases, operation, url, presigned=False), group, router)
    if _is_known(case) and operation is not None:
        return case
    # Of an operation that botocore does not know, or whose host its parameters decide: S3's.
    case = _only(case_of_url(cases, None, url, presigned=False), group, router)
    return _demanded(case, operation.name if operation is not None else group.operation, router)


def _is_known(case: Case) -> bool:
    """Is it a host that botocore yields, or that the policy declares?"""
    return bool(case.candidates) and case.candidates[0].kind not in ("undeclared", "own")


def _is_named(candidate: Candidate, index: int) -> bool:
    return _index(candidate) == index and not candidate.by_address


def _only(case: Case, group: Group, router: Router) -> Case:
    """*case* with the candidates that bear the host, and lie on the way."""
    host = group.host.partition(":")[0]
    declared = {
        endpoint.index
        for endpoint in router.table.endpoints
        if any(
            name.vpce and group.endpoint and name.vpce.id.startswith(f"{group.endpoint}-")
            for name in endpoint.names
        )
    }
    used = [
        candidate
        for candidate in case.candidates
        if bare_host(group.source, candidate.host) == host
        and (not candidate.by_address or _index(candidate) in declared)
    ]
    return _neutral(case, tuple(used))


def _index(candidate: Candidate) -> int | None:
    """Of the declared endpoint that it is."""
    return candidate.serving.index if candidate.serving else None


def _neutral(case: Case, candidates: tuple[Candidate, ...]) -> Case:
    """Without what is only true of whoever runs the audit: a proxy, an HTTP session."""
    used = tuple(replace(each, proxy="") for each in candidates)
    return replace(case, candidates=used, session=Session(), zone=UNKNOWN)
