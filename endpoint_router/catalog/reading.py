"""Reads the catalogue out of botocore: each variant as a client of botocore's would have it.

With botocore's defaults, whatever the environment says. Hosts stand here without the labels of a
bucket, an access point or an account.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointResolverBuiltins as Builtin
from botocore.session import Session
from msgspec import Struct
from msgspec.structs import replace

from ..aws.dns_suffixes import AWS_SUFFIXES
from ..aws.hosts import host_of, names_region, origin_of, probe_name, with_prefix
from ..aws.privatelink import privatelink
from ..routing.variants import Variant
from ..sdk.endpoints.botocore_data import BotocoreData, data_for
from ..sdk.endpoints.fips_basis import fips_basis
from ..sdk.endpoints.global_hosts import regional_inputs
from ..sdk.endpoints.partitions_json import partitions
from ..sdk.endpoints.signing_scope import default_scope
from ..sdk.seams_rulesets import url_of_ruleset
from .listed import Listed
from .models import Group, Models, ServiceModel
from .values import VARIANTS, Endpoint, Row

__all__ = ["Catalog"]

_DUAL_STACK = tuple(f".{suffix}" for suffix in AWS_SUFFIXES if suffix.startswith("api."))
_FIPS_WORD = re.compile(r"\bfips\b")


class Catalog:
    """All that the installed botocore knows."""

    def __init__(self) -> None:
        self._models = Models()
        self._data = _Data(data_for(None), Listed(), _asks_for_global_hosts())
        self._partitions = {
            region: partition.name
            for partition in partitions().known
            for region in partition.regions
        }
        #: boto3 client names.
        self.services: tuple[str, ...] = self._models.services
        #: Of all partitions, those of ``aws`` first.
        self.regions: tuple[str, ...] = tuple(self._partitions)

    def partition(self, region: str) -> str:
        """The partition of one of :attr:`regions`."""
        return self._partitions[region]

    def called(self, word: str) -> tuple[str, ...]:
        """The services whose hosts are called *word*, as ``monitoring``; reads all models."""
        return tuple(name for name in self.services if self._models.endpoint_prefix(name) == word)

    def rows(self, service: str, regions: Iterable[str]) -> Iterator[Row]:
        """What there is of *service*, one of :attr:`services`, in each of the *regions*."""
        model = self._models.read(service)
        for region in regions:
            rows: dict[tuple[Endpoint, ...], Row] = {}
            for group in model.groups:
                row = _Place(model, group, region, self.partition(region), self._data).row()
                row = _beside(next(iter(rows.values()), row), row, group.operation)
                key = tuple(map(row.variant, VARIANTS))
                if key in rows:
                    same = rows[key]
                    row = replace(same, operations=same.operations + row.operations)
                if row.standard.name or not rows:
                    rows[key] = row
            yield from rows.values()


def _beside(first: Row, row: Row, operation: str) -> Row:
    """*row*, which only some operations go to, unless it is the *first*."""
    if row is first:
        return row
    row = replace(row, operation=operation)
    if row.standard.name == first.standard.name:
        return row
    # The table knows one standard host of each service.
    standard, regional = (
        replace(endpoint, basis="ruleset" if endpoint.name else "")
        for endpoint in (row.standard, row.regional)
    )
    return replace(row, standard=standard, regional=regional)


class _Data(Struct, frozen=True):
    """What the hosts of all services are held against."""

    botocore: BotocoreData
    listed: Listed
    #: What a client says to rulesets by default, beside its region.
    defaults: Mapping[Builtin, bool]


def _asks_for_global_hosts() -> dict[Builtin, bool]:
    # Where the two have global hosts, their rulesets know; of STS, the default has changed.
    variable = Session().session_var_map["sts_regional_endpoints"]
    return {
        Builtin.AWS_S3_USE_GLOBAL_ENDPOINT: True,
        Builtin.AWS_STS_USE_GLOBAL_ENDPOINT: variable[2] == "legacy",
    }


class _Place(Struct, frozen=True):
    """Operations of one service in one region."""

    model: ServiceModel
    group: Group
    region: str
    partition: str
    data: _Data

    def row(self) -> Row:
        standard = self._standard()
        regional = self._regional(standard)
        fips = self._fips(standard.name, Variant(fips=True))
        dual_stack = self._dual_stack(standard)
        return Row(
            self.model.name,
            self.region,
            self.partition,
            "",
            self.group.operations,
            standard,
            regional,
            fips,
            dual_stack,
            self._fips(dual_stack.name, Variant(fips=True, dual_stack=True)),
            self._privatelink(regional.name or standard.name),
            self._privatelink(fips.name, fips=True),
        )

    def _standard(self) -> Endpoint:
        host, why = self._host(Variant())
        if not host:
            return Endpoint(why=why)
        is_listed = self.data.listed.is_in(self.model.endpoint_prefix, self.region, self.partition)
        return Endpoint(host, "listed" if is_listed else "ruleset")

    def _regional(self, standard: Endpoint) -> Endpoint:
        if names_region(standard.name, self.region):
            return standard
        host, why = self._host(Variant(regional=True))
        if not names_region(host, self.region):
            return Endpoint(why=why or "the host is a global one")
        return Endpoint(host, standard.basis)

    def _fips(self, plain_host: str, variant: Variant) -> Endpoint:
        host, why = self._host(variant)
        if not host:
            return Endpoint(why=why)
        if variant.dual_stack and not self._is_dual_stack(host):
            return Endpoint(why="use_dualstack_endpoint changes nothing for this host")
        ground = fips_basis(
            self.data.botocore,
            service=self.model.name,
            endpoint_prefix=self.model.endpoint_prefix,
            host=host,
            plain_host=plain_host,
            partition=self.partition,
            has_fips_parameter=Builtin.AWS_USE_FIPS.value in self.model.builtins,
        )
        return Endpoint(host if ground.basis else "", ground.basis or "", ground.why_none)

    def _dual_stack(self, standard: Endpoint) -> Endpoint:
        host, why = self._host(Variant(dual_stack=True))
        if not host:
            return Endpoint(why=why)
        if not self._is_dual_stack(host):
            return Endpoint(why="use_dualstack_endpoint changes nothing for this host")
        hosts = self.data.listed.dual_stack(self.model.endpoint_prefix, self.partition)
        return Endpoint(host, "listed" if host in hosts else "ruleset")

    def _is_dual_stack(self, host: str) -> bool:
        """Some are so without being asked; then the suffix is what tells."""
        return Builtin.AWS_USE_DUALSTACK.value in self.model.builtins or host.endswith(_DUAL_STACK)

    def _privatelink(self, host: str, *, fips: bool = False) -> Endpoint:
        if not host:
            return Endpoint(why="there is no host that it could serve")
        service = privatelink(host, self.region)
        if service.basis != "documented":
            by_rule = "AWS's documentation names none"
            return Endpoint(why=service.note if service.basis == "none" else by_rule)
        if not fips:
            return Endpoint(service.name, "documented")
        if _FIPS_WORD.search(service.name):
            return Endpoint(service.name, "named")
        if service.name == service.without_fips:  # ``monitoring`` serves both hosts
            return Endpoint(service.name, "documented")
        return Endpoint(why="the service of the same host does not say FIPS")

    def _host(self, variant: Variant) -> tuple[str, str]:
        """The host, or why there is none."""
        builtins: dict[Any, Any] = {
            **self.data.defaults,
            Builtin.AWS_REGION: self.region,
            Builtin.AWS_USE_FIPS: variant.fips,
            Builtin.AWS_USE_DUALSTACK: variant.dual_stack,
            **(regional_inputs() if variant.regional else {}),
        }
        names = self.model.builtins
        inputs = {names[key.value]: value for key, value in builtins.items() if key.value in names}
        prefix = self.model.endpoint_prefix
        try:
            # Raises where botocore makes no such client, although the ruleset would have a host.
            default_scope(self.data.botocore, prefix, "", self.region, variant)
            url = url_of_ruleset(self.model.provider, {**inputs, **self.group.inputs})
        except BotoCoreError as error:
            return "", str(error)
        host = host_of(with_prefix(origin_of(url), self.group.prefix))
        return probe_name(self.model.name, host), ""
