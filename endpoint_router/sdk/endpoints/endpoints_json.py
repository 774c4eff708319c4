"""``endpoints.json`` as botocore ships it, read once and decoded service by service.

The whole table has 400 services in eight partitions, and a client asks for one. What is read here
is botocore's own directory, never ``AWS_DATA_PATH``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from msgspec import Raw, Struct, json

from ...process import decoding


class _Services(Mapping[str, Any]):
    """The services of one partition. Each is decoded when it is first asked for, and then kept."""

    def __init__(self, undecoded: Mapping[str, Raw]) -> None:
        self._undecoded = undecoded
        self._decoded: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._decoded:
            # Two threads may both decode it: the first one's stays.
            self._decoded.setdefault(service, json.decode(self._undecoded[service]))
        return self._decoded[service]

    def __iter__(self) -> Iterator[str]:
        return iter(self._undecoded)

    def __len__(self) -> int:
        return len(self._undecoded)


class _Partition(Struct, frozen=True):
    """The keys that ``EndpointResolver`` reads."""

    partition: str
    dnsSuffix: str
    regionRegex: str
    regions: Raw
    defaults: Raw
    services: dict[str, Raw]

    def table(self) -> dict[str, Any]:
        return {
            "partition": self.partition,
            "dnsSuffix": self.dnsSuffix,
            "regionRegex": self.regionRegex,
            "regions": json.decode(self.regions),
            "defaults": json.decode(self.defaults),
            "services": _Services(self.services),
        }


class _Document(Struct, frozen=True):
    partitions: tuple[_Partition, ...]


@cache
def _document() -> _Document:
    text = Path(Loader.BUILTIN_DATA_PATH, "endpoints.json").read_bytes()
    with decoding.here:
        return json.decode(text, type=_Document)


def endpoints_table() -> dict[str, Any]:
    """The table as ``EndpointResolver`` reads it, each time a new one.

    That resolver merges the defaults of services and partitions, with their formatted FIPS
    variants, into the very entries that it reads: whoever wants what is written there needs a
    table of their own.
    """
    return {"partitions": [partition.table() for partition in _document().partitions]}
