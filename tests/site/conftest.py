"""Nothing of this folder is tested unless it is asked for: there must be a site."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    asked = any(
        (config.invocation_params.dir / argument.partition("::")[0]).is_relative_to(HERE)
        for argument in config.args
    )
    return None if asked else True
