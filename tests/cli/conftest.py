"""The lab, for every test here."""

from tests.cli.probed import probed
from tests.support.lab_client import lab

__all__ = ["lab", "probed"]
