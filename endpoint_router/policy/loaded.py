"""A policy together with where each of its values came from.

Frozen values only; reading files and the environment is :mod:`endpoint_router.policy.load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from .model import Policy

OriginKind = Literal["default", "file", "inline", "variable", "code", "profile", "application"]


class Origin(Struct, frozen=True):
    """Where a value was written."""

    kind: OriginKind
    #: Path, variable or profile name; empty for defaults and code.
    name: str = ""
    #: Line in a file, counted from 1; 0 where there is none.
    line: int = 0

    def __str__(self) -> str:
        if self.kind == "default":
            return "default"
        where = f"{self.name}:{self.line}" if self.line else self.name
        if self.kind == "variable":
            return where
        return f"{self.kind} {where}".strip()


DEFAULT = Origin("default")


class LoadedPolicy(Struct, frozen=True):
    """What :func:`endpoint_router.policy.load.load` returns.

    ``origins`` is keyed by dotted path, with indexes as in the merged policy: ``mode``,
    ``defaults.fips``, ``rules[0]``, ``rules[0].fips``, ``vpc_endpoints[2]``, ``dns.timeout``.
    A path that is missing was left at its default.
    """

    policy: Policy
    origins: Mapping[str, Origin] = {}
    #: Things that are no error but that its owner should hear of, one sentence each.
    warnings: tuple[str, ...] = ()

    def origin(self, path: str) -> Origin:
        """Origin of *path*, or ``DEFAULT`` when nobody wrote it."""
        return self.origins.get(path, DEFAULT)

    def digest(self) -> str:
        """``sha256:`` and the hash of the policy as JSON, the same wherever it was written."""
        import hashlib  # only where a policy is named by it

        # A Struct's keys come in the order of its class, and without those at their default.
        return f"sha256:{hashlib.sha256(msgspec.json.encode(self.policy)).hexdigest()}"

    def sources(self) -> tuple[str, ...]:
        """Everything that had a part in the policy: files, variables, code; without lines."""
        return tuple(
            dict.fromkeys(str(replace(origin, line=0)) for origin in self.origins.values())
        )
