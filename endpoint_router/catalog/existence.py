"""Which names DNS knows, and whether its word can be taken for that.

Only NXDOMAIN, or NODATA for both families, means that a name does not exist; failures mean nothing.
A resolver may answer any name (a wildcard, a provider's search page), or none of a partition's (an
isolated network): so a name that cannot exist is asked beside each group of names, and in each
region one that must exist.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..policy.dns_servers import ServerAddress
from ..probe.listening import Lookup
from ..probe.pacing import Pace, paced
from ..routing.answer import Answer
from ..workers import as_done
from .values import Endpoint, Row

__all__ = ["Question", "asked", "questions", "system_lookup"]

#: Look-ups under way at once, and per second: two questions each (A and AAAA), of the 1,024 packets
#: per second that the VPC resolver takes.
_AT_ONCE, _PER_SECOND = 32, 300.0
_THREADS = "endpoint_router-catalog"
#: For one name, each time it is asked.
_SECONDS = 3.0

#: Variants that are hosts.
_HOSTS = ("standard", "regional", "fips", "dual_stack", "fips_dual_stack")


#: Of ``*.REGION.neptune-graph.amazonaws.com`` and the like.
_NOT_ASKED = Endpoint(dns="unknown", dns_detail="each resource has a name of its own here")


class Question(Struct, frozen=True):
    """A host, and what tells whether an answer about it can be believed."""

    name: str
    #: Of the region.
    must_exist: str

    def cannot_exist(self, label: str) -> str:
        """A name beside it."""
        return f"{label}.{self.name.partition('.')[2]}"


def system_lookup(servers: Sequence[ServerAddress] = ()) -> Lookup:
    """Asks DNS alone: a line of the hosts file says nothing about what exists."""
    from ..probe.resolver import Resolver  # dnspython costs 25 ms

    return paced(Resolver(servers, hosts_path=os.devnull), Pace(rate=_PER_SECOND))


def questions(rows: Iterable[Row], must_exist: Mapping[str, str]) -> dict[str, Question]:
    """By name, whatever DNS can be asked about in *rows*.

    :param must_exist: by region.
    """
    return {
        endpoint.name: Question(endpoint.name, must_exist[row.region])
        for row in rows
        for endpoint in map(row.variant, _HOSTS)
        if endpoint.name and not endpoint.name.startswith("*.")
    }


def asked(
    rows: Sequence[Row],
    known: Mapping[str, Question],
    lookup: Lookup,
    *,
    advance: Callable[[], None] = lambda: None,
    label: str = "",
) -> list[Row]:
    """*rows*, with what DNS says of each host.

    :param known: of these rows, by :func:`questions`.
    :param advance: called for each of *known*, from any thread.
    :param label: of names that cannot exist; a new one unless told.
    """
    # No resolver has this in its cache, and nobody has registered it.
    label = label or f"no-such-host-{secrets.token_hex(6)}"
    controls = {question.must_exist for question in known.values()}
    controls |= {question.cannot_exist(label) for question in known.values()}
    answers = _answers(controls, lookup)
    if all(answer.status == "failed" for answer in answers.values()):
        # Nobody answers: each name would wait for that in turn.
        answers.update({name: answers[question.must_exist] for name, question in known.items()})
    else:
        answers.update(_answers(known.keys() - answers.keys(), lookup, advance))
    found = {name: _judged(question, answers, label) for name, question in known.items()}
    return [_with(row, found) for row in rows]


def _judged(question: Question, answers: Mapping[str, Answer], label: str) -> Endpoint:
    """What is known of a name, as an endpoint that has nothing else."""
    answer = answers[question.name]
    if answer.status == "failed":
        return Endpoint(dns="unknown", dns_detail=answer.detail)
    if answer.status == "answered":
        beside = answers[question.cannot_exist(label)]
        if beside.status == "absent":
            return Endpoint(dns="exists", dns_detail=" ".join(answer.addresses))
        why = "the resolver also has addresses for a name beside it that cannot exist"
        if beside.status == "failed":
            why = f"of a name beside it that cannot exist, DNS said: {beside.detail}"
        return Endpoint(dns="unknown", dns_detail=why)
    control = answers[question.must_exist]
    if control.status == "answered":
        return Endpoint(dns="absent", dns_detail=answer.detail)
    why = f"the resolver does not know {control.name} either, and every region has that"
    if control.status == "failed":
        why = f"{answer.detail}, but of {control.name}, which every region has: {control.detail}"
    return Endpoint(dns="unknown", dns_detail=why)


def _with(row: Row, found: Mapping[str, Endpoint]) -> Row:
    changed = {}
    for variant in _HOSTS:
        endpoint = row.variant(variant)
        if endpoint.name:
            seen = found.get(endpoint.name, _NOT_ASKED)
            changed[variant] = replace(endpoint, dns=seen.dns, dns_detail=seen.dns_detail)
    return replace(row, **changed)


def _answers(
    names: Iterable[str], lookup: Lookup, advance: Callable[[], None] = lambda: None
) -> dict[str, Answer]:
    """Of each name, side by side; once more of those that failed, if others did not."""

    def ask(name: str) -> Answer:
        try:
            return lookup(name, _SECONDS)
        except Exception as error:  # of whatever kind: of the other names there are answers
            return Answer(name, "failed", detail=str(error))

    answers = {}
    for name, answer in as_done(ask, sorted(names), _AT_ONCE, _THREADS):
        answers[name] = answer
        advance()
    failed = [name for name, answer in answers.items() if answer.status == "failed"]
    if len(failed) < len(answers):
        answers.update(as_done(ask, failed, _AT_ONCE, _THREADS))
    return answers
