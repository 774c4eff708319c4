"""Which of botocore's clients a record's ``eventSource`` may be: ``monitoring`` is CloudWatch's.

CloudTrail names a service as its hosts or its signatures do, and several clients may share a name
(``ses`` and ``sesv2``): then the operation tells. Where it names it otherwise (``rdsdata``,
``amazonmq``), the host tells, if its service has such an operation. Read from botocore's data;
decides nothing.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterable
from functools import cache
from glob import escape, iglob
from itertools import pairwise
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.session import Session

from ..aws.cloudtrail import operations_called

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

    def _of_event(self, source: str, event: str, host: str = "") -> tuple[tuple[str, Any], ...]:
        """Clients, most likely first, each with the model of the operation or ``None``.

        A client is there twice where CloudTrail has one name for two of its operations.

        :param source: without ``.amazonaws.com``.
        :param event: ``eventName``.
        :param host: that the call went to, if it is known.
        """
        operation = operation_of(event)
        names = self._named([source])
        if pairs := self._pairs(names, operation):
            return pairs
        others = self._pairs(self._named(_names_in_host(host)), operation)
        return (*others, *((name, None) for name in names))

    def _pairs(self, names: Iterable[str], operation: str) -> tuple[tuple[str, Any], ...]:
        return tuple((name, model) for name in names for model in self._operations(name, operation))

    def _named(self, names: Iterable[str]) -> list[str]:
        if self._clients is None:
            self._clients = self._by_name()
        clients = [client for name in names for client in self._clients.get(name, [])]
        return list(dict.fromkeys(clients))

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

    def _operations(self, service: str, name: str) -> list[Any]:
        try:
            model = self._model(service)
        except BotoCoreError:
            return []
        operations = operations_called(service, name)
        return [model.operation_model(each) for each in operations if each in model.operation_names]


def _names_in_host(host: str) -> list[str]:
    """What *host* may name its service; S3's many families are one service."""
    labels = [label.removesuffix("-fips") for label in host.split(".")]
    pairs = [".".join(pair) for pair in pairwise(labels)]
    families = ["s3"] if any(re.match(r"s3[a-z]*-", label) for label in labels) else []
    return [*pairs, *labels, *families]


def _names_in(path: str) -> list[str]:
    """The names that a model has for its service."""
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        head = file.read(_HEAD)
    return [name.decode().lower() for name in _NAME.findall(head.partition(b'"operations"')[0])]
