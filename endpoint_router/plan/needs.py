"""What calls turned out to need, and which of them: kept while they are judged, told when all are.

What one call lacks is :mod:`.findings`' to say. Here is what another call may still change: a host
that one of them showed to be private is missing for none, and what was uncertain of one may be
certain of its like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import astuple, replace

from ..aws.privatelink import PrivateLink
from .available import Available
from .callers import Caller, Callers
from .reading import LoggedCall
from .rules import Treatment
from .values import Amber, Endpoint, Public, Unknown, Work


class _Host(Struct):
    """What the log says about one host."""

    link: PrivateLink
    region: str
    asked: bool = False
    calls: set[LoggedCall] = set()

    @property
    def services(self) -> set[str]:
        return {call.service for call in self.calls}


def _alike(call: LoggedCall) -> tuple[str, str, str, str]:
    """What calls have in common of which the same becomes."""
    return call.service, call.operation, call.region, call.host


class Needs:
    """Everything that calls need, with the calls behind it.

    :param available: the services that AWS has.
    :param callers: who made each call.
    """

    def __init__(self, available: Available, callers: Mapping[LoggedCall, Callers]) -> None:
        self._available, self._callers = available, callers
        #: By service and region, by operation.
        self.treatments: dict[tuple[str, str], dict[str, Treatment]] = {}
        #: Place and host of the declared endpoints that calls could use.
        self.declared: set[tuple[str, str]] = set()
        #: Hosts that were seen at private addresses.
        self.private: set[str] = set()
        #: Must calls go to the regional hosts of S3 and STS?
        self.regional = False
        self._amber: dict[Amber, set[LoggedCall]] = {}
        self._missing: dict[str, _Host] = {}
        self._public: dict[str, _Host] = {}
        self._work: dict[tuple[str, str, str, str, str], set[LoggedCall]] = {}
        self._unknown: dict[Unknown, set[LoggedCall]] = {}
        self._settled: set[tuple[str, str, str, str]] = set()

    # --- what is needed

    def settled(self, call: LoggedCall) -> None:
        """It is known for certain what becomes of calls like *call*."""
        self._settled.add(_alike(call))

    def public(self, call: LoggedCall) -> None:
        """*call* may go to a public address, and does unless another shows its host as private."""
        self._of(self._public, call.host, call)

    def amber(self, about: Amber, call: LoggedCall) -> None:
        """Of *call* the policy alone says something."""
        self._amber.setdefault(about, set()).add(call)

    def treatment(self, call: LoggedCall) -> Treatment:
        """What a rule has to say about calls like *call*, as far as is known by now."""
        operations = self.treatments.setdefault((call.service, call.region), {})
        return operations.setdefault(call.operation, Treatment())

    def for_a_person(self, call: LoggedCall, what: str = "") -> None:
        """Somebody has to do *what*, or what the refusal says."""
        key = (call.code, call.service, call.region, call.host, what or call.remedy or call.reason)
        self._work.setdefault(key, set()).add(call)

    def unsure(self, call: LoggedCall, why: str) -> None:
        """What would become of *call* is not known, unless another like it tells."""
        about = Unknown(call.service, call.region, call.host, why)
        self._unknown.setdefault(about, set()).add(call)

    def host(self, host: str, call: LoggedCall, *, asked: bool) -> None:
        """*call* needs *host* to be private; *asked* where it is known that it is not."""
        if not host:
            self.for_a_person(call)
            return
        missing = self._of(self._missing, host, call)
        missing.asked |= asked
        # Of a global host of S3 or STS only the regional twin can be private.
        self.regional |= host != missing.link.host

    def link(self, host: str, call: LoggedCall) -> PrivateLink:
        """The PrivateLink service that serves *host*."""
        return self._available.serving(host, call.region)

    def _of(self, table: dict[str, _Host], host: str, call: LoggedCall) -> _Host:
        seen = table.setdefault(host, _Host(self.link(host, call), call.region))
        seen.calls.add(call)
        return seen

    # --- what it comes to

    def behind(self, calls: Iterable[LoggedCall]) -> tuple[Caller, ...]:
        """Who made *calls*, which are distinct."""
        return Callers().join(self._callers[call] for call in calls).told()

    def endpoints(self) -> Iterator[Endpoint]:
        """One for each PrivateLink service that is missing."""
        groups: dict[tuple[str, str], list[_Host]] = {}
        for missing in self._still_missing():
            link = missing.link
            if link.name:
                groups.setdefault((link.region, link.name), []).append(missing)
        for _, hosts in sorted(groups.items()):
            yield Endpoint(
                link=hosts[0].link,
                hosts=tuple(sorted({host.link.host for host in hosts})),
                services=tuple(sorted(set().union(*(host.services for host in hosts)))),
                asked=any(host.asked for host in hosts),
                callers=self.behind(set().union(*(host.calls for host in hosts))),
            )

    def _still_missing(self) -> list[_Host]:
        """Where DNS was not asked, another call may have shown that the host is private."""
        return [
            missing
            for _, missing in sorted(self._missing.items())
            if missing.asked or missing.link.host not in self.private
        ]

    def work(self) -> Iterator[Work]:
        """What is left for a person."""
        for key, calls in sorted(self._work.items(), key=lambda item: item[0]):
            code, service, region, host, what = key
            operations = tuple(sorted({call.operation for call in calls}))
            yield Work(code, service, operations, region, host, what, self.behind(calls))
        for missing in self._still_missing():
            if not missing.link.name:
                what = (
                    f"No PrivateLink service is known: {missing.link.note}. Let it be private some "
                    'other way, or add a rule with private = "off" and a reason and leave a route.'
                )
                for service in sorted(missing.services):
                    callers = self.behind(call for call in missing.calls if call.service == service)
                    yield Work("", service, (), missing.region, missing.link.host, what, callers)

    def concerned(self) -> set[LoggedCall]:
        """The calls for which something is missing, or not known."""
        table = self.treatments.values()
        waived = (each for operations in table for each in operations.values() if each.waives)
        return set().union(
            *(missing.calls for missing in self._still_missing()),
            *(treatment.calls for treatment in waived),
            *self._work.values(),
            *(self._unknown[replace(about, callers=())] for about in self.still_unknown()),
        )

    def still_unknown(self) -> Iterator[Unknown]:
        """Calls that were never decided for certain."""
        for about, calls in sorted(self._unknown.items(), key=lambda item: astuple(item[0])):
            if not set(map(_alike, calls)) <= self._settled:
                yield replace(about, callers=self.behind(calls))

    def on_its_word(self) -> Iterator[Amber]:
        """What the policy alone says."""
        for amber, calls in sorted(self._amber.items(), key=lambda item: astuple(item[0])):
            yield replace(amber, callers=self.behind(calls))

    def still_public(self) -> Iterator[Public]:
        """Allowed hosts that no answer showed to be private."""
        for host, public in sorted(self._public.items()):
            if host not in self.private:
                callers = self.behind(public.calls)
                yield Public(public.link, tuple(sorted(public.services)), callers)
