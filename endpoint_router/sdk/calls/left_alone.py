"""A client that stays as it was made: nothing is demanded of it, or nothing enforced."""

from __future__ import annotations

from typing import Any

__all__ = ["LeftAlone"]


class LeftAlone:
    """In the place of no method."""

    def wrap(self) -> None:
        """Nothing."""

    def unwrap(self, client: Any = None) -> None:
        """Nothing."""
