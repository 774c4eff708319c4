"""Nothing of this folder but the page runs where other people's software is not installed."""

from __future__ import annotations

import importlib.util

#: Of tox's environment ``consumers``: without it, everything but the page is left alone.
collect_ignore = [] if importlib.util.find_spec("awscli") else ["test_consumers.py"]
