"""What botocore's files say of a service: its ruleset, and which operations go to other hosts.

Read from botocore's own directory, never ``AWS_DATA_PATH``. Of a model (ec2's has 4 MB) only what
names hosts is decoded, so that all services take a second.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader
from msgspec import Struct, json

from ..process import decoding

__all__ = ["Group", "Models", "ServiceModel"]

_MODEL, _RULESET = "service-2", "endpoint-rule-set-1"
#: Stand for whoever's: these labels do not stay in the answer.
_ACCOUNT, _BUCKET = "000000000000", "bucket"


class _Metadata(Struct, frozen=True):
    endpointPrefix: str = ""


class _Endpoint(Struct, frozen=True):
    hostPrefix: str = ""


class _Value(Struct, frozen=True):
    value: Any = None


class _Operation(Struct, frozen=True):
    endpoint: _Endpoint = _Endpoint()
    staticContextParams: dict[str, _Value] = {}


class _Model(Struct, frozen=True):
    metadata: _Metadata
    operations: dict[str, _Operation]


class Group(Struct, frozen=True):
    """Operations that go to one host."""

    #: That of them whose name is shortest.
    operation: str
    operations: int
    #: In front of the host; ``*`` stands for a parameter of the call.
    prefix: str
    #: What the ruleset is told of them.
    inputs: Mapping[str, Any]


class ServiceModel(Struct, frozen=True):
    """One service."""

    name: str
    endpoint_prefix: str
    provider: EndpointProvider
    #: Builtins that the ruleset takes (``AWS::UseFIPS``), and what it calls them.
    builtins: Mapping[str, str]
    #: That of most operations first.
    groups: tuple[Group, ...]


class Models:
    """All services of the installed botocore."""

    def __init__(self) -> None:
        self._loader = Loader([Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
        self._partitions = self._loader.load_data("partitions")
        #: By name. Those without a ruleset have one URL, whatever is asked for.
        self.services: tuple[str, ...] = tuple(self._loader.list_available_services(_RULESET))

    def endpoint_prefix(self, service: str) -> str:
        """What *service* is called in host names, or was once: ``monitoring``."""
        return self._model(service).metadata.endpointPrefix

    def read(self, service: str) -> ServiceModel:
        """What botocore's files say of *service*, one of :attr:`services`."""
        model = self._model(service)
        ruleset = self._loader.load_service_model(service, _RULESET)
        parameters = ruleset["parameters"]
        return ServiceModel(
            service,
            model.metadata.endpointPrefix,
            EndpointProvider(ruleset, self._partitions),
            {
                parameter["builtIn"]: name
                for name, parameter in parameters.items()
                if "builtIn" in parameter
            },
            tuple(_groups(service, model.operations, parameters)),
        )

    def _model(self, service: str) -> _Model:
        version = self._loader.determine_latest_version(service, _MODEL)
        path = Path(Loader.BUILTIN_DATA_PATH, service, version, f"{_MODEL}.json")
        packed = path.with_name(f"{path.name}.gz")
        text = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
        with decoding.here:
            return json.decode(text, type=_Model)


def _groups(
    service: str, operations: Mapping[str, _Operation], parameters: Iterable[str]
) -> Iterable[Group]:
    members: dict[tuple[str, tuple[tuple[str, Any], ...]], list[str]] = {}
    for name, operation in operations.items():
        prefix = re.sub(r"{\w+}", "*", operation.endpoint.hostPrefix)
        said = {key: each.value for key, each in operation.staticContextParams.items()}
        if said.get("RequiresAccountId") and "AccountId" in parameters:
            # S3 Control: the ruleset itself puts the account's label in front.
            said["AccountId"], prefix = _ACCOUNT, ""
        if service == "s3" and "UseObjectLambdaEndpoint" not in said:
            # Else all that may go to S3 Express would seem to go there.
            said["Bucket"] = _BUCKET
        # Older rulesets do not take all that newer models tell them.
        inputs = tuple((key, value) for key, value in said.items() if key in parameters)
        members.setdefault((prefix, inputs), []).append(name)
    groups = [
        Group(min(names, key=lambda name: (len(name), name)), len(names), prefix, dict(inputs))
        for (prefix, inputs), names in members.items()
    ]
    return sorted(groups, key=lambda group: -group.operations)
