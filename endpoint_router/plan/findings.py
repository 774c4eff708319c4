"""What is missing before every call of the log would pass. Pure: calls in, a :class:`Plan` out.

For each call: what did ``enforce`` say, and what has to exist for it to say yes? An endpoint, a
waiver, or a person's work. What DNS did not answer is not known, and planned as nothing. What all
of them need together is :mod:`.needs`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from .. import codes
from ..aws.own_services import is_own_service
from ..aws.privatelink import without_fips
from .available import Available
from .needs import Needs
from .reading import LoggedCall, LoggedCandidate, Reading
from .rules import BUILT_IN, Treatment, defaults_of, rules, settings_of, stricter, valid
from .values import Amber, Plan, Value


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
    needs = Needs(available or Available(), reading.calls)
    judging = _Judging(defaults, needs)
    for call in calls:
        judging.consider(call)
    return Plan(
        defaults={**defaults, **({"regional": "require"} if needs.regional else {})},
        disagreements=disagreements,
        endpoints=tuple(needs.endpoints()),
        rules=tuple(rules(needs.treatments, needs.behind)),
        work=tuple(needs.work()),
        unknown=tuple(needs.still_unknown()),
        public=tuple(needs.still_public()),
        declared=tuple(sorted(needs.declared)),
        amber=tuple(needs.on_its_word()),
        origins=tuple(sorted(reading.origins)),
        day=min(day, today or day),
        callers=needs.behind(calls),
        concerned=needs.behind(needs.concerned()),
    )


def _order(call: LoggedCall) -> tuple[object, ...]:
    return (call.service, call.region, call.host, call.operation, call.code, repr(call))


class _Judging:
    """Judges calls, one by one; what they need goes into *needs*.

    :param defaults: of the planned policy.
    """

    def __init__(self, defaults: Mapping[str, Value], needs: Needs) -> None:
        self._defaults, self._needs = defaults, needs

    def consider(self, call: LoggedCall) -> None:
        """Take in one call."""
        treatment = self._treatment(call)
        self._needs.declared |= {
            (candidate.place, candidate.host) for candidate in call.candidates if candidate.place
        }
        self._needs.private |= {
            answer.name for answer in call.evidence if answer.verdict == "private-address"
        }
        if call.arrived == "private":
            self._needs.private.add(call.sent)
        if call.outcome == "unverified":
            failed = call.code == codes.PRIVATE_UNVERIFIED
            self._needs.unsure(call, "DNS failed" if failed else call.reason or call.code)
            return
        if call.outcome == "allowed" and not call.fips_basis and self._wants_fips(call):
            self._needs.unsure(
                call, "decided under weaker settings than others: fips was not required"
            )
            return
        self._needs.settled(call)
        # A log may be of a newer release, with codes that are not known here.
        cure = codes.TABLE[call.code].cure if call.code in codes.TABLE else "person"
        if call.outcome == "allowed":
            self._allowed(call)
        elif cure == "endpoint":
            self._not_private(call, treatment)
        elif cure == "waiver":
            self._not_fips(call, treatment)
        else:
            self._needs.for_a_person(call)

    def _treatment(self, call: LoggedCall) -> Treatment:
        """The rule of the policy in force that the call is under, as far as the log shows it."""
        treatment = self._needs.treatment(call)
        if call.rule.name != "defaults":
            treatment.reason = call.rule.reason
            treatment.calls.add(call)
            ends = filter(None, (treatment.expires, call.rule.expires))
            treatment.expires = min(ends, default=None)
            treatment.settings |= {
                name: value
                for name, value in settings_of(call).items()
                if value != self._defaults.get(name, BUILT_IN[name])
            }
        return treatment

    def _demand(self, call: LoggedCall, name: str) -> Value:
        """What the planned policy will demand: its defaults may be stricter than the call's."""
        default: Value = self._defaults.get(name, BUILT_IN[name])
        said = (value for key, value, _ in call.settings if key == name and valid(name, value))
        own = next(said, default)
        return stricter(name, own, default) if call.rule.name == "defaults" else own

    def _wants_fips(self, call: LoggedCall) -> bool:
        return self._demand(call, "fips") == "require"

    def _allowed(self, call: LoggedCall) -> None:
        chosen = _about(call)
        if chosen is not None:
            for setting in call.amber:
                self._needs.amber(Amber(chosen.place, call.host, setting), call)
        if chosen is not None and chosen.kind == "standard" and chosen.place:
            return  # through a gateway
        if call.for_others or (chosen is not None and chosen.kind in ("interface", "custom")):
            return
        if self._demand(call, "private") == "require":
            if call.host not in self._needs.private:
                self._needs.host(call.host, call, asked=_asked(call, call.host))
        else:
            self._needs.public(call)

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
                self._needs.host(fips[0].host, call, asked=_asked(call, fips[0].host))
            else:
                self._needs.for_a_person(call, f"{about.place} does not serve it: {call.remedy}")
            return
        link = self._needs.link(call.host, call)
        if not link.name and link.without_fips and self._wants_fips(call):
            # There is no endpoint for the FIPS host, and that is known.
            self._waive(call, treatment, _after_waiver(call))
        else:
            self._needs.host(call.host, call, asked=True)

    def _not_fips(self, call: LoggedCall, treatment: Treatment) -> None:
        kinds = {candidate.kind for candidate in call.candidates}
        too_weak = [candidate for candidate in call.candidates if candidate.fips_basis]
        # Of a service of AWS's own a plan waives FIPS; it takes nobody's word for it.
        word = any(each.fips_basis == "attested" and is_own_service(each.host) for each in too_weak)
        after = _after_waiver(call)
        if kinds & {"custom", "own", "undeclared"} or not (after or "interface" in kinds):
            self._needs.for_a_person(call)
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
            self._needs.host(after, call, asked=_asked(call, after))


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
