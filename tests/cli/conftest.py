"""The lab, and commands in it, for every test here."""

from tests.cli.explained import cli
from tests.cli.probed import probed
from tests.support.lab_client import lab

__all__ = ["cli", "lab", "probed"]
