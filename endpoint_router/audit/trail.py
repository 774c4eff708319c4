"""What a trail records, and what not: by its own settings, asked for or read from a file.

No verdict hangs on it: it says what the records that were read could never have shown. The words
for people are the command line's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from botocore.exceptions import ClientError
from msgspec import Struct

from ..discover.asking import PATIENCE, Refused, action_of
from ..process import decoding
from .refusals import code_of, why

# --- selectors, in AWS's words


class _DataResource(Struct, frozen=True):
    Type: str = ""
    Values: tuple[str, ...] = ()


class _Selector(Struct, frozen=True):
    ReadWriteType: str = "All"
    IncludeManagementEvents: bool = True
    DataResources: tuple[_DataResource, ...] = ()
    ExcludeManagementEventSources: tuple[str, ...] = ()


class _Field(Struct, frozen=True):
    Field: str
    Equals: tuple[str, ...] = ()
    NotEquals: tuple[str, ...] = ()


class _AdvancedSelector(Struct, frozen=True):
    FieldSelectors: tuple[_Field, ...] = ()


class Selectors(Struct, frozen=True):
    """The answer of ``GetEventSelectors``; a trail has either kind."""

    TrailARN: str = ""
    EventSelectors: tuple[_Selector, ...] | None = None
    AdvancedEventSelectors: tuple[_AdvancedSelector, ...] | None = None


# --- what is known of a trail


class Recorded(Struct, frozen=True, order=True):
    """Events that a trail records."""

    #: ``Management``, ``Data`` or ``NetworkActivity``.
    category: str
    #: The type of resources (``AWS::S3::Object``), or the source of network activity
    #: (``kms.amazonaws.com``); empty where it is all.
    what: str = ""
    reads: bool = True
    writes: bool = True
    #: Sources of events that are left out.
    excluded: tuple[str, ...] = ()
    #: By which fields it is narrowed further, as ``resources.ARN``.
    only: tuple[str, ...] = ()


class Trail(Struct, frozen=True):
    """A trail. ``None`` is what nobody asked about: a file tells its selectors only."""

    #: Its ARN where that is known, else as it was named.
    name: str
    recorded: tuple[Recorded, ...]
    #: ``s3://bucket/prefix``.
    bucket: str = ""
    home_region: str = ""
    all_regions: bool | None = None
    organization: bool | None = None
    global_services: bool | None = None
    validated: bool | None = None
    logs_now: bool | None = None

    def of(self, category: str) -> tuple[Recorded, ...]:
        """What it records of *category*."""
        return tuple(each for each in self.recorded if each.category == category)


def of_file(name: str, text: bytes) -> Trail:
    """What the JSON of ``aws cloudtrail get-event-selectors`` says.

    :raises ValueError: it is none.
    """
    try:
        with decoding.here:
            selectors = msgspec.json.decode(text, type=Selectors)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if selectors.EventSelectors is None and selectors.AdvancedEventSelectors is None:
        raise ValueError("neither EventSelectors nor AdvancedEventSelectors is in it")
    return Trail(selectors.TrailARN or name, recorded_by(selectors))


def ask(session: Any, name: str) -> Trail:
    """What AWS says of the trail *name*, which may be an ARN.

    :param session: of botocore, with the policy in force.
    :raises Refused: AWS does not tell.
    :raises BotoCoreError: no credentials, region or connection, or the policy refuses.
    """
    trail = _asked(_client(session, _region(name)), name, "get_trail")["Trail"]
    arn = trail.get("TrailARN") or name
    home = trail.get("HomeRegion") or _region(arn)
    client = _client(session, home)  # only there is it known what it selects
    selectors = _asked(client, arn, "get_event_selectors", "TrailName")
    status = _asked(client, arn, "get_trail_status")
    prefix = trail.get("S3KeyPrefix")
    return Trail(
        arn,
        recorded_by(msgspec.convert(selectors, Selectors)),
        f"s3://{trail.get('S3BucketName', '')}/{f'{prefix}/' if prefix else ''}",
        home or "",
        trail.get("IsMultiRegionTrail"),
        trail.get("IsOrganizationTrail"),
        trail.get("IncludeGlobalServiceEvents"),
        trail.get("LogFileValidationEnabled"),
        status.get("IsLogging"),
    )


def _region(name: str) -> str | None:
    """Of an ARN; ``None`` of what is none."""
    parts = name.split(":")
    return parts[3] if name.startswith("arn:") and len(parts) > 3 else None


def _client(session: Any, region: str | None) -> Any:
    return session.create_client("cloudtrail", region, config=PATIENCE)


def _asked(client: Any, name: str, operation: str, parameter: str = "Name") -> Any:
    action = action_of("cloudtrail", operation)
    try:
        return getattr(client, operation)(**{parameter: name})
    except ClientError as error:
        said = why(error, action)
        if code_of(error) == "TrailNotFoundException":
            region = client.meta.region_name
            said = f"not in {region}: give its ARN, or set AWS_DEFAULT_REGION to its home region"
        raise Refused(f"--trail {name}: {said}") from None


# --- what selectors select


def recorded_by(selectors: Selectors) -> tuple[Recorded, ...]:
    """What *selectors* record, each kind once."""
    made = [
        *_by_basic(selectors.EventSelectors or ()),
        *(each for one in selectors.AdvancedEventSelectors or () for each in _by_advanced(one)),
    ]
    return tuple(_united(made))


def _by_basic(selectors: Iterable[_Selector]) -> Iterator[Recorded]:
    for selector in selectors:
        reads = selector.ReadWriteType != "WriteOnly"
        writes = selector.ReadWriteType != "ReadOnly"
        if selector.IncludeManagementEvents:
            excluded = tuple(sorted(selector.ExcludeManagementEventSources))
            yield Recorded("Management", "", reads, writes, excluded)
        for resource in selector.DataResources:
            # ``arn:aws:s3`` is all of them, as is ``arn:aws:s3:::``; what names more is fewer.
            named = not any(_is_all(value) for value in resource.Values)
            only = ("resources.ARN",) if named else ()
            yield Recorded("Data", resource.Type, reads, writes, (), only)


def _is_all(arn: str) -> bool:
    parts = arn.rstrip("/").split(":")
    return arn.startswith("arn:") and not any(parts[3:])


def _by_advanced(selector: _AdvancedSelector) -> Iterator[Recorded]:
    fields = {each.Field: each for each in selector.FieldSelectors}
    category = fields.pop("eventCategory", _Field(""))
    read_only = fields.pop("readOnly", _Field(""))
    says = {*read_only.Equals} or {"true", "false"} - {*read_only.NotEquals}
    reads, writes = "true" in says, "false" in says
    source = fields.get("eventSource", _Field(""))
    excluded: tuple[str, ...] = ()
    whats: Sequence[str] = ("",)
    if set(category.Equals) == {"NetworkActivity"} and source.Equals:
        whats = source.Equals
        del fields["eventSource"]
    elif set(category.Equals) == {"Data"} and "resources.type" in fields:
        whats = fields.pop("resources.type").Equals
    elif source.NotEquals and source == _Field("eventSource", NotEquals=source.NotEquals):
        excluded = tuple(sorted(source.NotEquals))
        del fields["eventSource"]
    for each in category.Equals:
        for what in whats:
            yield Recorded(each, what, reads, writes, excluded, tuple(sorted(fields)))


def _united(made: Iterable[Recorded]) -> Iterator[Recorded]:
    """Each kind of events once: what one selector leaves out, another may record."""
    kinds: dict[tuple[str, str], list[Recorded]] = {}
    for each in made:
        kinds.setdefault((each.category, each.what), []).append(each)
    for (category, what), alike in sorted(kinds.items()):
        whole = [each for each in alike if not each.only]
        if not whole:
            only = sorted({field for each in alike for field in each.only})
            reads, writes = any(e.reads for e in alike), any(e.writes for e in alike)
            yield Recorded(category, what, reads, writes, (), tuple(only))
            continue
        reads, writes = any(e.reads for e in whole), any(e.writes for e in whole)
        excluded = sorted(
            source
            for source in {source for each in whole for source in each.excluded}
            if not _records_all(source, whole, reads, writes)
        )
        yield Recorded(category, what, reads, writes, tuple(excluded))


def _records_all(source: str, whole: Iterable[Recorded], reads: bool, writes: bool) -> bool:
    """Are events of *source* recorded as those of all others?"""
    those = [each for each in whole if source not in each.excluded]
    return any(e.reads for e in those) >= reads and any(e.writes for e in those) >= writes
