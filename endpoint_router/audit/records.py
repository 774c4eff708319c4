"""A record of CloudTrail: the few fields that an audit needs, and how they are decoded.

All else in a record is skipped, not built. Fields are named as CloudTrail names them; versions 1.0
to 1.11 differ only in which of them are there. Nothing here knows what a field means.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import msgspec
from msgspec import Struct

from ..process import decoding
from .foreign import NO_RECORDS, as_utf8

_Text = str | None
#: ``true`` in some services' records, ``"true"`` in those of others.
_Flag = bool | str | None


class _Record(Struct, rename="camel", frozen=True, gc=False):
    """Base: nothing in a record refers back to it, so the garbage collector need not look."""


class SessionIssuer(_Record, frozen=True, gc=False):
    """The role behind a session."""

    arn: _Text = None


class SessionContext(_Record, frozen=True, gc=False):
    """Whence the credentials come."""

    session_issuer: SessionIssuer | None = None


class Identity(_Record, frozen=True, gc=False):
    """Who called."""

    type: _Text = None
    account_id: _Text = None
    user_name: _Text = None
    invoked_by: _Text = None
    session_context: SessionContext | None = None


class Tls(_Record, frozen=True, gc=False):
    """What the service's front saw of TLS; any of it may be missing."""

    tls_version: _Text = None
    client_provided_host_header: _Text = None


class Addendum(Struct, frozen=True, gc=False):
    """This record stands in the place of another one."""

    original_event_id: _Text = msgspec.field(default=None, name="originalEventID")


class RequestDetails(_Record, frozen=True, gc=False):
    """STS's own."""

    aws_serving_region: _Text = None


class Additional(Struct, frozen=True, gc=False):
    """What a service adds; STS in which region it answered, S3 how a request was signed."""

    details: RequestDetails | None = msgspec.field(default=None, name="RequestDetails")
    aws_serving_region: _Text = msgspec.field(default=None, name="awsServingRegion")
    authentication_method: _Text = msgspec.field(default=None, name="AuthenticationMethod")


class Record(_Record, frozen=True, gc=False):
    """One record. ``None`` is what is missing."""

    # Those that NOT_ALIKE counts.
    event_time: _Text = None
    event_id: _Text = msgspec.field(default=None, name="eventID")
    tls_details: Tls | None = None
    # With these, those that SELDOM_ALIKE counts.
    addendum: Addendum | None = None
    shared_event_id: _Text = msgspec.field(default=None, name="sharedEventID")
    # What is the same in records that are alike; as CloudTrail writes them, in whose order they
    # are looked for.
    event_version: _Text = None
    user_identity: Identity | None = None
    event_source: _Text = None
    event_name: _Text = None
    aws_region: _Text = None
    user_agent: _Text = None
    additional_event_data: Additional | None = None
    event_type: _Text = None
    management_event: _Flag = None
    recipient_account_id: _Text = None
    event_category: _Text = None
    vpc_endpoint_id: _Text = None
    vpc_endpoint_account_id: _Text = None
    session_credential_from_console: _Flag = None


#: So many fields tell a record from others that are alike; they come first. Behind them are those
#: that make of a record one of its own, if they are there at all.
NOT_ALIKE, SELDOM_ALIKE = 3, 5


class _Event(Struct, gc=False):
    """A record as ``aws cloudtrail lookup-events`` prints it: JSON in JSON."""

    text: msgspec.Raw = msgspec.field(name="CloudTrailEvent")


class _Log(Struct, gc=False):
    """A file as CloudTrail delivers it, or ``lookup-events`` prints it; each record is text."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="Records")
    events: list[_Event] | None = msgspec.field(default=None, name="Events")
    #: There are more events, which were not asked for.
    next_token: _Text = msgspec.field(default=None, name="NextToken")
    #: It is one event, on a line of its own.
    event: _Text = msgspec.field(default=None, name="CloudTrailEvent")


class Foreign(Exception):
    """It is no log of CloudTrail's; the text says why."""


#: Records that are looked at together: they fit a cache.
_AT_ONCE = 128
#: Between two files' texts in one; neither in a file's text nor in a string of it.
_SEAM, _MENDED = b']}{"Records"', b']}\n{"Records"'

_MORE = (
    "a page of events, and NextToken says that there are more: leave out --max-items and "
    "--no-paginate; where all pages are here, take NextToken out of them"
)

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def decode(text: bytes) -> Iterator[Record]:
    """The records of a file, so that no more than its text is held.

    It is as CloudTrail delivers it, several such in a row, a list, a record on each line, or what
    ``aws cloudtrail lookup-events`` prints, perhaps after a ``--query``.

    :raises Foreign: it is something else, or broken in any place; perhaps once that is reached.
    """
    return chain.from_iterable(_checked(_some_by_some(text)))


def decode_lists(lists: Iterable[bytes]) -> Iterator[Record]:
    """The records of a file that is cut into *lists*; otherwise as :func:`decode`."""
    return chain.from_iterable(_checked(map(_of(list[Record]).decode, lists)))


def _checked(lists: Iterable[list[Record]]) -> Iterator[list[Record]]:
    """Say what is wrong in one way, and whether none of them is CloudTrail's."""
    some = ours = False
    try:
        for records in lists:
            some = some or bool(records)
            ours = ours or any(each.event_source and each.event_name for each in records)
            yield records
    except msgspec.DecodeError as error:
        raise Foreign(str(error)) from None
    except UnicodeDecodeError:
        raise Foreign("no UTF-8") from None
    except RecursionError:
        raise Foreign("nested by the thousand") from None
    if some and not ours:
        raise Foreign(NO_RECORDS)


def _some_by_some(text: bytes) -> Iterator[list[Record]]:
    raws = iter(_raws(as_utf8(text)))
    decode = _of(Record).decode
    while some := [decode(raw) for raw in islice(raws, _AT_ONCE)]:
        yield some


def _raws(text: bytes) -> Iterable[msgspec.Raw | bytes | str]:
    """Each record's own text."""
    start = text[:1] if text[:1] == b"{" else text.lstrip()[:1]
    if start == b"[":
        return _listed(_of(list[msgspec.Raw]).decode(text))
    if start != b"{":
        raise Foreign("no JSON" if start else "empty")
    try:
        return _in(_of(_Log).decode(text), text)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Several in a row, perhaps: the first of them ends before the text does.
        lines = _of(msgspec.Raw).decode_lines(text.replace(_SEAM, _MENDED))
        return [raw for line in lines for raw in _in(_of(_Log).decode(line), line)]


def _listed(items: list[msgspec.Raw]) -> Iterable[msgspec.Raw | str]:
    """Records, or what ``--query`` leaves of events: these, or their texts alone."""
    first = bytes(items[0]) if items else b""
    if first[:1] == b'"':
        return map(_of(str).decode, items)
    try:
        _of(_Event).decode(first)
    except msgspec.DecodeError:
        return items
    events = [_of(_Event).decode(item).text for item in items]
    return map(_of(str).decode, events)


def _in(log: _Log, text: bytes) -> Iterable[msgspec.Raw | bytes | str]:
    if log.event is not None:
        return [log.event]
    if log.events is not None:
        if log.next_token is not None:
            raise Foreign(_MORE)
        return map(_of(str).decode, [event.text for event in log.events])
    return [text] if log.records is None else log.records


def _of(kind: Any) -> msgspec.json.Decoder[Any]:
    decoder = _decoders.get(kind)
    if decoder is None:
        # A type may be new to msgspec, which no two threads may tell it at once.
        with decoding.here:
            decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder
