"""The clients of a survey, which sign and send nothing, and the operations that are told apart."""

from __future__ import annotations

import gc
import gzip
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from botocore.config import Config
from botocore.loaders import JSONFileLoader
from botocore.session import Session

from ..policy.globs import Selectors
from ..sdk import seams, seams_rulesets
from ..sdk.endpoints.unfilled import searched, unfilled
from .values import LABEL

__all__ = [
    "PLAIN",
    "QuickFiles",
    "arguments_for",
    "collecting_rarely",
    "operations",
    "read_quickly",
    "silent_client",
    "ways",
]

#: What the policy says, and no setting of whoever asks.
PLAIN: Any = {
    "use_fips_endpoint": False,
    "use_dualstack_endpoint": False,
    "ignore_configured_endpoint_urls": True,
}


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Clients are full of cycles, and looking for them all the time costs a third."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 100, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def silent_client(
    session: Session, service: str, region: str, *, url: str = "", config: Config | None = None
) -> Any:
    """A client of *service* that is not to be called.

    :raises BotoCoreError: botocore makes no such client.
    """
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=url or None,
        config=config,
        # Nothing is signed: do not wake the credential chain, which may go to the network.
        aws_access_key_id="survey",
        aws_secret_access_key="survey",
    )


def operations(client: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each operation, with :data:`~.values.LABEL` for what stands in front of its host.

    What else its ruleset would look into is there, and empty: botocore trips over what is missing.
    """
    service_model = client.meta.service_model
    for name in service_model.operation_names:
        model = service_model.operation_model(name)
        yield model, arguments_for(model)


def ways(
    client: Any, selectors: Sequence[Selectors]
) -> Iterator[tuple[Any, dict[str, Any], tuple[str, ...]]]:
    """One operation for all that go the same way, as :func:`operations`; and the names of all.

    :param selectors: of the policy's rules, which may tell operations apart.
    """
    by_name = [selector.operations for selector in selectors if selector.operations.texts]
    service_model = client.meta.service_model
    # Most do not, and looking at each parameter of 20,000 operations takes a second.
    asks = seams_rulesets.asks_calls(seams.client_parts(client)["endpoint_ruleset_resolver"])
    alike: dict[object, tuple[Any, list[str]]] = {}
    for name in service_model.operation_names:
        model = service_model.operation_model(name)
        key = (
            _host_prefix(model),
            _asked_of_ruleset(model) if asks else (),
            tuple(globs.match(name) for globs in by_name),
            # botocore's own handler of S3's resolutions goes by the name.
            name if service_model.service_name == "s3" else "",
        )
        alike.setdefault(key, (model, []))[1].append(name)
    for model, names in alike.values():
        yield model, arguments_for(model), tuple(names)


def arguments_for(model: Any) -> dict[str, Any]:
    """Parameters of a call: ``LABEL`` for what its host begins with.

    What else its ruleset would look into is there, and empty: botocore trips over what is missing.
    """
    labels = re.findall(r"{(\w+)}", _host_prefix(model))
    is_s3 = model.service_model.service_name == "s3"
    if is_s3 and model.input_shape and "Bucket" in model.input_shape.members:
        labels.append("Bucket")
    return {**unfilled(model), **dict.fromkeys(labels, LABEL)}


def _host_prefix(model: Any) -> str:
    prefix: str = (model.endpoint or {}).get("hostPrefix", "")
    return prefix


def _asked_of_ruleset(model: Any) -> tuple[object, ...]:
    """What an operation tells the ruleset by itself, and what its parameters would."""
    fixed = [(each.name, str(each.value)) for each in model.static_context_parameters]
    of_call = [each.name for each in model.context_parameters]
    return (*fixed, *of_call, *searched(model))


def read_quickly(session: Session) -> None:
    """Have *session* read models by what takes half of the time and memory."""
    session.get_component("data_loader").file_loader = QuickFiles()


class QuickFiles(JSONFileLoader):
    """botocore's files, decoded by msgspec."""

    def load_file(self, file_path: str) -> Any:
        for path, read in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            if os.path.isfile(path):
                with read(path, "rb") as file:
                    return msgspec.json.decode(file.read())
        return None
