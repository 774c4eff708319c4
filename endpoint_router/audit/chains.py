"""Digests in a row: which of them CloudTrail signed, and whether one is missing between them. Pure.

A digest's signature is repeated by its successor, so in files alone the newest one of a chain is
never verified. Two may be gone in a row, or a hundred: each digest names the one before it, and
what it names has to be there.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .digests import ChainName, Digest, Place
from .public_keys import Keys
from .rsa import PublicKey, verifies
from .sources import Period

__all__ = ["FAULTS", "Chain", "Fault", "Kind", "Known", "chains_of", "told"]

Kind = Literal[
    "log-changed",
    "log-missing",
    "log-uncovered",
    "digest-changed",
    "digest-invalid",
    "digest-missing",
    "digest-unreadable",
    "digest-no-key",
    "digest-unsigned",
    "chain-gap",
    "chain-ends",
]
#: What is wrong, worst first.
FAULTS: Mapping[Kind, str] = {
    "log-changed": "log files changed",
    "log-missing": "log files missing",
    "digest-changed": "digests changed",
    "digest-invalid": "digests with a wrong signature",
    "digest-missing": "digests missing",
    "digest-unreadable": "digests unreadable",
    "log-uncovered": "log files in no digest",
    "digest-no-key": "digests signed with an unknown key",
    "digest-unsigned": "digests whose signature is not known",
    "chain-gap": "gaps in chains",
    "chain-ends": "chains that end too early",
}
#: When a digest was made, in its name.
_TIME = re.compile(r"_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z[^/]*$", re.ASCII)


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is wrong."""

    kind: Kind
    what: Annotated[str, Meta(description="A file that is there or is not, or a chain.")]
    why: str


class Chain(Struct, frozen=True, order=True):
    """Digests that follow each other, as far as they are about the days asked for."""

    name: ChainName
    #: Deliveries from and to.
    begin: str
    end: str
    digests: int
    verified: int
    #: Its first digest says that there is none before it.
    began: bool


class Known:
    """The digests that are there, and which of them are verified."""

    def __init__(self, digests: Iterable[Digest], keys: Keys, faults: list[Fault]) -> None:
        self.at: dict[Place, Digest] = {}
        for digest in sorted(digests, key=lambda each: each.path):
            same = self.at.setdefault(digest.place, digest)
            if same.hash != digest.hash:
                faults.append(Fault("digest-changed", digest.path, f"{same.path} is another one"))
        self.keys: Mapping[str, PublicKey] = keys.known
        self._signatures: dict[Place, set[str]] = {}
        for digest in self.at.values():
            self._signatures.setdefault(digest.place, set()).add(digest.signature)
            if digest.previous is not None:
                repeated = digest.previous_signature or ""
                self._signatures.setdefault(digest.previous, set()).add(repeated)
        self._states: dict[Place, tuple[Kind | None, str]] = {}

    def by_chain(self) -> dict[ChainName, list[Digest]]:
        """In the order of time."""
        chains: dict[ChainName, list[Digest]] = {}
        for digest in sorted(self.at.values(), key=lambda each: (each.end, each.place)):
            chains.setdefault(digest.chain, []).append(digest)
        return chains

    def is_verified(self, digest: Digest) -> bool:
        """Has CloudTrail signed it?"""
        return self.state(digest)[0] is None

    def state(self, digest: Digest) -> tuple[Kind | None, str]:
        """What is wrong with its signature, and why; ``None`` where it is verified."""
        if digest.place not in self._states:
            self._states[digest.place] = self._state_of(digest)
        return self._states[digest.place]

    def _state_of(self, digest: Digest) -> tuple[Kind | None, str]:
        signatures = self._signatures[digest.place] - {""}
        if not signatures:
            return "digest-unsigned", ""
        key = self.keys.get(digest.fingerprint)
        if key is None:
            return "digest-no-key", f"fingerprint {digest.fingerprint}"
        if digest.algorithm != "SHA256withRSA":
            return "digest-invalid", f"signed by {digest.algorithm}"
        for signature in sorted(signatures):
            try:
                if verifies(key, digest.signed_text, bytes.fromhex(signature)):
                    return None, ""
            except ValueError:  # it is none in hexadecimal digits
                continue
        return "digest-invalid", ""


def chains_of(known: Known, period: Period, faults: list[Fault]) -> Iterator[Chain]:
    """The chains, in order; what is wrong with them goes to *faults*."""
    begin, end = _window(period)
    for name, members in sorted(known.by_chain().items()):
        asked = [each for each in members if each.end > begin and each.begin < end]
        if not asked:
            continue
        at = members.index(asked[0])
        before = members[at - 1] if at else None
        for digest in asked:
            faults += _links(digest, before, known, begin)
            kind, why = known.state(digest)
            # Without any key it is said once, and not of each.
            if kind is not None and not (kind == "digest-no-key" and not known.keys):
                faults.append(Fault(kind, digest.path, why))
            before = digest
        last = asked[-1].end
        if end != "~" and last < end and not name.backfill:
            faults.append(Fault("chain-ends", told(name), f"at {last}, wanted until {end}"))
        verified = sum(map(known.is_verified, asked))
        yield Chain(name, asked[0].begin, last, len(asked), verified, asked[0].previous is None)


def told(name: ChainName) -> str:
    """A chain in words."""
    late = ", backfill" if name.backfill else ""
    return f"{name.account} {name.region}, trail {name.trail}{late}"


def _window(period: Period) -> tuple[str, str]:
    """When what happened on these days was delivered; without an end, what is after all times.

    Of the day after the last one, too: late deliveries are read.
    """
    late = period.last and period.last + datetime.timedelta(days=2)
    begin = f"{period.first}T00:00:00Z" if period.first else ""
    return begin, f"{late}T00:00:00Z" if late else "~"


def _links(digest: Digest, before: Digest | None, known: Known, begin: str) -> Iterator[Fault]:
    """What is wrong between *digest* and the one that it names.

    :param before: the digest of this chain that is there, and before it in time.
    """
    place = digest.previous
    since = before.end if before is not None else begin
    stretch = f"nothing shows what was delivered from {since or 'earlier'} to {digest.begin}"
    if place is None:
        if before is not None and not digest.chain.backfill:
            why = f"the chain begins anew; {stretch}"
            yield Fault("chain-gap", told(digest.chain), why)
        return
    previous = known.at.get(place)
    if previous is not None:
        if previous.hash != digest.previous_hash:
            why = f"its hash is another one in {basename(digest.path)}"
            yield Fault("digest-changed", previous.path, why)
    elif _end_of(place, digest) > begin if begin else before is not None:
        # Else it is about days that nobody asked for.
        yield Fault("digest-missing", f"s3://{'/'.join(place)}", stretch)


def _end_of(place: Place, following: Digest) -> str:
    """Until when the digest is that lies at *place*, of which nothing but the name is there."""
    time = _TIME.search(place[1])
    return "{}-{}-{}T{}:{}:{}Z".format(*time.groups()) if time else following.begin
