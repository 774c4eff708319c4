"""A policy together with its values, and where each of them came from.

Frozen values only; reading files and the environment is :mod:`endpoint_router.policy.load`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from .model import Policy
from .origins import DEFAULT, Origin
from .parsed import Parsed, parse
from .paths import dotted
from .remarks import Remark


class LoadedPolicy(Struct, frozen=True):
    """What :func:`endpoint_router.policy.load.load` returns.

    ``origins`` is keyed by dotted path, with indexes as in the merged policy: ``mode``,
    ``defaults.fips``, ``rules[0]``, ``rules[0].fips``, ``vpc_endpoints[2]``, ``dns.timeout``.
    A path that is missing was left at its default.
    """

    policy: Policy
    #: What the policy's texts stand for.
    parsed: Parsed
    origins: Mapping[str, Origin] = {}
    #: Things that are no error but that its owner should hear of, one sentence each.
    warnings: tuple[Remark, ...] = ()

    @classmethod
    def of(cls, policy: Policy, origins: Mapping[str, Origin] | None = None) -> LoadedPolicy:
        """*policy* with its values; :raises BadValue: where a text of it is none of its kind."""
        origins = origins or {}
        parsed = parse(policy, lambda path: origins.get(dotted(path), DEFAULT))
        return cls(policy, parsed, origins)

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
        return tuple(dict.fromkeys(str(replace(o, line=0)) for o in self.origins.values()))
