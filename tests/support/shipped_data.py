"""botocore's own data files, read once for all tests of a process.

A session of botocore decodes ``endpoints.json`` and its services' models anew, and most tests make
a session: that was most of what they cost. Files in other folders are read each time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_plain = JSONFileLoader()
_exists = lru_cache(maxsize=None)(_plain.exists)
# Bounded, because what is kept is walked by each full collection of garbage.
_load_file = lru_cache(maxsize=32)(_plain.load_file)


class ReadOnce(JSONFileLoader):
    """A file loader that shares what it has read; botocore's loaders never change it."""

    def exists(self, file_path: str) -> bool:
        return (_exists if _is_shipped(file_path) else super().exists)(file_path)

    def load_file(self, file_path: str) -> Any:
        return (_load_file if _is_shipped(file_path) else super().load_file)(file_path)


def _is_shipped(path: str) -> bool:
    return path.startswith(Loader.BUILTIN_DATA_PATH)
