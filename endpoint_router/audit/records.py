"""A record of CloudTrail: the few fields that an audit needs, and how they are decoded.

All else in a record is skipped, not built. Fields are named as CloudTrail names them; versions 1.0
to 1.11 differ only in which of them are there. Nothing here knows what a field means.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from ..process import decoding

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
    """What a service adds; STS in which region it answered."""

    details: RequestDetails | None = msgspec.field(default=None, name="RequestDetails")
    aws_serving_region: _Text = msgspec.field(default=None, name="awsServingRegion")


class Record(_Record, frozen=True, gc=False):
    """One record. ``None`` is what is missing."""

    # Those that NOT_ALIKE counts.
    event_time: _Text = None
    event_id: _Text = msgspec.field(default=None, name="eventID")
    shared_event_id: _Text = msgspec.field(default=None, name="sharedEventID")
    addendum: Addendum | None = None
    # What is the same in records that are alike.
    event_source: _Text = None
    event_name: _Text = None
    event_version: _Text = None
    event_type: _Text = None
    event_category: _Text = None
    management_event: _Flag = None
    aws_region: _Text = None
    recipient_account_id: _Text = None
    user_identity: Identity | None = None
    user_agent: _Text = None
    vpc_endpoint_id: _Text = None
    vpc_endpoint_account_id: _Text = None
    tls_details: Tls | None = None
    session_credential_from_console: _Flag = None
    additional_event_data: Additional | None = None


#: So many fields tell a record from others that are alike; they come first.
NOT_ALIKE = 4


class _Log(Struct, gc=False):
    """A file as CloudTrail delivers it."""

    records: list[Record] | None = msgspec.field(default=None, name="Records")


class _LongLog(Struct, gc=False):
    """The same, its records still text."""

    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="Records")


class Foreign(Exception):
    """It is no log of CloudTrail's; the text says why."""


_NOT_CLOUDTRAILS = "no records of CloudTrail in it"
#: Bytes of a text whose records are decoded one by one: all at once take twice its size.
_LONG = 8 << 20

_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def decode(text: bytes) -> Iterable[Record]:
    """The records of a file: as CloudTrail delivers it, a list, or a record on each line.

    :raises Foreign: it is something else, or broken in any place.
    """
    start = text.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] if text[:1] != b"{" else b"{"
    if not start:
        raise Foreign("empty")
    if start not in (b"{", b"["):
        raise Foreign("no JSON")
    # A type may be new to msgspec, which no two threads may tell it at once.
    with decoding.here:
        try:
            if start == b"[":
                return _checked(_of(list[Record]).decode(text))
            if len(text) > _LONG and b'"Records"' in text[:4096]:
                return _one_by_one(text)
            return _checked(_whole(text))
        except msgspec.DecodeError as error:
            raise Foreign(str(error)) from None
        except UnicodeDecodeError:
            raise Foreign("no UTF-8") from None
        except RecursionError:
            raise Foreign("nested by the thousand") from None


def _of(kind: Any) -> msgspec.json.Decoder[Any]:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


def _whole(text: bytes) -> list[Record]:
    try:
        records: list[Record] | None = _of(_Log).decode(text).records
    except msgspec.DecodeError as error:
        # A record on each line: the first of them ends before the text does.
        if isinstance(error, msgspec.ValidationError) or b"\n" not in text.strip():
            raise
        return list(_of(Record).decode_lines(text))
    return [_of(Record).decode(text)] if records is None else records


def _one_by_one(text: bytes) -> Iterable[Record]:
    """Twice, because none of them counts where one is broken."""
    raws = _of(_LongLog).decode(text).records
    if raws is None:
        raise Foreign("no Records in it")
    decoder = _of(Record)
    ours = sum(_is_cloudtrails(decoder.decode(raw)) for raw in raws)  # any() would stop at one
    if raws and not ours:
        raise Foreign(_NOT_CLOUDTRAILS)
    return (decoder.decode(raw) for raw in raws)


def _checked(records: list[Record]) -> list[Record]:
    """:raises Foreign: none of them is CloudTrail's."""
    if records and not any(map(_is_cloudtrails, records)):
        raise Foreign(_NOT_CLOUDTRAILS)
    return records


def _is_cloudtrails(record: Record) -> bool:
    return bool(record.event_source and record.event_name)
