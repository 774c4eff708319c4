"""The lab, for every test here."""

from tests.support.lab_client import lab

__all__ = ["lab"]
