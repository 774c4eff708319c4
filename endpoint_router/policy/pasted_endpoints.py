"""``ENDPOINT_ROUTER_VPC_ENDPOINTS``: DNS names as people paste them from Terraform. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..aws.bad_name import BadName
from ..aws.host_names import is_suffix
from ..aws.hosts import is_aws
from ..aws.vpce_names import VpceName, parse_vpce


def pasted_endpoints(text: str) -> list[dict[str, object]]:
    """What Terraform prints for ``dns_entry[*].dns_name``, as ``[[vpc_endpoints]]``.

    Separators are commas, spaces and the brackets and quotes of a JSON or HCL list. A name of
    AWS's own says that private DNS is expected; it declares nothing. One endpoint per id and
    service, the regional name before its zonal ones.

    :raises BadName: for any other word.
    """
    endpoints: dict[tuple[str, ...], _Pasted] = {}
    for host, vpce in _words(text):
        if vpce is None:
            continue
        key = (vpce.id, vpce.service, vpce.region, vpce.suffix)
        entry = endpoints.setdefault(key, _Pasted())
        names = entry.zonal if vpce.zone else entry.regional
        # S3's names begin with "*."; the same name pasted with and without it is one name.
        names[vpce.bare] = max(names.get(vpce.bare, ""), vpce.name, key=len)
        if host and host not in entry.serves:
            entry.serves.append(host)
    return [entry.endpoint() for entry in endpoints.values()]


class _Pasted:
    def __init__(self) -> None:
        self.regional: dict[str, str] = {}
        self.zonal: dict[str, str] = {}
        self.serves: list[str] = []

    def endpoint(self) -> dict[str, object]:
        names = [*self.regional.values(), *self.zonal.values()]
        table: dict[str, object] = {"type": "interface", "dns_names": names}
        return {**table, "serves": self.serves} if self.serves else table


def _words(text: str) -> Iterator[tuple[str, VpceName | None]]:
    """Pairs of served host (or nothing) and name; no name for a service's own."""
    expected = "DNS names of interface VPC endpoints, or host=name"
    words = [word for word in re.split(r"[\s,\[\]\"']+", text.lower()) if word]
    if not words:
        raise BadName(text, expected)
    for word in words:
        host, equals, name = word.rpartition("=")
        host, vpce = host.removesuffix("."), parse_vpce(name)
        good = vpce is not None or (not equals and _is_aws_own(name.removesuffix(".")))
        if not good or (equals and (not is_suffix(host) or parse_vpce(host))):
            raise BadName(word, expected)
        yield host, vpce


def _is_aws_own(name: str) -> bool:
    """A public host of an AWS service; a misspelt endpoint name must not pass for one."""
    return is_suffix(name) and "vpce" not in re.split(r"[.-]", name) and is_aws(name)
