"""What the catalogue says of one service in one region, and what its words mean. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

__all__ = ["BASES", "DNS", "TITLES", "VARIANTS", "Endpoint", "Row"]

#: In the order of all answers; fields of :class:`Row`.
VARIANTS = (
    "standard",
    "regional",
    "fips",
    "dual_stack",
    "fips_dual_stack",
    "privatelink",
    "privatelink_fips",
)

#: What people call them.
TITLES: Mapping[str, str] = {
    "standard": "standard",
    "regional": "regional",
    "fips": "FIPS",
    "dual_stack": "dual-stack",
    "fips_dual_stack": "FIPS and dual-stack",
    "privatelink": "PrivateLink",
    "privatelink_fips": "PrivateLink for FIPS",
}

#: Strongest first.
BASES: Mapping[str, str] = {
    "listed": "botocore's endpoints.json has it for this service and region: the very FIPS or "
    "dual-stack host; of a standard host, the service. That file is old in parts: what it does not "
    "list may exist.",
    "named": "a PrivateLink service of AWS's documentation, whose name says FIPS. It does not say "
    "where: only DescribeVpcEndpointServices tells whether your region has it.",
    "ruleset": "botocore's ruleset forms this name when it is asked for the variant, for any "
    "region: a formatter, not a list. The host may not exist, or the service may not be there.",
    "documented": "a PrivateLink service of AWS's documentation. It does not say where: only "
    "DescribeVpcEndpointServices tells whether your region has it.",
}

#: What DNS said, where it was asked.
DNS: Mapping[str, str] = {
    "exists": "DNS has addresses for this name, and none for names beside it that cannot exist.",
    "absent": "DNS says that there is no such name (NXDOMAIN), or no address of it (NODATA).",
    "unknown": "DNS gave no answer that can be believed. It does not mean that the name is not "
    "there.",
}


class Endpoint(Struct, frozen=True):
    """One variant: a host, or a PrivateLink service."""

    #: Empty where there is none.
    name: str = ""
    #: A key of :data:`BASES`; empty where there is none.
    basis: str = ""
    #: Why there is none.
    why: str = ""
    #: A key of :data:`DNS`; empty where nobody asked.
    dns: Literal["", "exists", "absent", "unknown"] = ""
    #: ``NXDOMAIN``, or why it is not known.
    dns_detail: str = ""

    @property
    def is_there(self) -> bool:
        """Is there one, as far as is known?"""
        return bool(self.name) and self.dns != "absent"


class Row(Struct, frozen=True):
    """One service in one region; a further row for each group of operations with other hosts."""

    #: boto3 client name.
    service: str
    region: str
    partition: str
    #: One of those that go elsewhere than the service's others; empty for those.
    operation: str
    #: How many operations go where this row says.
    operations: int
    #: What a client uses that asks for nothing.
    standard: Endpoint
    #: The host that names its region.
    regional: Endpoint
    fips: Endpoint
    dual_stack: Endpoint
    fips_dual_stack: Endpoint
    #: Serves the standard host, or its regional twin.
    privatelink: Endpoint
    #: Serves the FIPS host.
    privatelink_fips: Endpoint

    @property
    def label(self) -> str:
        """``stepfunctions``, ``stepfunctions.TestState``: as ``explain`` takes it."""
        return f"{self.service}.{self.operation}" if self.operation else self.service

    def variant(self, name: str) -> Endpoint:
        """The one that a word of :data:`VARIANTS` stands for."""
        endpoint: Endpoint = getattr(self, name)
        return endpoint
