"""How each group fares under the policy of its day: by the routing code that a live call passes.

A live call asks DNS whether a host is private. Here CloudTrail answers: it is where the call came
through an endpoint of ours, and it is not where it came another way. Of all endpoints that the call
could have used only the one that it did use is a candidate. What a record does not show is never
guessed: where it could be either, and the policy would say different things, there is no evidence.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_network
from typing import Literal

from botocore.session import Session as BotocoreSession
from msgspec import Struct
from msgspec.structs import replace

from .. import codes
from ..aws.host_names import is_host
from ..aws.zone import UNKNOWN
from ..policy.loaded import LoadedPolicy
from ..policy.model import Log
from ..policy.rules import expired
from ..router import Router, World
from ..routing.answer import Answer, Question
from ..routing.case import Case, Decision
from ..routing.decision import decide
from ..routing.presigned import demands_of_url
from .calls import Calls
from .endpoints import OwnEndpoints, Path
from .gaps import day_of
from .grouping import Group

Name = Literal["complies", "violates", "no-evidence", "not-application"]
#: What a call's way may have been, as DNS would have shown it.
_Way = Literal["interface", "gateway", "public"]

#: Of AWS's; the first that no trusted network holds stands for all that are not private.
_PUBLIC = ("52.94.0.10", "3.5.140.2", "35.71.64.1", "2600:9000::1")
#: Of a Host header; none is 443, which does not stand in it.
_PORT = re.compile(r"\d{0,5}", re.ASCII)
#: Services that gateway endpoints are for.
_GATEWAYS = frozenset(("s3", "dynamodb", "s3express"))


class Verdict(Struct, frozen=True):
    """What is shown of a group's calls."""

    name: Name
    #: Of no evidence, and of what is no application's, its kind; of a violation, its code.
    kind: str = ""
    #: The rule that spoke, and where it was written: ``defaults (file policy.toml:4)``.
    rule: str = ""
    setting: str = ""
    reason: str = ""
    path: Path = "none"


class Judge:
    """Judges the groups under one policy."""

    def __init__(
        self, loaded: LoadedPolicy, own: OwnEndpoints, session: BotocoreSession | None = None
    ) -> None:
        # Nothing that is judged here is a decision for the log; a policy that only reports, or is
        # off, is what it would be in force.
        quiet = replace(loaded.policy, mode="enforce", log=Log())
        self._loaded = LoadedPolicy.of(quiet, loaded.origins)
        #: Ours; may be replaced, once more is known of them.
        self.own = own
        self._calls = Calls(session or BotocoreSession())
        #: Of the session; what they know of events is read once.
        self.services = self._calls.services
        self._routers: dict[tuple[bool, ...], Router] = {}
        self._days: dict[str, Router] = {}
        self._known: dict[tuple[object, ...], Verdict] = {}

    def get_ready(self, groups: Iterable[Group]) -> None:
        """Have verdicts of such groups at hand, whatever others there are.

        Their accounts are taken for ours.
        """
        self.own = self.own.with_accounts(groups)
        for group in groups:
            self.verdict(group)

    def verdict(self, group: Group) -> Verdict:
        """How the calls of *group* fare."""
        path = self.own.path(group)
        if group.caller in ("none", "aws"):
            return Verdict("not-application", group.caller, path=path)
        lacks = _lacking(group)
        if lacks:
            return Verdict("no-evidence", lacks, path=path)
        router = self._days.get(group.day) or self._router(group.day)
        place = (group.source, group.operation, group.region, group.host, group.endpoint, path)
        key = (router, place, group.caller == "presigned")
        verdict = self._known.get(key)
        if verdict is None:
            verdict = self._known[key] = self._judged(router, group, path)
        if verdict.name == "violates" and self.own.is_anothers(group):
            return Verdict("no-evidence", group.caller, path=path)
        return verdict

    def _router(self, text: str) -> Router:
        """The policy as it stood on a day: with the rules that had not ended."""
        day = datetime.date.fromisoformat(text)
        ended = tuple(expired(rule, day) for rule in self._loaded.policy.rules)
        if ended not in self._routers:
            world = World(today=lambda: day, zone=lambda timeout: UNKNOWN)
            self._routers[ended] = Router(self._loaded, world)
        self._days[text] = self._routers[ended]
        return self._days[text]

    def _judged(self, router: Router, group: Group, path: Path) -> Verdict:
        ways, cases = _ways(group, path, router), self._calls.cases(router, group)
        if group.caller == "presigned":
            cases = [replace(case, demands=demands_of_url(case.demands)) for case in cases]
        by_case = [[self._decision(router, case, way) for way in ways] for case in cases]
        decisions = [decision for decided in by_case for decision in decided]
        refusals = [decision for decision in decisions if not decision.allowed]
        if not refusals:
            return Verdict("complies", path=path, rule=decisions[0].rule)
        if len(refusals) < len(decisions):
            by_way = any(len({each.allowed for each in decided}) > 1 for decided in by_case)
            return Verdict("no-evidence", "endpoint" if by_way else "client", path=path)
        refused = by_case[0][-1]
        return Verdict(
            "violates",
            refused.code,
            refused.rule,
            refused.setting,
            _why(refused, group, path),
            path,
        )

    def _decision(self, router: Router, case: Case, way: _Way) -> Decision:
        """What becomes of *case* where DNS says what CloudTrail saw."""
        if way != "gateway":
            # The policy may declare one, and the call did not come through it.
            bare = tuple(
                replace(each, gateway=None, place="") if each.gateway else each
                for each in case.candidates
            )
            case = replace(case, candidates=bare)
        answers: dict[Question, Answer] = {}
        while not isinstance(decision := decide(case, answers), Decision):
            for question in decision.questions:
                answers[question] = _answer(router, case, question, way)
        return decision


def _lacking(group: Group) -> str:
    """Why nothing can be said."""
    if group.caller in ("on-behalf", "console", "claims-console"):
        return group.caller
    if group.host and not _is_name(group.host):
        return "host"  # whatever somebody sent there is the name of nothing
    return group.lacks or ("" if _is_day(group.day) else "undated")


@lru_cache(maxsize=4096)
def _is_name(host: str) -> bool:
    name, _, port = host.partition(":")
    return is_host(name) and _PORT.fullmatch(port) is not None


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    return day_of(text) is not None


# --- what CloudTrail says in the place of DNS


def _ways(group: Group, path: Path, router: Router) -> tuple[_Way, ...]:
    """Each that the calls may have come, for all that their records say.

    The name of an endpoint of ours is what the client asked for; that it went there is said by the
    endpoint's id, which AWS writes.
    """
    # No gateway endpoint has a name.
    may_be_gateway = group.source in _GATEWAYS and ".vpce." not in group.host
    if path == "interface":
        return ("interface",)
    if path == "gateway":
        return ("gateway",)
    if path == "own":
        return ("interface", "gateway") if may_be_gateway else ("interface",)
    if path == "unknown":
        return ("interface", "gateway", "public") if may_be_gateway else ("interface", "public")
    if path == "none" and router.table.index_of(group.host) is not None:
        return ("interface", "public")
    return ("public",)


def _answer(router: Router, case: Case, question: Question, way: _Way) -> Answer:
    policy = router.loaded.policy
    address = next((each for each in _PUBLIC if each not in router.trusted), _PUBLIC[0])
    if way == "interface":
        if not policy.network.private:
            return Answer(question.name, "failed", detail="no network is trusted")
        address = str(ip_network(policy.network.private[0])[0])
    elif way == "gateway":
        gateways = [each.gateway for each in case.candidates if each.gateway]
        for gateway in gateways:
            declared = policy.vpc_endpoints[gateway.index]
            for network in getattr(declared, "prefix_list", ()):
                address = str(ip_network(network)[0])
    return Answer(question.name, "answered", (address,), reachable=True, ttl=60.0)


def _why(decision: Decision, group: Group, path: Path) -> str:
    """In words of what was seen, and of no look-up that nobody made."""
    if decision.code not in _OF_DNS:
        return decision.reason
    if path == "none":
        return f"{group.host}: no VPC endpoint was on the way, and private = require"
    whose = {"gateway": "a gateway endpoint that the policy does not declare"}
    other = whose.get(path, "a VPC endpoint that is none of yours")
    return f"{group.host}: came through {group.endpoint}, {other}, and private = require"


_OF_DNS = frozenset(
    (
        codes.PRIVATE_PUBLIC_ADDRESS,
        codes.PRIVATE_MIXED,
        codes.PRIVATE_ABSENT,
        codes.PRIVATE_UNVERIFIED,
        codes.PRIVATE_PREFIX_LIST,
    )
)
