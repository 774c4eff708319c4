"""The policy that is in force in this environment, loaded as a start does and without its words."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from typing import Any

from botocore.session import Session

from ..policy import checks
from ..policy.load import SYSTEM_POLICY, load
from ..policy.loaded import LoadedPolicy
from ..sdk.activation.announcing import is_anything_written
from ..sdk.activation.installation import profile_policy

__all__ = ["policy_here"]


def policy_here(
    policy: Any,
    session: Session,
    *,
    today: datetime.date,
    environ: Mapping[str, str] = os.environ,
    system_policy: str = SYSTEM_POLICY,
    days: int = checks.SOON,
) -> tuple[LoadedPolicy, bool]:
    """The policy, and whether anybody has said what is wanted.

    :param policy: as for :func:`endpoint_router.install`.
    :param session: whose profile may name a policy.
    :param days: before its end from which a waiver is warned of.
    :raises PolicyError: it cannot be used.
    """
    profile, text = profile_policy(session)
    loaded = load(
        policy,
        environ=environ,
        profile_policy=text if profile else None,
        profile=profile,
        system_policy=system_policy,
        today=today,
        days=days,
    )
    return loaded, policy is not None or is_anything_written(loaded, environ)
