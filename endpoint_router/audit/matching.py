"""Recorded calls and those that the logs have as sent, matched by number. Pure.

First those that bear the router's label, then those of an application that both name, then all
others: by host and operation, or by service and region where a record says no host.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from ..aws.cloudtrail import event_name
from ..aws.hosts import names_account
from .grouping import Group, Tally
from .judging import Verdict
from .logged import Sent, spelled
from .services import Services, operation_of

#: Why a recorded call is told. ``label``: calls of the same role or application bear the router's
#: label. ``role``: those of the same role are in the logs under an application's name.
#: ``refused``: the logs have such calls as refused. ``application``: there are more than the
#: application's log has. ``nobody``: no log is known to be theirs.
Basis = Literal["label", "role", "refused", "application", "nobody"]
BASES: tuple[Basis, ...] = ("label", "role", "refused", "application", "nobody")


class Recorded(Struct):
    """Recorded calls of one group that nothing accounts for yet."""

    group: Group
    tally: Tally
    verdict: Verdict
    #: boto3 clients that it may be, and the operation as logs would have it.
    clients: tuple[str, ...]
    operation: str
    host: str
    application: str
    left: int

    @property
    def role(self) -> tuple[str, str]:
        """With its account."""
        return self.group.account, self.group.principal


class Left:
    """What the logs have as sent, and no record was found of yet."""

    def __init__(self, sent: Counter[Sent]) -> None:
        self.counts = Counter(sent)
        self._by_host: dict[tuple[str, str], list[Sent]] = {}
        self._by_service: dict[tuple[str, str, str], list[Sent]] = {}
        for each in sorted(sent):
            self._by_host.setdefault((each.host, each.operation), []).append(each)
            place = (each.service, each.operation, each.region)
            self._by_service.setdefault(place, []).append(each)

    def match(self, calls: Recorded, whose: Callable[[str], bool]) -> None:
        """Account for as many of *calls* as there are in the logs of these applications."""
        for sent in self._alike(calls):
            if calls.left and whose(sent.application):
                number = min(calls.left, self.counts[sent])
                self.counts[sent] -= number
                calls.left -= number

    def _alike(self, calls: Recorded) -> Iterator[Sent]:
        for operation in (calls.operation, ""):
            if calls.host:
                yield from self._by_host.get((calls.host, operation), ())
                continue
            for client in calls.clients:  # the record does not say which host it was
                yield from self._by_service.get((client, operation, calls.group.region), ())


def recorded(group: Group, tally: Tally, verdict: Verdict, services: Services) -> Recorded:
    """The calls of one group."""
    clients = tuple(name for name, _ in services.of_event(group.source, group.operation))
    return Recorded(
        group,
        tally,
        verdict,
        clients,
        event_name(group.source, operation_of(group.operation)),
        # Groups keep the account of a host, which decides; logs mask it.
        group.host.partition(".")[2] if names_account(group.host) else group.host,
        spelled(group.application),
        tally.count,
    )


def match(every: Sequence[Recorded], left: Left) -> list[tuple[Basis, Recorded]]:
    """Account for all that the logs have.

    :returns: the rest without the label, and why it is told.
    """
    labelled = [calls for calls in every if calls.group.labelled]
    others = [calls for calls in every if not calls.group.labelled]
    told = {calls.application for calls in every} - {""}

    def may_lack_its_name(application: str) -> bool:
        """One that user agents name elsewhere does not go without its name."""
        return application not in told

    for calls in labelled:
        left.match(calls, {calls.application}.__contains__)
    for calls in labelled:
        left.match(calls, may_lack_its_name)
    # Of an application whose calls never bear it the label says nothing; its own log does.
    logged = {sent.application for sent in left.counts} & told
    logged -= {calls.application for calls in labelled}
    roles = {calls.role for calls in others if calls.application in logged}
    since = _labelled_since(labelled)
    rest: list[tuple[Basis, Recorded]] = []
    for calls in others:
        if calls.application in logged:
            left.match(calls, {calls.application}.__contains__)
            rest.append(("application", calls))
        elif any(calls.group.day >= since.get(key, "~") for key in _keys(calls)):
            rest.append(("label", calls))
        else:
            left.match(calls, may_lack_its_name)
            rest.append(("role" if calls.role in roles else "nobody", calls))
    return [(basis, calls) for basis, calls in rest if calls.left]


def _keys(calls: Recorded) -> list[tuple[str, str, str]]:
    """Who it is: a role, and an application of an account."""
    account, principal = calls.role
    keys = (("role", account, principal), ("application", account, calls.application))
    return [key for key in keys if key[2]]


def _labelled_since(labelled: Iterable[Recorded]) -> dict[tuple[str, str, str], str]:
    """The first day of each: before, the label may not have been switched on."""
    since: dict[tuple[str, str, str], str] = {}
    for calls in labelled:
        for key in _keys(calls):
            since[key] = min(since.get(key, "~"), calls.group.day)
    return since
