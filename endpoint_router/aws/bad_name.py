"""What is raised for a text that is no name of the wanted kind."""

from __future__ import annotations


class BadName(ValueError):
    """A name that cannot be used. :ivar found: the name. :ivar expected: what may stand there."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found)
        self.found, self.expected, self.hint = found, expected, hint
