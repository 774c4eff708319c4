"""``partitions.json`` as botocore ships it: from its own directory, never ``AWS_DATA_PATH``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from msgspec import Struct, json

from ...aws.partitions import Partition, Partitions, is_pseudo_region
from ...process import decoding

#: What an older botocore leaves out; old names without a region are in ``aws`` only.
_GLOBAL_REGION = {"aws": "us-east-1"}


class _Outputs(Struct, frozen=True):
    dnsSuffix: str
    dualStackDnsSuffix: str
    #: Older botocores do not say it.
    implicitGlobalRegion: str = ""


class _Partition(Struct, frozen=True):
    id: str
    regionRegex: str
    regions: dict[str, Any]
    outputs: _Outputs


class _Document(Struct, frozen=True):
    partitions: tuple[_Partition, ...]


@cache
def partitions() -> Partitions:
    """The partitions that the installed botocore knows. For who asks where a host is only."""
    text = Path(Loader.BUILTIN_DATA_PATH, "partitions.json").read_bytes()
    with decoding.here:
        document = json.decode(text, type=_Document)
    return Partitions(tuple(map(_value, document.partitions)))


def _value(known: _Partition) -> Partition:
    regions = tuple(region for region in known.regions if not is_pseudo_region(region))
    suffixes = (known.outputs.dnsSuffix, known.outputs.dualStackDnsSuffix)
    global_region = known.outputs.implicitGlobalRegion or _GLOBAL_REGION.get(known.id, "")
    return Partition(known.id, regions, known.regionRegex, suffixes, global_region)
