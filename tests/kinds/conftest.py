"""The lab, for the tests here that need servers."""

from tests.support.lab_client import lab

__all__ = ["lab"]
