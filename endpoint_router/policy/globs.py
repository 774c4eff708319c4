"""Globs of names, and the selectors of a rule, which are made of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase, translate

from msgspec import Struct

from ..aws.bad_name import BadName

_GLOB = r"(?:[A-Za-z0-9_.*?-]|\[!?[A-Za-z0-9_-]+\])+"


class Globs(Struct, frozen=True):
    """Some globs, any of which may match."""

    #: In lower case.
    texts: tuple[str, ...] = ()

    def match(self, name: str) -> bool:
        """Does any of them match *name*, in any case?"""
        name = name.lower()
        return any(fnmatchcase(name, text) for text in self.texts)


class Selectors(Struct, frozen=True):
    """Which calls a rule is about. A selector without globs matches any."""

    services: Globs = Globs()
    operations: Globs = Globs()
    regions: Globs = Globs()
    partitions: Globs = Globs()

    def match(self, *, service: str, operation: str, region: str, partition: str) -> bool:
        """Does each selector that is given match?"""
        selected = (
            (self.services, service),
            (self.operations, operation),
            (self.regions, region),
            (self.partitions, partition),
        )
        return all(not globs.texts or globs.match(name) for globs, name in selected)

    def names(self, service: str) -> bool:
        """Is *service* matched by more than ``*``?"""
        return Globs(tuple(text for text in self.services.texts if text.strip("*"))).match(service)


def parse_glob(text: str) -> str:
    """The glob *text* in lower case; :raises BadName: where it is none."""
    if not re.fullmatch(_GLOB, text) or ("[" in text and not _compiles(text)):
        raise BadName(text, 'a name, or a glob of names as "us-*" (*, ?, [ab])')
    return text.lower()


def parse_globs(texts: Iterable[str]) -> Globs:
    """:class:`Globs` that are good already; :raises BadName: where one is none."""
    return Globs(tuple(map(parse_glob, texts)))


def _compiles(glob: str) -> bool:
    try:
        re.compile(translate(glob))
    except re.error:
        return False
    return True
