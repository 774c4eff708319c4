"""What rules select by, against the names that the installed botocore has.

A glob that matches nothing known would leave its calls to the next rule. Where it is nearly a known
name it is misspelt: an error, unless its rule does nothing but loosen. Where it is like nothing
known it may be a service, an operation or a region that a newer botocore has: a warning, and the
rule stands, so that a fleet of several versions can share one policy. Nothing is read that the
policy does not select by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial

import botocore
from botocore.loaders import create_loader
from msgspec import Struct

from ...aws.partitions import is_pseudo_region
from ...errors import PolicyError
from ...policy.layer import place
from ...policy.loaded import LoadedPolicy
from ...policy.nearest_name import did_you_mean
from ...policy.origins import DEFAULT
from ...policy.paths import Path, dotted
from ...policy.quoting import quote
from ...policy.region_slips import meant_partition, meant_region
from ...policy.remarks import Remark
from ...policy.rules import loosens, tightens
from ...policy.slips import meant
from .check import HTTP

#: The operation of a request of :func:`endpoint_router.resolve`.
REQUEST = "Request"

#: Reading the models of all services takes seconds: where a rule with operations names none, or
#: many, these are read first, and the others only before one is called misspelt.
USUAL = ("kms", "sts", "s3", "dynamodb", "sqs", "sns", "secretsmanager", "ssm", "logs", "ec2")
MANY = 12

_EXPECTED = {
    "services": "the name of a boto3 client, as sesv2",
    "operations": "an operation as the API spells it, as PutObject",
    "regions": "a region, as us-gov-west-1",
    "allowed_regions": "a region, as us-gov-west-1",
    "partitions": "a partition, as aws-us-gov",
}


class _Doubt(Struct, frozen=True):
    """Of a glob that matches nothing known."""

    misspelt: bool
    hint: str


def of_selectors(loaded: LoadedPolicy) -> Iterator[Remark | PolicyError]:
    """Remarks about selectors, allowed regions and the services of custom endpoints.

    Of a misspelt one an error, unless its rule does nothing but loosen.
    """
    policy, names = loaded.policy, _Names()
    for index, rule in enumerate(policy.rules):
        at: Path = ("rules", index)
        lax = bool(loosens(rule, policy.defaults)) and not tightens(rule, policy.defaults)
        operation = partial(names.doubt_operation, services=rule.services)
        for key, globs, doubt in (
            ("services", rule.services, names.doubt_service),
            ("operations", rule.operations, operation),
            ("regions", rule.regions, names.doubt_region),
            ("partitions", rule.partitions, names.doubt_partition),
        ):
            yield from _doubts(loaded, (*at, key), globs, doubt, lax=lax)
        allowed = rule.own("allowed_regions") or ()
        yield from _doubts(loaded, (*at, "allowed_regions"), allowed, names.doubt_allowed)
    path: Path = ("defaults", "allowed_regions")
    yield from _doubts(loaded, path, policy.defaults.allowed_regions, names.doubt_allowed)
    for index, custom in enumerate(policy.custom_endpoints):
        # What a misspelt one does not declare is refused wherever something is demanded.
        path = ("custom_endpoints", index, "services")
        yield from _doubts(loaded, path, custom.services, names.doubt_service, lax=True)


def _doubts(
    loaded: LoadedPolicy,
    path: Path,
    globs: Iterable[str],
    doubt_of: Callable[[str], _Doubt | None],
    *,
    lax: bool = False,
) -> Iterator[Remark | PolicyError]:
    """:param lax: a misspelt one is a warning as well."""
    for glob in globs:
        doubt = doubt_of(glob)
        if doubt is None:
            continue
        origin = loaded.origin(dotted(path))
        if origin is DEFAULT:  # of a list in a rule
            origin = loaded.origin(dotted(path[:2]))
        if doubt.misspelt and not lax:
            yield PolicyError(
                where=place(origin, path),
                found=quote(glob),
                expected=f"{_EXPECTED[str(path[-1])]}, or a glob of such",
                hint=doubt.hint,
            )
            continue
        what = f"{quote(glob)} matches nothing that botocore {botocore.__version__} knows"
        at, key = place(origin, path), dotted(path)
        yield Remark(
            f"{at}: {what}",
            "selector.unknown",
            origin=origin,
            path=key,
            what=f"{key}: {what}",
            way_out=doubt.hint,
        )


class _Names:
    """The names that botocore has, read as they are asked for."""

    def __init__(self) -> None:
        self._loader = create_loader()
        self._services: tuple[str, ...] = ()
        self._partitions: dict[str, list[str]] = {}
        self._operations: dict[str, tuple[str, ...]] = {}

    def doubt_service(self, glob: str) -> _Doubt | None:
        known = self.services()
        if _matches(glob, known):
            return None
        if glob.lower() in self._endpoint_prefixes():
            return _Doubt(True, "AWS's endpoints are called so, boto3's client is not.")
        return _doubt(glob, known, meant(glob, known))

    def doubt_operation(self, glob: str, services: Sequence[str]) -> _Doubt | None:
        """:param services: the globs of its rule."""
        selected = [
            name
            for name in self.services()
            if not services or any(_matches(glob, (name,)) for glob in services)
        ]
        first = selected if len(selected) <= MANY else [s for s in USUAL if s in selected]
        known: list[str] = [REQUEST]
        for service in first:
            known += self.operations(service)
            if _matches(glob, known):
                return None
        name = meant(glob, known)
        if first is selected:
            return _doubt(glob, known, name) if selected else None
        if not name or self._is_operation(glob):
            return None  # of a service that was not looked at, or as likely as not
        return _doubt(glob, known, name)

    def doubt_region(self, glob: str) -> _Doubt | None:
        """Of a region that calls are signed for."""
        known = [name for name in self.regions() if not is_pseudo_region(name)]
        return None if _matches(glob, known) else _doubt(glob, known, meant_region(glob, known))

    def doubt_allowed(self, glob: str) -> _Doubt | None:
        """Of any region, also those that stand for a whole partition (``aws-global``)."""
        return None if _matches(glob, self.regions()) else self.doubt_region(glob)

    def doubt_partition(self, glob: str) -> _Doubt | None:
        known = list(self.partitions())
        return None if _matches(glob, known) else _doubt(glob, known, meant_partition(glob, known))

    def services(self) -> tuple[str, ...]:
        if not self._services:
            self._services = (*self._loader.list_available_services("service-2"), HTTP)
        return self._services

    def operations(self, service: str) -> tuple[str, ...]:
        if service == HTTP:
            return (REQUEST,)
        if service not in self._operations:
            # By a loader of its own, because each keeps all that it has read.
            model = create_loader().load_service_model(service, "service-2")
            self._operations[service] = tuple(model["operations"])
        return self._operations[service]

    def partitions(self) -> dict[str, list[str]]:
        """Regions by partition, those that stand for a whole one among them."""
        if not self._partitions:
            data = self._loader.load_data("partitions")["partitions"]
            self._partitions = {partition["id"]: [*partition["regions"]] for partition in data}
        return self._partitions

    def regions(self) -> list[str]:
        return [region for regions in self.partitions().values() for region in regions]

    def _is_operation(self, glob: str) -> bool:
        """Has any service an operation like this? Searched for: decoding all takes seconds."""
        wild = {"*": r"\w*", "?": r"\w", "!": "^"}
        name = "".join(wild.get(sign, sign) for sign in glob)
        pattern = re.compile(rf'"{name}"\s*:\s*\{{'.encode(), re.IGNORECASE)
        return any(pattern.search(text) for text in self._models())

    def _models(self) -> Iterator[bytes]:
        import gzip
        from glob import escape, iglob  # of errors only

        for folder in self._loader.search_paths:
            for path in iglob(f"{escape(folder)}/*/*/service-2.json*"):
                with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
                    yield file.read()

    def _endpoint_prefixes(self) -> set[str]:
        """What hosts are called by: ``monitoring``, ``email``."""
        data = self._loader.load_data("endpoints")["partitions"]
        return {name for partition in data for name in partition["services"]}


def _matches(glob: str, known: Sequence[str]) -> bool:
    lower = glob.lower()
    return glob in known or any(fnmatchcase(name.lower(), lower) for name in known)


def _doubt(glob: str, known: Sequence[str], name: str) -> _Doubt:
    return _Doubt(bool(name), f"Did you mean {name}?" if name else did_you_mean(glob, known))
