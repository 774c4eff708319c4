"""What ``endpoints.json`` names besides FIPS hosts: services in regions, and dual-stack hosts.

As botocore ships it. Only what is written for the very region counts: what the table's defaults
would form for it is a formatter's work, as a ruleset's is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..sdk.endpoints.endpoints_json import endpoints_table

__all__ = ["Listed"]


class Listed:
    """The table, of which nothing was handed to a resolver, which would fill it up."""

    def __init__(self) -> None:
        self._partitions: dict[str, Mapping[str, Any]] = {
            each["partition"]: each for each in endpoints_table()["partitions"]
        }
        self._dual_stack: dict[tuple[str, str], frozenset[str]] = {}

    def is_in(self, endpoint_prefix: str, region: str, partition: str) -> bool:
        """Is the service in that region, or in all of the partition, as IAM is?"""
        service = self._service(endpoint_prefix, partition)
        return region in service.get("endpoints", {}) or service.get("isRegionalized") is False

    def dual_stack(self, endpoint_prefix: str, partition: str) -> frozenset[str]:
        """The dual-stack hosts of a service."""
        key = (endpoint_prefix, partition)
        if key not in self._dual_stack:
            self._dual_stack[key] = frozenset(self._dual_stack_hosts(*key))
        return self._dual_stack[key]

    def _dual_stack_hosts(self, endpoint_prefix: str, partition: str) -> Iterator[str]:
        endpoints = self._service(endpoint_prefix, partition).get("endpoints", {})
        for region, endpoint in endpoints.items():
            for variant in endpoint.get("variants", ()):
                if variant["tags"] == ["dualstack"] and "hostname" in variant:
                    suffix = variant.get("dnsSuffix", self._partitions[partition]["dnsSuffix"])
                    yield variant["hostname"].format(
                        service=endpoint_prefix, region=region, dnsSuffix=suffix
                    )

    def _service(self, endpoint_prefix: str, partition: str) -> Mapping[str, Any]:
        services = self._partitions.get(partition, {}).get("services", {})
        service: Mapping[str, Any] = services.get(endpoint_prefix, {})
        return service
