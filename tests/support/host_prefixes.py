"""Every operation of the installed botocore whose host has a prefix of its own.

From the models themselves: a newer botocore brings its operations along.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError
from botocore.session import Session

from tests.support.lab_client import ONE_ATTEMPT, REGION
from tests.support.sessions import new_session
from tests.support.wire import Caught, OnTheWire, _minimal, nothing_leaves, on_the_wire


class PrefixesOnly(Loader):
    """botocore's loader, with nothing but operations with a host prefix in each model.

    Making a client costs a method for each operation.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: Any = None) -> Any:
        model = super().load_service_model(service_name, type_name, api_version)
        if type_name != "service-2":
            return model
        kept = {
            name: operation
            for name, operation in model["operations"].items()
            if "hostPrefix" in operation.get("endpoint", {})
        }
        return {**model, "operations": kept} if kept else model


LOADER = PrefixesOnly()


def _services() -> dict[str, dict[str, str]]:
    """Prefix by operation, by service."""
    found = {}
    for service in filter(_mentions_prefixes, Loader().list_available_services("service-2")):
        # A loader for each: to keep all of AWS's models is to have them walked for garbage.
        operations = PrefixesOnly().load_service_model(service, "service-2")["operations"]
        prefixes = {name: one.get("endpoint", {}).get("hostPrefix", "") for name, one in
                    operations.items()}  # fmt: skip
        if all(prefixes.values()):
            found[service] = prefixes
    return found


def _mentions_prefixes(service: str) -> bool:
    """Decoding all models, to find the few, would take every process of the tests seconds."""
    for path in Path(Loader.BUILTIN_DATA_PATH, service).glob("*/service-2.json*"):
        data = path.read_bytes()
        if b'"hostPrefix"' in (gzip.decompress(data) if path.suffix == ".gz" else data):
            return True
    return False


SERVICES = _services()
#: The share of operations that can be sent. Not those for HTTP/2, nor with labels that are no host.
FEWEST = 0.8


def client_of(session: Session, service: str, **settings: Any) -> Any:
    """A client that has only such operations; *settings* are those of ``Config``."""
    session.register_component("data_loader", LOADER)
    config = Config(retries=ONE_ATTEMPT, parameter_validation=False, connect_timeout=30, **settings)
    return session.create_client(service, REGION, config=config)


def called(client: Any, operation: str) -> Any:
    """The request that a call of *operation* would send; ``None`` if botocore itself refuses it."""
    methods = {name: python for python, name in client.meta.method_to_api_mapping.items()}
    shape = client.meta.service_model.operation_model(operation).input_shape
    call = getattr(client, methods[operation], None)
    if call is None:
        return None  # bidirectional: botocore makes no method for it
    try:
        call(**_minimal(shape))
    except Caught as caught:
        return caught.request
    except ResponseParserError:
        return None  # of an event stream, which the lab does not speak
    except (BotoCoreError, ValueError):
        return None
    return None


def sent_by_botocore(service: str, **settings: Any) -> dict[str, OnTheWire]:
    """By operation, what a client without the router would send; without what it refuses."""
    with nothing_leaves():
        client = client_of(new_session(), service, **settings)
        requests = {name: called(client, name) for name in SERVICES[service]}
    return {name: on_the_wire(one) for name, one in requests.items() if one is not None}
