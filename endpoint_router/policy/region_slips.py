"""Is a name that no region or partition has a misspelt one, or perhaps a new one? Pure.

AWS names by rule, so what fits the rule may be new: ``us-west-3`` is, ``us-wst-2`` is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .slips import meant

_COMPASS = "north|south|central|(?:north|south)?(?:east|west)"
_REGION = rf"[a-z]{{2}}(?:-gov|-iso[a-z]?)?-(?:{_COMPASS})-\d+"
_WORD = rf"[a-z]{{2}}|gov|iso[a-z]?|{_COMPASS}|\d+|"
_PARTITION = r"aws-[a-z]{2}(?:-gov)?|aws-iso(?:-[a-z])?"


def meant_region(glob: str, known: Sequence[str]) -> str:
    """The one of *known* that *glob*, which matches none of them, was meant for; or nothing."""
    glob = glob.lower()
    if re.fullmatch(_REGION, glob):
        swapped = glob[1] + glob[0] + glob[2:]
        return swapped if swapped in known else ""
    if name := _words_missing(glob, known):
        return name
    words = re.sub(r"\[[^]]*\]|[*?]", "", glob).split("-")
    return "" if all(re.fullmatch(_WORD, word) for word in words) else meant(glob, known)


def meant_partition(glob: str, known: Sequence[str]) -> str:
    """The same of partitions: ``aws-gov`` was meant for ``aws-us-gov``."""
    glob = glob.lower()
    if re.fullmatch(_PARTITION, glob):
        return ""
    return _words_missing(glob, known) or meant(glob, known)


def _words_missing(glob: str, known: Iterable[str]) -> str:
    """The name of which *glob* has two words or more, in their order, and not all."""
    words = glob.split("-")
    for name in known if len(words) > 1 else ():
        left = iter(name.split("-"))
        if all(word in left for word in words):
            return name
    return ""
