"""CloudTrail's digest files: what each says of an hour's log files and of the digest before it.

A digest names the log files that were delivered in its hour, with the hash of each, and repeats the
hash and the signature of the previous digest. Its own signature is in no file: it stands in the
object's metadata in the bucket, and in the next digest. Files are read here; whether what they say
holds is :mod:`.integrity`'s.
"""

# No ``from __future__ import annotations``: msgspec would evaluate every text again at the start.

import datetime
import re
from collections.abc import Callable, Iterable
from hashlib import sha256

import msgspec
from msgspec import Struct

from ..process import decoding
from .fetching import Digest as Text
from .sources import Period

__all__ = ["ChainName", "Digest", "Place", "decode", "needed", "read_digests"]

#: Bucket and key.
Place = tuple[str, str]

_NAME = re.compile(
    r"(?:^|/)(?P<account>\d{12})_CloudTrail-Digest_(?P<region>[^_/]+)_(?P<trail>[^/]+)"
    r"_(?P<time>\d{8}T\d{6}Z)(?P<backfill>_backfill)?\.json\.gz$",
    re.ASCII,
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")


class _Log(Struct, rename="camel"):
    s3_object: str
    hash_value: str
    hash_algorithm: str


class _Digest(Struct, rename="camel"):
    """As CloudTrail writes it; what is of no use here may be anything."""

    digest_start_time: str
    digest_end_time: str
    digest_s3_bucket: str
    digest_s3_object: str
    digest_public_key_fingerprint: str
    digest_signature_algorithm: str
    previous_digest_signature: str | None
    log_files: list[_Log]
    previous_digest_s3_bucket: str | None = None
    previous_digest_s3_object: str | None = None
    previous_digest_hash_value: str | None = None
    previous_digest_hash_algorithm: str | None = None


class ChainName(Struct, frozen=True, order=True):
    """Whose digests follow each other."""

    account: str
    region: str
    #: Its name and home region: ``trail_us-east-1``.
    trail: str
    #: Digests that CloudTrail made later, of hours that it had left out.
    backfill: bool = False


class Digest(Struct, frozen=True):
    """What one says."""

    #: Where it was read.
    path: str
    #: Where it says that CloudTrail put it.
    place: Place
    chain: ChainName
    #: Of the deliveries that it is about: ``2026-11-22T10:00:31Z``.
    begin: str
    end: str
    #: Of the key that signed it.
    fingerprint: str
    algorithm: str
    #: SHA-256 of its text, in hexadecimal digits, as all hashes here.
    hash: str
    #: The digest before it; ``None``: it is the first of its chain.
    previous: Place | None
    previous_hash: str
    #: In hexadecimal digits.
    previous_signature: str | None
    #: Key and hash of each log file.
    logs: tuple[tuple[str, str], ...]
    #: Its own, in hexadecimal digits, where the bucket's metadata told it.
    signature: str = ""

    @property
    def signed_text(self) -> bytes:
        """What CloudTrail signs."""
        place = "/".join(self.place)
        previous = self.previous_signature or "null"
        return f"{self.end}\n{place}\n{self.hash}\n{previous}".encode("utf-8", "surrogatepass")


def needed(paths: Iterable[str], period: Period) -> list[str]:
    """Those of digests that may be about deliveries of *period*, and of whoever vouches for them.

    What happened on a day may be delivered on the next, is in a digest of the day after at the
    latest, and that one's signature in the digest that follows.
    """
    late = period.last and period.last + datetime.timedelta(days=2)
    return [path for path in paths if Period(period.first, late).may_hold(path)]


def read_digests(
    texts: Iterable[Text], advance: Callable[[], None] = lambda: None
) -> tuple[list[Digest], list[tuple[str, str]]]:
    """What *texts* say; and the paths of those that cannot be read, and why.

    :param advance: called for each.
    """
    digests: list[Digest] = []
    bad: list[tuple[str, str]] = []
    for each in texts:
        try:
            if each.why:
                raise ValueError(each.why)
            digests.append(decode(each.text, each.path, each.signature))
        except ValueError as error:
            bad.append((each.path, str(error)))
        advance()
    return digests, bad


def decode(text: bytes, path: str, signature: str = "") -> Digest:
    """The digest in *text*.

    :raises ValueError: it is none.
    """
    try:
        with decoding.here:
            said = msgspec.json.decode(text, type=_Digest)
    except UnicodeDecodeError:
        raise ValueError("no UTF-8") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"no digest of CloudTrail: {error}") from None
    name = _NAME.search(said.digest_s3_object)
    times = (said.digest_start_time, said.digest_end_time)
    if name is None or not all(map(_TIME.fullmatch, times)) or times[0] > times[1]:
        raise ValueError("no digest of CloudTrail: its name or its hours are none of a digest's")
    hashes = [(log.hash_algorithm, log.hash_value) for log in said.log_files]
    previous = None
    if said.previous_digest_s3_bucket is not None and said.previous_digest_s3_object is not None:
        previous = (said.previous_digest_s3_bucket, said.previous_digest_s3_object)
        hashes.append(
            (said.previous_digest_hash_algorithm or "", said.previous_digest_hash_value or "")
        )
    for algorithm, value in hashes:
        if algorithm != "SHA-256" or not _HASH.fullmatch(value.lower()):
            raise ValueError("a hash in it is none of SHA-256")
    return Digest(
        path,
        (said.digest_s3_bucket, said.digest_s3_object),
        ChainName(name["account"], name["region"], name["trail"], bool(name["backfill"])),
        *times,
        said.digest_public_key_fingerprint,
        said.digest_signature_algorithm,
        sha256(text).hexdigest(),
        previous,
        (said.previous_digest_hash_value or "").lower(),
        said.previous_digest_signature,
        tuple((log.s3_object, log.hash_value.lower()) for log in said.log_files),
        signature,
    )
