"""The lab, and its opposite, for every test here."""

from tests.support.caught_calls import no_network
from tests.support.lab_client import lab

__all__ = ["lab", "no_network"]
