"""moto in process, whichever is installed: before 5 each service had a mock of its own."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import Any

import moto


def moto_in_process() -> AbstractContextManager[Any]:
    """moto answers, until the end of the block."""
    if hasattr(moto, "mock_aws"):
        mock: AbstractContextManager[Any] = moto.mock_aws()
        return mock
    mocks = ExitStack()
    for name in ("mock_s3", "mock_kms", "mock_sqs"):
        mocks.enter_context(getattr(moto, name)())
    return mocks
