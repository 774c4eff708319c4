"""A trail with digests, and what comes of files that are held against them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from endpoint_router.audit.digests import needed, read_digests
from endpoint_router.audit.fetching import digests_of
from endpoint_router.audit.integrity import Integrity, verify
from endpoint_router.audit.public_keys import Keys, decode
from endpoint_router.audit.reading import read
from endpoint_router.audit.sources import Period, find

from .digested import KEY, Trail, listed

#: The day of the events; deliveries of the day after count as well.
DAY = datetime.date(2026, 11, 20)
ONE_DAY = Period(DAY, DAY)
KEYS = Keys(decode(listed(KEY)))


def checked(
    root: Path,
    period: Period = ONE_DAY,
    keys: Keys = KEYS,
    said: tuple[Path, str] | None = None,
) -> Integrity:
    """What ``--digests`` comes to.

    :param said: by the bucket: how the digest at this path was signed.
    """
    files = find([str(root)], period)
    known = read(files, period, hashed=True)
    digests, bad = read_digests(
        digests_of(replace(files, digests=tuple(needed(files.digests, period))))
    )
    for at, digest in enumerate(digests):
        if said is not None and digest.path == str(said[0]):
            digests[at] = replace(digest, signature=said[1])
    return verify(digests, bad, keys, known.hashes, [path for path, _ in known.bad], period)


def kinds(integrity: Integrity) -> dict[str, int]:
    return {str(kind): count for kind, count in integrity.wrong.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    return Trail(tmp_path_factory.mktemp("whole"), day="2026-11-19").hours(24 * 3 + 2)


@pytest.fixture
def trail(whole: Trail, tmp_path: Path) -> Trail:
    """From one day before until two after."""
    return whole.copied(tmp_path / "trail")
