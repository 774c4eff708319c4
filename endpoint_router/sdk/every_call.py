"""Every call that botocore can make, each kind of it once; decided without asking DNS.

Two operations are of one kind where neither the ruleset nor the policy can tell them apart. What
DNS would say is for the caller to assume, and to tell whoever reads the outcome.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

import msgspec
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import OperationModel, ServiceModel
from botocore.session import Session
from msgspec import Struct

from ..aws.hosts import host_of
from ..aws.zone import UNKNOWN
from ..policy.loaded import LoadedPolicy
from ..policy.model import Log
from ..probe.ttl_and_staleness import Held
from ..router import Router, World
from ..routing.answer import Answer, Question
from ..steps import LookUp, Want

#: Stands in front of a host for a bucket, an account id or another of a call's parameters.
LABEL = "label"
#: What the policy says, and no setting of whoever asks.
PLAIN: Any = {
    "use_fips_endpoint": False,
    "use_dualstack_endpoint": False,
    "ignore_configured_endpoint_urls": True,
}

#: What is decided does not depend on the profiles of whoever asks. As botocore takes it: name in
#: the file, variable, default, conversion.
_NO_PROFILE: Any = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Assuming(Router):
    """A router to which every look-up comes out as *assume* says. It records nothing."""

    def __init__(self, loaded: LoadedPolicy, assume: Callable[[Question], Answer]) -> None:
        policy = msgspec.structs.replace(loaded.policy, log=Log())
        unlogged = msgspec.structs.replace(loaded, policy=policy)
        world = World(lookup=lambda servers: _nobody_is_asked, zone=lambda timeout: UNKNOWN)
        super().__init__(unlogged, world)
        self._assume = assume

    def fulfil(self, want: Want) -> Any:
        if isinstance(want, LookUp):
            return {
                question: Held(self._assume(question), inf, inf, inf) for question in want.questions
            }
        return super().fulfil(want)


def _nobody_is_asked(name: str, timeout: float) -> Answer:
    raise AssertionError(f"{name} was looked up, and nobody may be asked")


def arguments_for(model: Any) -> dict[str, Any]:
    """Parameters of a call (an ``OperationModel``): :data:`LABEL` for what its host begins with."""
    # botocore counts the tables that a batch of DynamoDB's is about, and trips where it has none.
    told = getattr(model, "operation_context_parameters", None) or {}  # new in 1.35
    paths = " ".join(each["path"] for each in told.values())
    counted = re.findall(r"keys\((\w+)\)", paths)
    labels = re.findall(r"{(\w+)}", (model.endpoint or {}).get("hostPrefix", ""))
    members = model.input_shape.members if model.input_shape else {}
    if model.service_model.service_name == "s3" and "Bucket" in members:
        labels.append("Bucket")
    return {**{name: {} for name in counted}, **dict.fromkeys(labels, LABEL)}


def may_be_served(
    service: str, regions: Sequence[str], served: Sequence[str], loader: Loader
) -> bool:
    """Is a host of *service* among *served*? A first look: a client for each would take seconds.

    :param served: hosts and ``*.suffix``, without ports.
    """
    try:
        ruleset = loader.load_service_model(service, "endpoint-rule-set-1")
    except BotoCoreError:
        return False  # an application's own model: it has one URL, which the application gives
    provider = EndpointProvider(ruleset, loader.load_data("partitions"))
    return any(
        _akin(host, pattern)
        for region in regions
        for host in _hosts(provider, region)
        for pattern in served
    )


def _hosts(provider: EndpointProvider, region: str) -> Iterator[str]:
    for fips in (False, True):
        for dual_stack in (False, True):
            try:
                endpoint = provider.resolve_endpoint(
                    Region=region, UseFIPS=fips, UseDualStack=dual_stack
                )
            except BotoCoreError:
                continue  # that variant is not there, or the call's parameters decide
            yield host_of(endpoint.url)


def _akin(host: str, served: str) -> bool:
    """May an operation of the service at *host* go to *served*, a host or ``*.suffix``?"""
    bare = served.removeprefix("*.")
    return bare.endswith(host) or host.endswith(f".{bare}")


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
        return self.session.create_client(
            service,
            region_name=region,
            # Whoever asks may sit behind a proxy, and the application not.
            config=Config(**PLAIN, proxies={}),
            # Nothing is signed: do not wake the credential chain.
            aws_access_key_id="check",
            aws_secret_access_key="check",
        )

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


class _Files(JSONFileLoader):
    """botocore's files; of a service's model, only what makes a client goes to botocore.

    Making a client costs a method for each operation, and EC2 has 700: nine tenths of the time.
    """

    def __init__(self) -> None:
        #: Models as they are, by boto3's name of the service.
        self.whole: dict[str, Any] = {}

    def load_file(self, file_path: str) -> Any:
        data = self._decoded(file_path)
        if data is None or os.path.basename(file_path) != "service-2":
            return data
        service = os.path.basename(os.path.dirname(os.path.dirname(file_path)))
        self.whole[service] = data
        first = next(iter(data["operations"]), None)
        operations = {first: data["operations"][first]} if first else {}
        return {**data, "operations": operations, "shapes": {}}

    def _decoded(self, path: str) -> Any:
        for suffix, opened in ((".json", open), (".json.gz", gzip.open)):
            if os.path.isfile(path + suffix):
                with opened(path + suffix, "rb") as file:
                    return msgspec.json.decode(file.read())
        return None
