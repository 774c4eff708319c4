"""Where a call may go under ``allowed_regions``: the one place of that rule. Pure.

The client's region, that of the signature and that of the host must each be allowed. A service that
its partition has once (IAM) is exempt within it: some region of the client's partition and of the
host's must be allowed. A host behind which AWS chooses the region is in none, and passes where
``*`` is allowed. What the policy declares itself and is not AWS's has no region: its declaration
says that it may be used.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from .. import codes
from ..aws.host_regions import Place, place_of
from ..aws.hosts import is_aws
from ..aws.partitions import Partition, Partitions, is_pseudo_region
from .candidates import Candidate
from .case import Case
from .judging import Judgement, refusal


class Missing(Struct, frozen=True):
    """What ``allowed_regions`` does not allow of a call to one host; false where it allows all."""

    #: By region, whose it is. Empty where the client has none.
    regions: dict[str, list[str]] = {}
    #: Of which no region is allowed.
    partitions: tuple[Partition | None, ...] = ()
    #: The host is in no region.
    anywhere: bool = False

    def __bool__(self) -> bool:
        return bool(self.regions or self.partitions or self.anywhere)


def out_of_regions(case: Case, candidate: Candidate) -> Judgement | None:
    """Why ``allowed_regions`` forbids *candidate*; ``None`` where it does not."""
    missing = missing_for(case, candidate)
    if not missing:
        return None
    allowed = ", ".join(case.settings.allowed_regions)
    if missing.anywhere:
        why = (
            "its host is in no region: AWS chooses one behind it, or ends TLS at its edge; "
            f"allowed_regions ({allowed}) is in force."
        )
        return refusal(case, codes.REGION_NOT_ALLOWED, why)
    parts = [
        f"region {region or '(none)'} ({', '.join(whose)})"
        for region, whose in missing.regions.items()
    ]
    parts += [
        f"all of partition {partition.name if partition else '(unknown)'}"
        for partition in missing.partitions
    ]
    verb = "is" if len(parts) == 1 else "are"
    why = f"{' and '.join(parts)} {verb} not among allowed_regions ({allowed})."
    return refusal(case, codes.REGION_NOT_ALLOWED, why)


def missing_for(case: Case, candidate: Candidate) -> Missing:
    """What would have to be allowed besides, for the call to go to *candidate*."""
    globs, call = case.settings.allowed_regions, case.call
    if not globs:
        return Missing()
    place, exempt = _place(case, candidate)
    if place is not None and place.anywhere:
        return Missing(anywhere=not _allows(globs, ""))
    own = _known(case).named(call.partition)
    # Of a region that is none the host is made up, and is no service's one host.
    if place is not None and exempt and not call.unknown_region:
        partitions = dict.fromkeys((place.partition or own, own))
        return Missing(partitions=_untouched(case, partitions))
    named = {"the signature's": candidate.resolved.signing_region}
    whole: list[Partition | None] = []
    if place is not None:
        standing = place.partition.global_region if place.partition else ""
        named["the host's"] = place.region or standing
        if not named["the host's"]:
            whole.append(place.partition)
    is_real = call.client_region is not None and not is_pseudo_region(call.client_region)
    regions: dict[str, list[str]] = {}
    if is_real and not _allows(globs, call.client_region or ""):
        regions[call.client_region or ""] = ["the client's"]
    for whose, region in named.items():
        if region and not _allows(globs, region):
            regions.setdefault(region, []).append(whose)
    if call.client_region is not None and not is_real:
        whole.append(own)
    return Missing(regions, _untouched(case, dict.fromkeys(whole)))


def _place(case: Case, candidate: Candidate) -> tuple[Place | None, bool]:
    """Where *candidate* is, ``None`` for what is not AWS's; and is its service without regions?"""
    host, kind, known = candidate.resolved.host, candidate.kind, _known(case)
    if kind not in ("standard", "interface"):
        return (place_of(host, known) if is_aws(host) else None), False
    of_botocore = kind == "standard" or is_aws(host)
    place = place_of(host, known) if of_botocore else None
    if place is not None and (place.anywhere or not place.region):
        # An endpoint in front of it changes nothing: IAM's is in us-east-1 for everybody.
        return place, True
    if kind == "interface" and is_aws(candidate.dials):
        return place_of(candidate.dials, known), False
    return place, False


def _known(case: Case) -> Partitions:
    return case.partitions or Partitions()


def _allows(globs: Iterable[str], region: str) -> bool:
    return any(fnmatchcase(region, glob) for glob in globs)


def _untouched(case: Case, partitions: Iterable[Partition | None]) -> tuple[Partition | None, ...]:
    """Those of *partitions* of which no region is allowed."""
    globs = case.settings.allowed_regions
    # Regions that are newer than the installed botocore: the client's own, and what is spelled out.
    newer = (case.call.client_region or "", *globs)
    return tuple(
        partition
        for partition in partitions
        if partition is None
        or not any(
            _allows(globs, region) for region in (*partition.regions, *filter(partition.has, newer))
        )
    )
