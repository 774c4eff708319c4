"""What was found, as TOML for a policy and as data for a program. Pure.

All that is no entry is a comment, so that what is written can be used as it stands. Texts are of
AWS's making, and of whoever named things there: none gets out of its quotes or its comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..plan.quoting import toml
from ..printable import printable
from .difference import Difference, Doubt
from .found import Entry, Found

__all__ = ["HUB", "as_data", "as_toml", "difference_as_toml"]

#: Of endpoints that nobody can describe from here.
HUB = (
    "Endpoints of other accounts are not described: a hub VPC's, or those of a VPC whose",
    "subnets are shared with this account (RAM). Where private hosted zones lead to them,",
    'declare nothing: standard hosts resolve privately, and private = "require" checks that.',
    "Where not, run this with a profile of their account, or ask its owner for the DNS names.",
)


def as_toml(found: Sequence[Found], asked: Sequence[str]) -> str:
    """A policy that declares what can be used, and says in comments what cannot.

    :param asked: where this is from, a line each.
    """
    return "\n".join(_policy(found, asked)) + "\n"


def _policy(found: Sequence[Found], asked: Sequence[str]) -> Iterator[str]:
    yield "# Written by `endpoint-router discover`. Read it before you use it."
    yield from _comments(asked)
    usable = [each for each in found if each.entries]
    vpcs = sorted({each.vpc for each in usable})
    if len(vpcs) > 1:
        yield f"# Of {len(vpcs)} VPCs: keep what your application reaches, or say --vpc."
    yield "version = 1"
    yield from _entries(usable)
    yield from _unusable([each for each in found if not each.entries])
    yield ""
    yield from _comments(HUB)


def difference_as_toml(
    made: Difference, found: Sequence[Found], asked: Sequence[str], policy: str
) -> str:
    """What the policy lacks, to be pasted into it; what it has too much, in comments."""
    return "\n".join(_difference(made, found, asked, policy)) + "\n"


def _difference(
    made: Difference, found: Sequence[Found], asked: Sequence[str], policy: str
) -> Iterator[str]:
    yield "# Written by `endpoint-router discover`: the difference to a policy."
    yield f"# {printable(policy)}"
    yield from _comments(asked)
    yield (
        f"# Added: {len(made.added)}. Gone: {len(made.gone)}. Changed: {len(made.changed)}. "
        f"As they are: {made.same}. Not looked at: {made.unseen}."
    )
    for what, doubts in (("Gone", made.gone), ("Changed", made.changed)):
        if doubts:
            yield ""
            yield from (f"# {what}: {_told(doubt)}" for doubt in doubts)
    yield from _entries(made.added)
    yield from _unusable([each for each in found if not each.entries])
    yield ""
    yield from _comments(HUB)


def _told(doubt: Doubt) -> str:
    return printable(f"{doubt.place} ({doubt.origin}), {doubt.what}: {doubt.why}")


def _comments(lines: Iterable[str]) -> Iterator[str]:
    return (f"# {printable(line)}" for line in lines)


def _entries(found: Iterable[Found]) -> Iterator[str]:
    for each in found:
        yield ""
        yield f"# {_title(each)}"
        yield f"# {_place(each)}"
        yield from _comments(each.notes)
        for at, entry in enumerate(each.entries):
            if at:
                yield ""
            if entry.by_address:
                yield "# Its name does not tell these hosts, so the URL keeps them."
            yield "[[vpc_endpoints]]"
            yield from _keys(entry)


def _keys(entry: Entry) -> Iterator[str]:
    if entry.service:
        yield 'type = "gateway"'
        yield f"service = {toml(entry.service)}"
        yield f"region = {toml(entry.region)}"
        return
    yield 'type = "interface"'
    yield from _list("dns_names", entry.dns_names)
    if entry.serves:
        yield from _list("serves", entry.serves)
    if entry.by_address:
        yield 'connect = "address"'


def _list(name: str, texts: Sequence[str]) -> Iterator[str]:
    if len(texts) == 1:
        yield f"{name} = [{toml(texts[0])}]"
        return
    yield f"{name} = ["
    yield from (f"    {toml(text)}," for text in texts)
    yield "]"


def _unusable(found: Sequence[Found]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield f"# Of no use ({len(found)}):"
    for each in found:
        yield f"# {_title(each)}:"
        yield f"#     {printable(each.why)}"
        yield f"#     {_place(each)}"
        yield from (f"#     {printable(name)}" for name in each.dns_names[:1])


def _title(found: Found) -> str:
    return printable(f"{found.service_name or found.type} ({found.id})")


def _place(found: Found) -> str:
    account = f"account {found.account}" if found.account else ""
    return printable(", ".join(filter(None, (found.vpc, account, found.region))))


def as_data(
    found: Sequence[Found], asked: Sequence[str], made: Difference | None
) -> dict[str, Any]:
    """The same for a program. The keys are stable."""
    return {
        "version": 1,
        "asked": list(asked),
        "endpoints": [
            {
                "id": each.id,
                "type": each.type,
                "state": each.state,
                "account": each.account,
                "region": each.region,
                "vpc": each.vpc,
                "service_name": each.service_name,
                "private_dns": each.private_dns,
                "dns_names": list(each.dns_names),
                "usable": bool(each.entries),
                "why": each.why,
                "notes": list(each.notes),
                "entries": [_entry(entry) for entry in each.entries],
            }
            for each in found
        ],
        "difference": _difference_data(made) if made is not None else None,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """As it stands in a policy in JSON."""
    if entry.service:
        return {"type": "gateway", "service": entry.service, "region": entry.region}
    data: dict[str, Any] = {"type": "interface", "dns_names": list(entry.dns_names)}
    if entry.serves:
        data["serves"] = list(entry.serves)
    if entry.by_address:
        data["connect"] = "address"
    return data


def _difference_data(made: Difference) -> dict[str, Any]:
    def doubts(those: Iterable[Doubt]) -> list[dict[str, str]]:
        return [
            {"place": one.place, "origin": one.origin, "endpoint": one.what, "why": one.why}
            for one in those
        ]

    return {
        "added": [each.id for each in made.added],
        "gone": doubts(made.gone),
        "changed": doubts(made.changed),
        "same": made.same,
        "not_looked_at": made.unseen,
    }
