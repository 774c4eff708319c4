"""Recorded calls and those that the logs have as sent, matched by number. Pure.

First those that bear the router's label, then those of an application that both name, then all
others: by host and operation, or by service and region where a record says no host.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from ..aws.cloudtrail import event_name
from ..aws.hosts import names_account
from .counting import Tally
from .grouping import Group
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


class _Left:
    """What the logs have as sent, and no record was found of yet.

    :param named: applications that user agents name.
    """

    def __init__(self, sent: Counter[Sent], named: Collection[str]) -> None:
        self.counts = Counter(sent)
        #: By application and place; and of all that no user agent names, together.
        self._alike: dict[tuple[str | None, ...], deque[Sent]] = {}
        for each in sorted(sent):
            by_host = (each.host, each.operation)
            by_service = (each.service, each.operation, each.region)
            for place in (by_host, by_service):
                self._alike.setdefault((each.application, *place), deque()).append(each)
                if each.application not in named:
                    self._alike.setdefault((None, *place), deque()).append(each)

    def match(self, calls: Recorded, application: str | None) -> None:
        """Account for as many of *calls* as there are in the log of *application*.

        ``None``: of any that no user agent names. One that they name does not go without its name.
        """
        for place in _places(calls):
            alike = self._alike.get((application, *place), deque())
            while calls.left and alike:
                number = min(calls.left, self.counts[alike[0]])
                self.counts[alike[0]] -= number
                calls.left -= number
                if not self.counts[alike[0]]:
                    alike.popleft()


def _places(calls: Recorded) -> Iterator[tuple[str, ...]]:
    for operation in (calls.operation, ""):
        if calls.host:
            yield calls.host, operation
            continue
        for client in calls.clients:  # the record does not say which host it was
            yield client, operation, calls.group.region


def recorded(group: Group, tally: Tally, verdict: Verdict, services: Services) -> Recorded:
    """The calls of one group."""
    pairs = services.of_event(group.source, group.operation, group.host)
    clients = tuple(dict.fromkeys(name for name, _ in pairs))
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


def match(
    every: Sequence[Recorded], sent: Counter[Sent]
) -> tuple[list[tuple[Basis, Recorded]], Counter[Sent]]:
    """Account for all that the logs have as *sent*.

    :returns: the rest without the label, and why it is told; and how many of those sent are left.
    """
    labelled = [calls for calls in every if calls.group.labelled]
    others = [calls for calls in every if not calls.group.labelled]
    named = {calls.application for calls in every} - {""}
    left = _Left(sent, named)
    for calls in labelled:
        left.match(calls, calls.application)
    for calls in labelled:
        left.match(calls, None)
    # Of an application whose calls never bear it the label says nothing; its own log does.
    logged = {each.application for each in sent} & named
    logged -= {calls.application for calls in labelled}
    roles = {calls.role for calls in others if calls.application in logged}
    since = _labelled_since(labelled)
    rest: list[tuple[Basis, Recorded]] = []
    for calls in others:
        if calls.application in logged:
            left.match(calls, calls.application)
            rest.append(("application", calls))
        elif any(calls.group.day >= since.get(key, "~") for key in _keys(calls)):
            rest.append(("label", calls))
        else:
            left.match(calls, None)
            rest.append(("role" if calls.role in roles else "nobody", calls))
    return [(basis, calls) for basis, calls in rest if calls.left], left.counts


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
