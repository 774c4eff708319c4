"""What decision logs say of calls, as counts that CloudTrail's can be held against.

A line counts on the day on which it was written. Which lines there are is
:mod:`endpoint_router.plan.reading`'s; nothing is compared here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, field

from ..aws.cloudtrail import event_name
from ..aws.hosts import is_aws
from ..plan.reading import Line, LoggedCall, Reading

#: What botocore does not leave as it is in ``app/…``.
_OTHERS = re.compile(r"[^A-Za-z0-9!$%&'*+.^_`|~,-]")
#: Of one policy: applications and sources that are kept.
_MANY = 100


#: What became of calls: to AWS; refused; held back, because DNS proved nothing; presigned, and
#: whoever uses such a URL has no log; to hosts that are not AWS's.
Fate = Literal["sent", "refused", "unverified", "presigned", "elsewhere"]


class Sent(Struct, frozen=True, order=True):
    """Calls that are alike, in CloudTrail's words."""

    #: As user agents spell it; empty where the log names none.
    application: str
    #: boto3 client name.
    service: str
    #: ``eventName``; empty where the log does not say.
    operation: str
    region: str
    #: Without bucket and account.
    host: str


class Refused(Struct, frozen=True, order=True):
    """Calls that were not sent."""

    application: str
    service: str
    operation: str
    region: str
    code: str


class PolicyInLogs(Struct, forbid_unknown_fields=True):
    """What was decided under one policy."""

    digest: str
    #: Is it the one that was judged under?
    judged: bool = False
    calls: int = 0
    applications: tuple[str, ...] = ()
    #: Everything that had a part in it: files, variables.
    sources: tuple[str, ...] = ()

    def add(self, calls: int, applications: Iterable[str], sources: Iterable[str]) -> None:
        """So many *calls* more."""
        self.calls += calls
        self.applications = _with(self.applications, applications)
        self.sources = _with(self.sources, sources)


class LoggedDay(Struct):
    """The lines of one day. The numbers are of calls."""

    #: By what became of them; of these the next two tell more.
    calls: Counter[Fate] = field(default_factory=Counter)
    sent: Counter[Sent] = field(default_factory=Counter)
    refused: Counter[Refused] = field(default_factory=Counter)
    #: By digest.
    policies: dict[str, PolicyInLogs] = {}


class Logged(Struct):
    """All of it. Filled by :meth:`note`."""

    #: How many there are.
    logs: int
    days: dict[str, LoggedDay] = {}
    reading: Reading = field(default_factory=Reading)

    def note(self, line: Line, call: LoggedCall) -> None:
        """Take in one line."""
        day = self.days.setdefault(line.time[:10], LoggedDay())
        application, name = spelled(line.application), event_name(call.service, call.operation)
        host = call.sent.removeprefix("*.")
        fate: Fate = "unverified"
        if line.presigned:
            fate = "presigned"
        elif host and not is_aws(host):
            fate = "elsewhere"
        elif host:
            fate = "sent"
            day.sent[Sent(application, call.service, name, call.region, host)] += line.calls
        elif call.outcome == "denied":
            fate = "refused"
            refused = Refused(application, call.service, name, call.region, call.code)
            day.refused[refused] += line.calls
        day.calls[fate] += line.calls
        policy = day.policies.setdefault(line.policy.hash, PolicyInLogs(line.policy.hash))
        policy.add(line.calls, [line.application] * bool(line.application), line.policy.origin)


def spelled(application: str) -> str:
    """*application* as botocore puts it into the user agent."""
    return _OTHERS.sub("-", application)


def _with(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    new = {*more}.difference(known)
    return tuple(sorted({*known, *new})[:_MANY]) if new else known
