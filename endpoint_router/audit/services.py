"""Which of botocore's clients a record's ``eventSource`` may be: ``monitoring`` is CloudWatch's.

CloudTrail names a service as its hosts or its signatures do, and several clients may share a name
(``ses`` and ``sesv2``): then the operation tells. Read from botocore's data; decides nothing.
"""

from __future__ import annotations

import gzip
import os
import re
from functools import cache
from glob import escape, iglob
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.session import Session

#: Bytes of a model that hold its metadata, which stands first.
_HEAD = 8192
_NAME = re.compile(rb'"(?:endpointPrefix|signingName)"\s*:\s*"([^"]+)"')
#: ``ListFunctions20150331``, ``CreateDistribution2020_05_31``, ``UpdateFunctionCode20150331v2``.
_VERSION = re.compile(r"\d{4}_?\d\d_?\d\d(?:v\d)?$", re.ASCII)


def operation_of(event: str) -> str:
    """*event*, an ``eventName``, without the date that some services write behind it."""
    return _VERSION.sub("", event)


class Services:
    """The clients of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loader = session.get_component("data_loader")
        self._clients: dict[str, list[str]] | None = None
        self.of_event = cache(self._of_event)
        self._model = cache(session.get_service_model)

    def _of_event(self, source: str, event: str) -> tuple[tuple[str, Any], ...]:
        """Clients, most likely first, each with the model of the operation or ``None``.

        :param source: without ``.amazonaws.com``.
        :param event: ``eventName``.
        """
        operation = operation_of(event)
        pairs = [(name, self._operation(name, operation)) for name in self._named(source)]
        return tuple([pair for pair in pairs if pair[1]] or pairs)

    def _named(self, source: str) -> list[str]:
        if self._clients is None:
            self._clients = self._by_name()
        return self._clients.get(source, [])

    def _by_name(self) -> dict[str, list[str]]:
        known: dict[str, list[str]] = {
            name: [name] for name in self._session.get_available_services()
        }
        services = sorted(known)
        paths = {
            path.split(os.sep)[-3]: path
            for folder in self._loader.search_paths
            for path in sorted(iglob(f"{escape(folder)}/*/*/service-2.json*"))
        }
        for service in services:
            for name in _names_in(paths[service]) if service in paths else ():
                clients = known.setdefault(name, [])
                if service not in clients:
                    clients.append(service)
        return known

    def _operation(self, service: str, operation: str) -> Any:
        try:
            model = self._model(service)
        except BotoCoreError:
            return None
        return model.operation_model(operation) if operation in model.operation_names else None


def _names_in(path: str) -> list[str]:
    """The names that a model has for its service."""
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        head = file.read(_HEAD)
    return [name.decode().lower() for name in _NAME.findall(head.partition(b'"operations"')[0])]
