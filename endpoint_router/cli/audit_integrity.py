"""``endpoint-router audit --digests``: reads the digests, finds their keys, and has them verified.

Whether they hold is :mod:`endpoint_router.audit.integrity`'s; the words are
:mod:`.audit_integrity_text`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from ..audit.digests import Digest, needed, read_digests
from ..audit.fetching import digests_of
from ..audit.foreign import as_utf8
from ..audit.integrity import Integrity, verify
from ..audit.public_keys import Keys, ask_keys, decode
from ..audit.reading import Read
from ..audit.sources import Files, Period, Unreadable, text_of
from .output import BadInput
from .progress import progress

__all__ = ["integrity_of", "keys_in"]


def keys_in(paths: Sequence[str]) -> Keys | None:
    """The public keys of these files; ``None`` without files.

    :raises BadInput: one has none.
    """
    known = {}
    for path in paths:
        try:
            known.update(decode(as_utf8(text_of(path))))
        except (Unreadable, ValueError) as error:
            wanted = "what aws cloudtrail list-public-keys prints as JSON"
            raise BadInput(f"--public-keys: {path}: {error}; expected {wanted}") from None
    return Keys(known) if paths else None


def integrity_of(
    files: Files,
    read: Read,
    period: Period,
    keys: Keys | None,
    session: Callable[[], Any],
) -> Integrity:
    """Whether *files* are as CloudTrail delivered them.

    :param read: with hashes.
    :param keys: ``None``: AWS is asked for them, by a *session*.
    """
    paths = needed(files.digests, period)
    with progress("digests", len(paths)) as advance:
        digests, bad = read_digests(digests_of(replace(files, digests=tuple(paths))), advance)
    if keys is None:
        keys = _asked(digests, session)
    return verify(digests, bad, keys, read.hashes, [path for path, _ in read.bad], period)


def _asked(digests: Sequence[Digest], session: Callable[[], Any]) -> Keys:
    if not digests:
        return Keys({})
    since = min(digest.begin for digest in digests)
    return ask_keys(session(), sorted({digest.chain.region for digest in digests}), since)
