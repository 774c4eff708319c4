"""What is missing before every call of the log would pass. Pure: calls in, a :class:`Plan` out.

For each call: what did ``enforce`` say, and what has to exist for it to say yes? An endpoint, a
waiver, or a person's work. What DNS did not answer is not known, and planned as nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import astuple, replace

from .. import codes
from ..aws.own_services import is_own_service
from ..aws.privatelink import PrivateLink, without_fips
from .available import Available
from .callers import Caller, Callers
from .reading import LoggedCall, LoggedCandidate, Reading
from .rules import BUILT_IN, Treatment, defaults_of, rules, settings_of, stricter, valid
from .values import Amber, Endpoint, Plan, Public, Unknown, Value, Work


class _Host(Struct):
    """What the log says about one host."""

    link: PrivateLink
    region: str
    asked: bool = False
    calls: set[LoggedCall] = set()

    @property
    def services(self) -> set[str]:
        return {call.service for call in self.calls}


def plan(
    reading: Reading, available: Available | None = None, today: datetime.date | None = None
) -> Plan:
    """What is missing, by everything that *reading* holds.

    :param available: the services that AWS has; without it, names are from a list, or guesses.
    :param today: no waiver counts from a later day, whatever a line says.
    """
    day = datetime.date.fromisoformat(reading.last[:10]) if reading.last else datetime.date.min
    calls = sorted(reading.calls, key=_order)
    defaults, disagreements = defaults_of(calls)
    work = _Working(defaults, available or Available(), reading.calls)
    for call in calls:
        work.consider(call)
    return Plan(
        defaults={**defaults, **({"regional": "require"} if work.regional else {})},
        disagreements=disagreements,
        endpoints=tuple(work.endpoints()),
        rules=tuple(rules(work.treatments, work.behind)),
        work=tuple(work.work()),
        unknown=tuple(work.still_unknown()),
        public=tuple(work.still_public()),
        declared=tuple(sorted(work.declared)),
        amber=tuple(work.on_its_word()),
        origins=tuple(sorted(reading.origins)),
        day=min(day, today or day),
        callers=work.behind(calls),
        concerned=work.behind(work.concerned()),
    )


def _order(call: LoggedCall) -> tuple[object, ...]:
    return (call.service, call.region, call.host, call.operation, call.code, repr(call))


class _Working:
    """Collects what the calls need."""

    def __init__(
        self,
        defaults: Mapping[str, Value],
        available: Available,
        callers: Mapping[LoggedCall, Callers],
    ) -> None:
        self.defaults = defaults
        self._available, self._callers = available, callers
        self.treatments: dict[tuple[str, str], dict[str, Treatment]] = {}
        self.declared: set[tuple[str, str]] = set()
        self._amber: dict[Amber, set[LoggedCall]] = {}
        #: Must calls go to the regional hosts of S3 and STS?
        self.regional = False
        self._missing: dict[str, _Host] = {}
        self._public: dict[str, _Host] = {}
        self._private: set[str] = set()
        self._work: dict[tuple[str, str, str, str, str], set[LoggedCall]] = {}
        self._unknown: dict[Unknown, set[LoggedCall]] = {}
        self._settled: set[tuple[str, str, str, str]] = set()

    def behind(self, calls: Iterable[LoggedCall]) -> tuple[Caller, ...]:
        """Who made *calls*, which are distinct."""
        return Callers().join(self._callers[call] for call in calls).told()

    def consider(self, call: LoggedCall) -> None:
        """Take in one call."""
        treatment = self._treatment(call)
        self.declared |= {
            (candidate.place, candidate.host) for candidate in call.candidates if candidate.place
        }
        self._private |= {
            answer.name for answer in call.evidence if answer.verdict == "private-address"
        }
        if call.arrived == "private":
            self._private.add(call.sent)
        if call.outcome == "unverified":
            failed = call.code == codes.PRIVATE_UNVERIFIED
            self._unsure(call, "DNS failed" if failed else call.reason or call.code)
            return
        if call.outcome == "allowed" and not call.fips_basis and self._wants_fips(call):
            self._unsure(call, "decided under weaker settings than others: fips was not required")
            return
        self._settled.add((call.service, call.operation, call.region, call.host))
        # A log may be of a newer release, with codes that are not known here.
        cure = codes.TABLE[call.code].cure if call.code in codes.TABLE else "person"
        if call.outcome == "allowed":
            self._allowed(call)
        elif cure == "endpoint":
            self._not_private(call, treatment)
        elif cure == "waiver":
            self._not_fips(call, treatment)
        else:
            self._for_a_person(call)

    def _treatment(self, call: LoggedCall) -> Treatment:
        """The rule of the policy in force that the call is under, as far as the log shows it."""
        operations = self.treatments.setdefault((call.service, call.region), {})
        treatment = operations.setdefault(call.operation, Treatment())
        if call.rule.name != "defaults":
            treatment.reason = call.rule.reason
            treatment.calls.add(call)
            ends = filter(None, (treatment.expires, call.rule.expires))
            treatment.expires = min(ends, default=None)
            treatment.settings |= {
                name: value
                for name, value in settings_of(call).items()
                if value != self.defaults.get(name, BUILT_IN[name])
            }
        return treatment

    def _demand(self, call: LoggedCall, name: str) -> Value:
        """What the planned policy will demand: its defaults may be stricter than the call's."""
        default: Value = self.defaults.get(name, BUILT_IN[name])
        said = (value for key, value, _ in call.settings if key == name and valid(name, value))
        own = next(said, default)
        return stricter(name, own, default) if call.rule.name == "defaults" else own

    def _wants_fips(self, call: LoggedCall) -> bool:
        return self._demand(call, "fips") == "require"

    def _allowed(self, call: LoggedCall) -> None:
        chosen = _about(call)
        if chosen is not None:
            for setting in call.amber:
                amber = Amber(chosen.place, call.host, setting)
                self._amber.setdefault(amber, set()).add(call)
        if chosen is not None and chosen.kind == "standard" and chosen.place:
            return  # through a gateway
        if call.for_others or (chosen is not None and chosen.kind in ("interface", "custom")):
            return
        if self._demand(call, "private") == "require":
            if call.host not in self._private:
                self._need(call.host, call, asked=_asked(call, call.host))
        else:
            self._host(self._public, call.host, call)

    def _not_private(self, call: LoggedCall, treatment: Treatment) -> None:
        about = _about(call)
        if about is not None and about.kind == "interface":
            # The declared endpoint is the wrong one; what it lacks is FIPS, or an address.
            fips = [
                candidate
                for candidate in call.candidates
                if candidate.kind == "standard" and candidate.fips_basis
            ]
            if call.code == codes.PRIVATE_NO_ENDPOINT and fips:
                self._need(fips[0].host, call, asked=_asked(call, fips[0].host))
            else:
                self._for_a_person(call, f"{about.place} does not serve it: {call.remedy}")
            return
        link = self._link(call.host, call)
        if not link.name and link.without_fips and self._wants_fips(call):
            # There is no endpoint for the FIPS host, and that is known.
            self._waive(call, treatment, _after_waiver(call))
        else:
            self._need(call.host, call, asked=True)

    def _not_fips(self, call: LoggedCall, treatment: Treatment) -> None:
        kinds = {candidate.kind for candidate in call.candidates}
        too_weak = [candidate for candidate in call.candidates if candidate.fips_basis]
        # Of a service of AWS's own a plan waives FIPS; it takes nobody's word for it.
        word = any(each.fips_basis == "attested" and is_own_service(each.host) for each in too_weak)
        after = _after_waiver(call)
        if kinds & {"custom", "own", "undeclared"} or not (after or "interface" in kinds):
            self._for_a_person(call)
        elif call.code == codes.FIPS_NO_BASIS and too_weak and not word:
            after = too_weak[0].host if too_weak[0].kind == "standard" else ""
            self._waive(call, treatment, after, ("fips_basis", too_weak[0].fips_basis))
        else:
            declared = [candidate for candidate in call.candidates if candidate.kind == "interface"]
            # A plain endpoint that the policy declares takes the call.
            served = any(each.fips_basis in ("", "attested") for each in declared)
            self._waive(call, treatment, "" if served else after)

    def _waive(
        self,
        call: LoggedCall,
        treatment: Treatment,
        after: str,
        setting: tuple[str, str] = ("fips", "prefer"),
    ) -> None:
        """Let *call* go to the host *after*; empty where that needs no endpoint."""
        treatment.settings[setting[0]] = setting[1]
        treatment.waives = True
        treatment.hosts.add(call.host)
        treatment.calls.add(call)
        if after and self._demand(call, "private") == "require":
            self._need(after, call, asked=_asked(call, after))

    def _for_a_person(self, call: LoggedCall, what: str = "") -> None:
        key = (call.code, call.service, call.region, call.host, what or call.remedy or call.reason)
        self._work.setdefault(key, set()).add(call)

    def _unsure(self, call: LoggedCall, why: str) -> None:
        about = Unknown(call.service, call.region, call.host, why)
        self._unknown.setdefault(about, set()).add(call)

    def _need(self, host: str, call: LoggedCall, *, asked: bool) -> None:
        if not host:
            self._for_a_person(call)
            return
        missing = self._host(self._missing, host, call)
        missing.asked |= asked
        # Of a global host of S3 or STS only the regional twin can be private.
        self.regional |= host != missing.link.host

    def _link(self, host: str, call: LoggedCall) -> PrivateLink:
        return self._available.serving(host, call.region)

    def _host(self, table: dict[str, _Host], host: str, call: LoggedCall) -> _Host:
        seen = table.setdefault(host, _Host(self._link(host, call), call.region))
        seen.calls.add(call)
        return seen

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
            if missing.asked or missing.link.host not in self._private
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
            keys = {(call.service, call.operation, call.region, call.host) for call in calls}
            if not keys <= self._settled:
                yield replace(about, callers=self.behind(calls))

    def on_its_word(self) -> Iterator[Amber]:
        """What the policy alone says."""
        for amber, calls in sorted(self._amber.items(), key=lambda item: astuple(item[0])):
            yield replace(amber, callers=self.behind(calls))

    def still_public(self) -> Iterator[Public]:
        """Allowed hosts that no answer showed to be private."""
        for host, public in sorted(self._public.items()):
            if host not in self._private:
                callers = self.behind(public.calls)
                yield Public(public.link, tuple(sorted(public.services)), callers)


def _after_waiver(call: LoggedCall) -> str:
    """The plain host that a call without FIPS would go to; empty where the log does not tell."""
    plain = [
        candidate.host
        for candidate in call.candidates
        if candidate.kind == "standard" and not candidate.fips_basis
    ]
    if plain:
        return plain[0]
    # Where FIPS is required, botocore's ruleset was asked for nothing else. In report mode the
    # request went where botocore sends it by itself; otherwise the name has to tell.
    return without_fips(call.sent or call.host)


def _about(call: LoggedCall) -> LoggedCandidate | None:
    """The candidate that the decision is about. An endpoint may go by the standard host's name."""
    here = [candidate for candidate in call.candidates if candidate.host == call.host]
    telling = [
        candidate
        for candidate in here
        if candidate.chosen or (candidate.code and candidate.code == call.code)
    ]
    return next(iter(telling or here), None)


def _asked(call: LoggedCall, host: str) -> bool:
    """Is it known that *host* is public? A request went there, or DNS said something."""
    if call.sent == host and call.arrived == "public":
        return True
    verdicts = {answer.verdict for answer in call.evidence if answer.name == host}
    return bool({"public", "mixed", "absent"} & verdicts)
