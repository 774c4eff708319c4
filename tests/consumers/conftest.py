"""Nothing of this folder but the page is tested unless the folder is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    asked = any(
        (config.invocation_params.dir / argument.partition("::")[0]).is_relative_to(HERE)
        for argument in config.args
    )
    return True if collection_path.name == "test_consumers.py" and not asked else None
