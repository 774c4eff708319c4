"""The clients of a survey, which sign and send nothing, and the operations that are told apart."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from botocore.config import Config
from botocore.loaders import JSONFileLoader
from botocore.session import Session

from ..policy.globs import Selectors
from .values import LABEL

__all__ = ["operations", "read_quickly", "silent_client", "ways"]


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


def operations(client: Any) -> Iterator[tuple[Any, dict[str, str]]]:
    """Each operation, with :data:`~.values.LABEL` for what stands in front of its host."""
    service_model = client.meta.service_model
    for name in service_model.operation_names:
        model = service_model.operation_model(name)
        labels = re.findall(r"{(\w+)}", _host_prefix(model))
        members = model.input_shape.members if model.input_shape else {}
        if service_model.service_name == "s3" and "Bucket" in members:
            labels.append("Bucket")
        yield model, dict.fromkeys(labels, LABEL)


def ways(
    client: Any, selectors: Sequence[Selectors]
) -> Iterator[tuple[Any, dict[str, str], tuple[str, ...]]]:
    """One operation for all that go the same way, as :func:`operations`; and the names of all.

    :param selectors: of the policy's rules, which may tell operations apart.
    """
    by_name = [selector.operations for selector in selectors if selector.operations.texts]
    alike: dict[object, tuple[Any, dict[str, str], list[str]]] = {}
    for model, arguments in operations(client):
        key = (
            _host_prefix(model),
            tuple(arguments),
            _asked_of_ruleset(model),
            tuple(globs.match(model.name) for globs in by_name),
            # botocore's own handler of S3's resolutions goes by the name.
            model.name if model.service_model.service_name == "s3" else "",
        )
        alike.setdefault(key, (model, arguments, []))[2].append(model.name)
    for model, arguments, names in alike.values():
        yield model, arguments, tuple(names)


def _host_prefix(model: Any) -> str:
    prefix: str = (model.endpoint or {}).get("hostPrefix", "")
    return prefix


def _asked_of_ruleset(model: Any) -> tuple[object, ...]:
    """What an operation tells the ruleset by itself, and what its parameters would."""
    fixed = [(each.name, str(each.value)) for each in model.static_context_parameters]
    of_call = [each.name for each in model.context_parameters]
    # Newer releases only.
    of_call += [each.name for each in getattr(model, "operation_context_parameters", ())]
    return (*fixed, *of_call)


def read_quickly(session: Session) -> None:
    """Have *session* read models by what takes half of the time and memory."""
    session.get_component("data_loader").file_loader = _QuickFiles()


class _QuickFiles(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        for path, read in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            if os.path.isfile(path):
                with read(path, "rb") as file:
                    return msgspec.json.decode(file.read())
        return None
