"""CloudTrail's public keys, which verify its digests: from a file, or asked for by ListPublicKeys.

Each region has keys of its own, and changes them now and then; a digest names its key by a
fingerprint. Whoever gives a file with keys vouches for it.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from ..discover.asking import TWICE
from ..process import decoding
from .rsa import PublicKey, public_key

__all__ = ["Keys", "ask_keys", "decode"]

#: A key may have been made, or changed, within the hour of a digest that it signs.
_MARGIN = datetime.timedelta(hours=2)


class _Key(Struct):
    Fingerprint: str
    #: In base64 where it is JSON, which msgspec undoes.
    Value: bytes


class _Keys(Struct):
    """An answer, or a page of one."""

    PublicKeyList: list[_Key]
    NextToken: str | None = None


class Keys(Struct, frozen=True):
    """Those that are known."""

    #: By fingerprint.
    known: Mapping[str, PublicKey]
    #: What kept others from being known.
    why_no_more: str = ""


def decode(answer: bytes | Mapping[str, object]) -> dict[str, PublicKey]:
    """The keys in *answer*, by fingerprint: JSON of the AWS CLI, or what botocore makes of it.

    :raises ValueError: it holds none.
    """
    try:
        with decoding.here:
            if isinstance(answer, bytes):
                keys = msgspec.json.decode(answer, type=_Keys)
            else:
                keys = msgspec.convert(answer, _Keys)
        return {key.Fingerprint: public_key(key.Value) for key in keys.PublicKeyList}
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None


def ask_keys(
    session: Any,
    regions: Iterable[str],
    since: str,
    *,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc),
) -> Keys:
    """The keys of each region, from *since* (``2026-11-22T10:00:31Z``) on until now.

    Until now, because a digest of an hour may be made days later. Where AWS does not answer, the
    others are known, and the answer says why not all are.
    """
    begin = datetime.datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ") - _MARGIN
    known: dict[str, PublicKey] = {}
    problems: list[str] = []
    for region in regions:
        try:
            client = session.create_client("cloudtrail", region, config=TWICE)
            for page in _pages(client, begin, now()):
                known.update(decode(page))
        except (BotoCoreError, ClientError, ValueError) as error:
            problems.append(f"{region}: {error}")
    return Keys(known, "; ".join(problems))


def _pages(
    client: Any, begin: datetime.datetime, end: datetime.datetime
) -> Iterator[dict[str, Any]]:
    # Refuses a token that comes again, which would never end.
    yield from client.get_paginator("list_public_keys").paginate(StartTime=begin, EndTime=end)
