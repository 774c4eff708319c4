"""The cases of calls that were made: of all endpoints that a call could have used, the one it did.

They are made as those of live calls are, by clients that send nothing: whether a host is the
service's, FIPS or declared is said by botocore's rulesets and the policy. Decides nothing.
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
from ..sdk import seams
from ..sdk.calls.cases import Cases
from ..sdk.calls.changed_hosts import case_of_url
from ..sdk.connections.own_session import OwnSession
from ..sdk.connections.proxies import Proxies
from ..sdk.endpoints.account_id_hosts import inputs_with_account_id
from ..sdk.endpoints.rulesets import Rulesets
from ..sdk.other_clients import case_of
from ..survey.clients import PLAIN, silent_client
from .grouping import Group
from .services import Services

#: Global hosts are known as such.
_PLAIN: Any = {**PLAIN, "s3": {"us_east_1_regional_endpoint": "legacy"}}


class Calls:
    """Calls of any service, as the clients of one session would have made them."""

    def __init__(self, session: BotocoreSession) -> None:
        session.set_config_variable("sts_regional_endpoints", "legacy")
        self._session, self.services = session, Services(session)
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._cases: dict[tuple[Router, str, str, str, str], Cases | None] = {}

    def case(self, router: Router, group: Group) -> Case:
        """With the one candidate that the calls of *group* went to."""
        url = f"https://{group.host}"
        index = router.table.index_of(group.host)
        account = group.host.partition(".")[0] if names_account(group.host) else ""
        likely: Case | None = None
        for service, operation in self.services.of_event(group.source, group.operation):
            for region in _regions(group):
                given = "" if index is None else url
                cases = self._cases_of(router, service, region, given, account)
                if cases is None:
                    continue
                case = None if index is None else _by_name(cases, operation, group, index)
                case = case or _with_used(cases, operation, url, group, router)
                if _is_known(case):
                    return case
                likely = likely or case
        if likely is not None:
            return likely
        return _only(case_of(router, url, group.source), group, router)

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
    case = cases.for_creation(operation.name if operation is not None else group.operation)
    named = [each for each in case.candidates if _is_named(each, index)] if case else []
    if case is None or not named:
        return None
    return _neutral(case, (replace(named[0], host=group.host, origin=f"https://{group.host}"),))


def _with_used(cases: Cases, operation: Any, url: str, group: Group, router: Router) -> Case:
    """The case of a call to *url* by a client."""
    case = _only(case_of_url(cases, operation, url, presigned=False), group, router)
    if _is_known(case) and operation is not None:
        return case
    # Of an operation that botocore does not know, or whose host its parameters decide: S3's.
    case = _only(case_of_url(cases, None, url, presigned=False), group, router)
    name = operation.name if operation is not None else group.operation
    call = replace(case.call, operation=name)
    demands = router.demands(
        service=call.service,
        operation=name,
        region=call.region,
        partition=call.partition,
        presigned=False,
        application_fips=False,
    )
    return replace(case, call=call, demands=demands)


def _is_known(case: Case) -> bool:
    """Is it a host that botocore yields, or that the policy declares?"""
    return bool(case.candidates) and case.candidates[0].kind not in ("undeclared", "own")


def _is_named(candidate: Candidate, index: int) -> bool:
    serving = candidate.serving
    return serving is not None and serving.index == index and not serving.by_address


def _only(case: Case, group: Group, router: Router) -> Case:
    """*case* with the candidates that bear the host, and lie on the way."""
    host = group.host.partition(":")[0]
    declared = {
        endpoint.index
        for endpoint in router.table.endpoints
        if any(
            name.vpce and name.vpce.id.startswith(f"{group.endpoint}-") for name in endpoint.names
        )
    }
    used = [
        candidate
        for candidate in case.candidates
        if candidate.host == host
        and (candidate.serving is None or (group.endpoint and candidate.serving.index in declared))
    ]
    return _neutral(case, tuple(used))


def _neutral(case: Case, candidates: tuple[Candidate, ...]) -> Case:
    """Without what is only true of whoever runs the audit: a proxy, an HTTP session."""
    used = tuple(replace(each, proxy="") for each in candidates)
    return replace(case, candidates=used, session=Session(), zone=UNKNOWN)
