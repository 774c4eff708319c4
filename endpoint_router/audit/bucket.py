"""Files in buckets: which there are of the days asked for, and one by one the text of each.

A trail of years is not listed to read three days: folders are walked down to where the order of
keys is that of their days, and a list begins there at the first and ends after the last. Buckets
that are laid out otherwise are walked whole. What the layout is, is :mod:`.layout`'s.

What is asked goes through a client that the caller made, by the policy of its session.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from msgspec import Struct

from ..discover.asking import PATIENCE, Refused
from ..sdk.seams_urllib3 import set_protocols_once
from ..workers import Workers
from .fetching import THREADS
from .layout import Asked
from .refusals import is_denied, stops, why
from .sources import ASIDE, LONGEST, Files, Period, Unreadable

#: A bucket, or the ARN of an access point; and what is in it.
_NAME = re.compile(r"s3://(arn:[^/]+:accesspoint/[^/]+|[^/]+)(?:/(.*))?", re.DOTALL)
#: Times that a text is asked for which breaks off: botocore asks again only until it begins.
_TRIES = 3
_BROKEN_OFF = (
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
#: Objects that may not be had, where none could be, for which there is no hope.
_HOPELESS = 20
#: Bytes that are written at once.
_CHUNK = 1 << 20

#: Makes what is called for each page of a list.
Listing = Callable[[], AbstractContextManager[Callable[[], None]]]


def client_of(session: Any) -> Any:
    """The client to ask with.

    :param session: of botocore, with the policy in force.
    """
    config: Any = PATIENCE.merge(Config(max_pool_connections=THREADS))
    client = session.create_client("s3", config=config)
    set_protocols_once(client)
    return client


class Bucket:
    """The :class:`.sources.Store` of all sources that are in buckets.

    :param client: of S3, as of :func:`client_of`.
    """

    def __init__(self, client: Any, listing: Listing = lambda: nullcontext(lambda: None)) -> None:
        self._client, self._listing = client, listing
        self._lock = threading.Lock()
        self._denied = 0
        self._had = False

    # --- which there are

    def find(self, sources: Iterable[str], period: Period, digests: bool) -> Files:
        """What there is at *sources*.

        :raises Refused: nothing can be said of one of them.
        :raises BotoCoreError: no credentials, no connection, or the policy refuses.
        """
        found = _Found(Asked(period, digests))
        workers: Workers[_Seen] = Workers(THREADS, "endpoint_router-list")
        under_way: dict[Future[_Seen], _Folder] = {}
        try:
            with self._listing() as advance:
                for source in sources:
                    for folder in self._start(source, found):
                        look = partial(self._look, folder, found.asked, advance)
                        under_way[workers.give(look)] = folder
                while under_way:
                    for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                        for folder in found.add(under_way.pop(future), future.result()):
                            look = partial(self._look, folder, found.asked, advance)
                            under_way[workers.give(look)] = folder
        finally:
            workers.dismiss()
        return found.files(self)

    def _start(self, source: str, found: _Found) -> tuple[_Folder, ...]:
        """Where to begin: nowhere, if *source* is an object, or nothing."""
        bucket, prefix = _split(source)
        folder = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        try:
            first = self._first(bucket, prefix)
            if first and folder != prefix == first["Key"]:
                found.take(bucket, prefix, first["Size"], named=True)
                return ()
            if first and not first["Key"].startswith(folder):
                first = self._first(bucket, folder)  # another's name begins alike, too
        except ClientError as error:
            raise Refused(f"{source}: {why(error, 's3:ListBucket')}") from None
        if not first:
            found.bad[source] = "nothing is there"
            return ()
        return (_Folder(bucket, folder),)

    def _first(self, bucket: str, prefix: str) -> Any:
        """Of the objects whose keys begin with *prefix*, the first."""
        page = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        return next(iter(page.get("Contents", ())), None)

    def _look(self, folder: _Folder, asked: Asked, advance: Callable[[], None]) -> _Seen:
        """What is directly in *folder*; where that is one of days, all below it."""
        seen = _Seen([], [])
        days = asked.days(folder.prefix)
        options = {"Delimiter": "/"} if days is None else {}
        if days and days.after:
            options["StartAfter"] = days.after
        try:
            for page in self._pages(folder, options):
                advance()
                keys = [(each["Key"], each["Size"]) for each in page.get("Contents", ())]
                seen.folders += [each["Prefix"] for each in page.get("CommonPrefixes", ())]
                if days and days.before and keys and keys[-1][0] >= days.before:
                    seen.keys += [pair for pair in keys if pair[0] < days.before]
                    break
                seen.keys += keys
        except ClientError as error:
            if stops(error):
                raise Refused(f"{folder}: {why(error, 's3:ListBucket')}") from None
            seen.why = why(error, "s3:ListBucket")
        return seen

    def _pages(self, folder: _Folder, options: Mapping[str, str]) -> Iterator[Any]:
        # Refuses a token that comes again, which would never end.
        paginator = self._client.get_paginator("list_objects_v2")
        yield from paginator.paginate(Bucket=folder.bucket, Prefix=folder.prefix, **options)

    # --- what stands in them

    def fetch(self, name: str, into: str) -> Mapping[str, str]:
        """Write the object *name* into the file *into*; its metadata, by names in lower case.

        :raises Unreadable: this one cannot be had.
        :raises Refused: none can.
        :raises BotoCoreError: no credentials, no connection, or the policy refuses.
        """
        bucket, key = _split(name)
        broken: Exception | None = None
        for _ in range(_TRIES):
            try:
                answer = self._client.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                raise self._refused(name, error) from None
            except (ConnectionClosedError, ReadTimeoutError) as error:
                raise Unreadable(str(error)) from None  # botocore has tried again
            try:
                _write(answer["Body"], into)
            except _BROKEN_OFF as error:
                broken = error
                continue
            self._had = True
            said = answer.get("Metadata", {})
            return {str(word).lower(): str(text) for word, text in said.items()}
        raise Unreadable(f"broke off {_TRIES} times: {broken}")

    def _refused(self, name: str, error: ClientError) -> Exception:
        said = why(error, "s3:GetObject")
        if stops(error):
            return Refused(f"{name}: {said}")
        with self._lock:
            self._denied += is_denied(error)
            if self._denied >= _HOPELESS and not self._had:
                return Refused(f"{name}, and none of {self._denied} others: {said}")
        return Unreadable(said)


class _Folder(Struct, frozen=True):
    """A place to look at; its prefix is empty, or ends with a slash."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


class _Seen(Struct):
    """What is at one place: keys with their size in bytes, and folders."""

    keys: list[tuple[str, int]]
    folders: list[str]
    #: It could not be listed to its end.
    why: str = ""


class _Found:
    """What was found by now."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.bad: dict[str, str] = {}
        self._logs: dict[str, int] = {}
        self._aside = dict.fromkeys(ASIDE, 0)
        self._digests: list[str] = []
        #: Names of what was set aside: sources may overlap.
        self._known: set[str] = set()

    def add(self, folder: _Folder, seen: _Seen) -> Iterator[_Folder]:
        """Keep what was *seen* in *folder*; which folders are to be looked at next."""
        if seen.why:
            self.bad[str(folder)] = seen.why
        for key, size in seen.keys:
            if not key.endswith("/"):  # what consoles make for an empty folder
                self.take(folder.bucket, key, size)
        for prefix in seen.folders:
            if self.asked.is_worth(prefix):
                yield _Folder(folder.bucket, prefix)

    def take(self, bucket: str, key: str, size: int, *, named: bool = False) -> None:
        """Keep one object."""
        name = f"s3://{bucket}/{key}"
        if name in self._logs or name in self._known:
            return
        kind = self.asked.kind(key, named)
        if kind:
            self._known.add(name)
            self._aside[kind] += 1
            if kind == "digests":
                self._digests.append(name)
        elif size > LONGEST:
            self.bad[name] = f"longer than {LONGEST >> 20} MiB"
        else:
            self._logs[name] = size

    def files(self, store: Bucket) -> Files:
        """All of it, in order."""
        return Files(
            tuple(sorted(self._logs.items())),
            self._aside,
            tuple(sorted(self._digests)),
            tuple(sorted(self.bad.items())),
            store,
        )


def _split(name: str) -> tuple[str, str]:
    """Bucket and key.

    :raises Refused: that names none.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise Refused(f"found {name}, expected s3://bucket/prefix")
    return match[1], match[2] or ""


def _write(body: Any, into: str) -> None:
    try:
        with closing(body), open(into, "wb") as file:
            file.writelines(body.iter_chunks(_CHUNK))
    except _BROKEN_OFF:
        raise  # some are errors of the system, too
    except OSError as error:
        raise Refused(f"{into}: {error.strerror or error}") from None
