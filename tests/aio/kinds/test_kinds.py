"""Each row of the tables of kinds is true of asynchronous clients, too."""

from tests.kinds.test_kinds import test_row

__all__ = ["test_row"]
