"""Data from elsewhere in the place of botocore's own: which file names a client's hosts.

``AWS_DATA_PATH``, ``~/.aws/models`` and ``loader.search_paths`` come before botocore's directory.
Asked is the client's loader, for what it has read: a loader reads each file once, so what it found
is in force for all its clients, and what appears later for none of them. Nothing here decides.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from botocore.exceptions import BotoCoreError
from botocore.loaders import JSONFileLoader, Loader
from msgspec import Struct

from .. import seams_rulesets

#: Files that can name a host: those of all services, and of each.
_OF_ALL = ("endpoints", "partitions")
_RULESET, _MODEL, _EXTRAS = "endpoint-rule-set-1", "service-2", ".sdk-extras"


class Override(Struct, frozen=True):
    """What stands in the place of botocore's data for one client."""

    #: The file; empty where all is botocore's own.
    path: str = ""
    #: Does botocore itself have the service? If not, nothing was replaced.
    replaces: bool = True
    #: Is it ``endpoints.json``? botocore then hands its hosts over as if they were configured URLs.
    is_table: bool = False


NO_OVERRIDE = Override()


class _Foreign:
    """What one loader has read from elsewhere."""

    def __init__(self) -> None:
        #: How much it had read when this was noted.
        self.count = 0
        #: By name, as of ``Loader.load_data``: what was read, and its path without ending.
        self.files: dict[str, tuple[Any, str]] = {}
        #: By service and endpoint prefix.
        self.known: dict[tuple[str, str], Override] = {}


_foreign: WeakKeyDictionary[Any, _Foreign] = WeakKeyDictionary()


def override_for(loader: Any, service: str, endpoint_prefix: str) -> Override:
    """What names the hosts of a client with this *loader*, when it has been made."""
    read = seams_rulesets.data_read(loader)
    if read is None:
        return Override(f"a data_loader of the application's own ({type(loader).__qualname__})")
    foreign = _foreign.get(loader)
    if foreign is None:
        foreign = _foreign[loader] = _Foreign()
    if foreign.count != len(read):
        _note(foreign, read)
    if not foreign.files:
        return NO_OVERRIDE
    key = (service, endpoint_prefix)
    if key not in foreign.known:
        foreign.known[key] = _override(foreign.files, *key)
    return foreign.known[key]


def _note(foreign: _Foreign, read: Mapping[Any, Any]) -> None:
    """Note what has been read since."""
    items = list(read.items())  # other threads go on reading
    files = {}
    for key, value in items:
        method, name = key[0], str(key[-1])
        if method != "load_data_with_path" or value[1].startswith(Loader.BUILTIN_DATA_PATH):
            continue
        model = name.removesuffix(_EXTRAS)
        if model in _OF_ALL or model.split(os.sep)[-1] in (_RULESET, _MODEL):
            # Extras have been merged into what they are extras of.
            data, _ = read.get((method, model), value)
            files[name] = data, value[1]
    if files.keys() != foreign.files.keys():
        foreign.files, foreign.known = files, {}
    foreign.count = len(items)


def _override(files: Mapping[str, tuple[Any, str]], service: str, prefix: str) -> Override:
    for name, (data, path) in files.items():
        try:
            harmless = _is_harmless(name, data, path, service, prefix)
        except (KeyError, TypeError, AttributeError):  # of another shape, so not the same
            harmless = False
        if not harmless:
            replaces = Path(Loader.BUILTIN_DATA_PATH, service).is_dir()
            return Override(_file(path), replaces, name == "endpoints")
    return NO_OVERRIDE


def _is_harmless(name: str, data: Any, path: str, service: str, prefix: str) -> bool:
    """Does the file *name* name no host of *service*, or the same as botocore's own?"""
    from . import host_names  # few processes have such files

    steps = name.removesuffix(_EXTRAS).split(os.sep)
    if name not in _OF_ALL and steps[0] != service:
        return True
    kind = steps[-1]
    try:
        own = _own()
        ours = own.load_data(name) if name in _OF_ALL else own.load_service_model(service, kind)
    except BotoCoreError:  # botocore does not have it
        return kind == _MODEL and host_names.stays_below_aws(data)
    if name == "endpoints":
        try:
            stamp = os.stat(_file(path))
        except OSError:  # it is gone by now
            return False
        theirs = _pristine(path, stamp.st_mtime_ns, stamp.st_size)
        return theirs is not None and host_names.same_endpoints(ours, theirs, prefix)
    if name == "partitions":
        return host_names.same_partitions(ours, data)
    return host_names.same_model(ours, data) if kind == _MODEL else _plain(ours) == _plain(data)


@cache
def _own() -> Loader:
    """Reads what botocore ships, and nothing else."""
    # Nothing is shared with loaders of clients: what those have read, botocore writes into.
    return Loader([Loader.BUILTIN_DATA_PATH], JSONFileLoader(), include_default_search_paths=False)


@lru_cache(maxsize=2)
def _pristine(path: str, _modified: int, _size: int) -> Any:
    """What stands in a file: botocore's resolver fills defaults in where it has passed.

    Shared by all loaders of the process, and decoded again when the file has changed.
    """
    return JSONFileLoader().load_file(path)


def _plain(data: Any) -> str:
    """Whatever the order of its keys."""
    return json.dumps(data, sort_keys=True)


def _file(path: str) -> str:
    files = (f"{path}{ending}" for ending in (".json", ".json.gz"))
    return next((file for file in files if Path(file).exists()), path)
