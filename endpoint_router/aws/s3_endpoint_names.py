"""Names below an S3 interface endpoint: ``bucket``, ``accesspoint`` or ``control``, by the host.

AWS's own record is a wildcard above the buckets (``*.vpce-….s3.REGION…``): one name answers for all
of them, and its addresses are what is dialled, whatever a bucket's own would say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .vpce_names import VpceName

#: First label, by family of S3's hosts.
_LABELS = {"s3": "bucket", "s3-accesspoint": "accesspoint", "s3-control": "control"}
#: Families of S3 for which there is none: Express, Object Lambda, several regions, ...
_WITHOUT_LABEL = r"(?:^|\.)s3(?:-[a-z-]+|express-[a-z0-9-]+)\."


def own_hosts(vpce: VpceName) -> Iterator[tuple[str, str]]:
    """The hosts that the endpoint's own name says it serves, each with the name for it.

    Both may begin with ``*.``: what stands for it in the one is put into the other.
    """
    fips = vpce.service.removeprefix("s3")
    for family, label in _LABELS.items():
        host = f"{family}{fips}.{vpce.region}.{vpce.suffix}"
        yield host, f"{label}.{vpce.bare}"
        yield f"*.{host}", f"*.{label}.{vpce.bare}"


def name_for(vpce: VpceName, pattern: str, *, any_family: bool = False) -> str:
    """The endpoint's name for another host that it is said to serve; empty where there is none.

    Dual-stack hosts, FIPS hosts of a plain endpoint, ...

    :param pattern: a host or ``*.suffix``.
    :param any_family: ``bucket.`` will do for families that have no label: the URL keeps its host.
    """
    family = pattern.removeprefix("*.").partition(".")[0].replace("-fips", "")
    label = _LABELS.get(family, "")
    if not (label or any_family) and re.search(_WITHOUT_LABEL, pattern):
        return ""  # whatever name were made of it, nothing would answer there
    star = "*." if pattern.startswith("*.") else ""
    return f"{star}{label or 'bucket'}.{vpce.bare}"
