"""botocore's and boto3's own data, read once for all tests of a process.

A session of botocore lists its services and decodes ``endpoints.json`` and models anew, and most
tests make a session: that was most of what they cost. Data in other folders is read each time.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader

#: Its model is not shared: ``handlers.remove_accid_host_prefix_from_model`` takes host prefixes out
#: of it when an operation is first called, and tests of both states must not depend on their order.
_CHANGED = f"{os.sep}s3control{os.sep}"
#: The folder that both are installed in.
_INSTALLED = str(Path(Loader.BUILTIN_DATA_PATH).parents[1]) + os.sep


class _ReadOnce(JSONFileLoader):
    """Shares what it has read.

    botocore's resolver fills ``endpoints.json``'s defaults in where it passes: what a session finds
    is what it would find when older.
    """

    def exists(self, file_path: str) -> bool:
        return (_exists if _is_installed(file_path) else super().exists)(file_path)

    def load_file(self, file_path: str) -> Any:
        shared = _is_installed(file_path) and _CHANGED not in file_path
        return (_load_file if shared else super().load_file)(file_path)


_from_file = JSONFileLoader()
_exists = cache(_from_file.exists)
# Bounded, because each full collection of garbage walks what is kept.
_load_file = lru_cache(maxsize=32)(_from_file.load_file)
_list_services = Loader.list_available_services


@cache
def _services_below(folder: str, type_name: str) -> frozenset[str]:
    loader = Loader([folder], include_default_search_paths=False)
    return frozenset(_list_services(loader, type_name))


def _services(self: Loader, type_name: str) -> list[str]:
    folders = [path for path in self.search_paths if os.path.isdir(path)]
    if not all(map(_is_installed, folders)):
        return _list_services(self, type_name)
    return sorted({name for folder in folders for name in _services_below(folder, type_name)})


def _is_installed(path: str) -> bool:
    return path.startswith(_INSTALLED)


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Let loaders of botocore that are made from now on share what they read."""
    patch.setattr(Loader, "FILE_LOADER_CLASS", _ReadOnce)
    patch.setattr(Loader, "list_available_services", _services)
