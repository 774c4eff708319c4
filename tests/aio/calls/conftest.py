"""Every test here is one of another folder, with asynchronous clients."""

from tests.aio.kinds.conftest import asynchronous, collect_ignore_glob, lab, no_network

__all__ = ["asynchronous", "collect_ignore_glob", "lab", "no_network"]
