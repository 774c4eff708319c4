"""Every call that botocore can make, each kind of it once; decided without asking DNS.

Two operations are of one kind where neither the ruleset nor the policy can tell them apart. What
DNS would say is for the caller to assume, and to tell whoever reads the outcome.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from botocore.config import Config
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.session import Session
from msgspec import Struct

from .clients import PLAIN, QuickFiles, arguments_for, silent_client

#: What is decided does not depend on the profiles of whoever asks. As botocore takes it: name in
#: the file, variable, default, conversion.
_NO_PROFILE: Any = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Kind(Struct, frozen=True):
    """Operations of one service that go to the same host, whatever the policy."""

    #: Of the first of them.
    model: OperationModel
    arguments: dict[str, Any]
    #: In the API's spelling.
    operations: tuple[str, ...]


class EveryCall:
    """The services of botocore, one after the other: all at once are a gigabyte of models."""

    def __init__(self) -> None:
        self._files = _Files()
        self.session = Session(session_vars=_NO_PROFILE)
        known = self.session.get_component("data_loader").search_paths
        self.loader = Loader([*known], self._files, include_default_search_paths=False)
        self.session.register_component("data_loader", self.loader)

    def services(self) -> list[str]:
        """Those that have a ruleset, by boto3's names."""
        return list(self.loader.list_available_services("endpoint-rule-set-1"))

    def client(self, service: str, region: str) -> Any:
        """A client whose calls are only ever asked about."""
        # Whoever asks may sit behind a proxy, and the application not.
        config = Config(**PLAIN, proxies={})
        return silent_client(self.session, service, region, config=config)

    def model(self, service: str) -> Any:
        """The whole model of *service*, of which a client was made."""
        return self._files.whole[service]

    def kinds(self, service: str, tells_apart: Callable[[str], object]) -> tuple[Kind, ...]:
        """The kinds of calls of *service*, of which a client was made.

        :param tells_apart: what the policy says of an operation by its name.
        """
        whole = self.model(service)
        model, shapes = ServiceModel(whole, service), whole.get("shapes", {})
        alike: dict[object, list[str]] = {}
        for name, operation in whole["operations"].items():
            # Of S3's, handlers of botocore's change hosts by the operation's name.
            own = name if service.startswith("s3") else ""
            key = (_inputs(operation, shapes), tells_apart(name), own)
            alike.setdefault(key, []).append(name)
        kinds = []
        for names in alike.values():
            operation = model.operation_model(names[0])
            kinds.append(Kind(operation, arguments_for(operation), tuple(names)))
        return tuple(kinds)

    def forget(self, service: str) -> None:
        """Give back what *service* took; it cannot be asked about any more."""
        del self._files.whole[service]


def _inputs(operation: Mapping[str, Any], shapes: Mapping[str, Any]) -> bytes:
    """What the ruleset, and botocore before it, are told of an operation."""
    shape = shapes.get((operation.get("input") or {}).get("shape", ""), {})
    bound = {
        name: member["contextParam"]
        for name, member in shape.get("members", {}).items()
        if "contextParam" in member
    }
    told = ("endpoint", "staticContextParams", "operationContextParams", "endpointoperation")
    return msgspec.json.encode([bound, *(operation.get(key) for key in told)])


class _Files(QuickFiles):
    """botocore's files; of a service's model, only what makes a client goes to botocore.

    Making a client costs a method for each operation, and EC2 has 700: nine tenths of the time.
    """

    def __init__(self) -> None:
        #: Models as they are, by boto3's name of the service.
        self.whole: dict[str, Any] = {}

    def load_file(self, file_path: str) -> Any:
        data = super().load_file(file_path)
        if data is None or os.path.basename(file_path) != "service-2":
            return data
        service = os.path.basename(os.path.dirname(os.path.dirname(file_path)))
        self.whole[service] = data
        first = next(iter(data["operations"]), None)
        operations = {first: data["operations"][first]} if first else {}
        return {**data, "operations": operations, "shapes": {}}
