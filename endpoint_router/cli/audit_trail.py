"""What a trail records, and what not, in the words of people. Pure; not made printable here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..audit.trail import Recorded, Trail

#: Types of resources whose data events people miss first.
_USUAL = (
    "AWS::S3::Object",
    "AWS::Lambda::Function",
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
)
#: Items of a list.
_FEW = 8


def facts(trail: Trail) -> str:
    """What kind of trail it is, and whether it is on."""
    said = [
        _one_of(trail.organization, "of the organisation", "of one account"),
        _one_of(trail.all_regions, "all regions", f"{trail.home_region} only"),
        _one_of(trail.validated, "with digests", "without digests"),
        _one_of(trail.logs_now, "logs now", "DOES NOT LOG NOW"),
    ]
    return ", ".join(filter(None, said)) or "its selectors, from a file"


def records(trail: Trail) -> str:
    """What it records."""
    parts = []
    for each in trail.of("Management"):
        parts.append(f"{_half(each)}management events{_only(each)}")
    data = [f"{_name(each.what)}{_half(each, ' ')}{_only(each)}" for each in trail.of("Data")]
    if data:
        parts.append(f"data events of {_list(data)}")
    network = [f"{_name(each.what)}{_only(each)}" for each in trail.of("NetworkActivity")]
    if network:
        parts.append(f"network activity of {_list(network)}")
    return "; ".join(parts) or "nothing that an audit could read"


def records_not(trail: Trail) -> str:
    """What no audit of its files can see."""
    return "; ".join(_missing(trail))


def _missing(trail: Trail) -> Iterator[str]:
    management = trail.of("Management")
    if not management:
        yield "management events"
    for each in management:
        if not (each.reads and each.writes):
            yield f"{'writing' if each.reads else 'reading'} management events"
        if each.excluded:
            yield f"management events of {_list(map(_name, each.excluded))}"
        if each.only:
            yield "other management events"
    if trail.global_services is False:
        yield "global services (IAM, STS, CloudFront)"
    if trail.all_regions is False:
        yield "other regions"
    known = {each.what for each in trail.of("Data")}
    absent = [_name(each) for each in _USUAL if each not in known]
    others = f"{', '.join(absent)}, ..." if absent else "others"
    yield f"data events of {others}" if known else "data events"
    yield "network activity of others" if trail.of("NetworkActivity") else "network activity"


def _one_of(is_so: bool | None, yes: str, no: str) -> str:
    return "" if is_so is None else (yes if is_so else no)


def _half(each: Recorded, before: str = "") -> str:
    """Reads or writes, where it is not both."""
    if each.reads and each.writes:
        return "" if before or each.excluded or each.only else "all "
    word = "reading" if each.reads else "writing"
    return f" ({word})" if before else f"{word} "


def _only(each: Recorded) -> str:
    return f" (some, by {', '.join(each.only)})" if each.only else ""


def _name(what: str) -> str:
    """``S3 Object`` for ``AWS::S3::Object``, ``kms`` for ``kms.amazonaws.com``."""
    name = what.removeprefix("AWS::").replace("::", " ").removesuffix(".amazonaws.com")
    return name or "everything"


def _list(names: Iterable[str]) -> str:
    every: Sequence[str] = list(names)
    more = f" and {len(every) - _FEW} more" if len(every) > _FEW else ""
    return f"{', '.join(every[:_FEW])}{more}"
