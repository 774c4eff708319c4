"""All checks, in the order in which they are told: look once, then judge what was seen."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..policy.loaded import LoadedPolicy
from ..policy.model import Policy
from . import activation, clock, cryptography, log, names, overrides, policy, proxies, versions
from .finding import Finding, Judged
from .routed_host import endpoint_name, public_host, region_of
from .source import mentions
from .trial import quiet, try_it

__all__ = ["CHECKS", "check_up"]

#: Every check by its id, in the order in which they are told.
CHECKS: Mapping[str, Callable[[Any], Judged]] = {
    **policy.CHECKS,
    **activation.CHECKS,
    **versions.CHECKS,
    **names.CHECKS,
    **proxies.CHECKS,
    **overrides.CHECKS,
    **clock.CHECKS,
    **log.CHECKS,
    **cryptography.CHECKS,
}


def check_up(
    environ: Mapping[str, str] = os.environ,
    *,
    program: Sequence[str] = (),
    mains: Sequence[str] = (),
    frozen_cli: str = "",
) -> tuple[Finding, ...]:
    """Look around in this interpreter, and judge it. Asks DNS; sends nothing to AWS.

    To be called before anything has made a session of botocore's.

    :param program: the command in whose place this is; none for what stands here itself.
    :param mains: files in which it begins.
    :param frozen_cli: an AWS CLI that nothing can be built into.
    """
    with quiet():
        trial = try_it()
        from botocore.session import Session

        session = Session()
        loaded, seen_policy = policy.look(session, environ)
    tried = activation.look(
        trial,
        environ,
        program=shlex.join(program),
        mentions=mentions(mains),
        frozen_cli=frozen_cli,
    )
    in_force = seen_policy.mode == "enforce" and seen_policy.demands_something
    # Of a policy that cannot be used nothing is known; the network is there all the same.
    usable = loaded or LoadedPolicy.of(Policy())
    region = region_of(session, environ)
    public = public_host(usable, region, fips=seen_policy.wants_fips)
    seen: Mapping[str, object] = {
        "policy": seen_policy,
        "activation": tried,
        "versions": versions.look(),
        "names": names.look(endpoint_name(usable, region) or public, usable),
        "proxies": proxies.look(usable, public, environ),
        "overrides": overrides.look(session, loaded, environ, demands_something=in_force),
        "clock": clock.look(),
        "log": log.look(loaded.policy.log.decisions if loaded else None),
        "cryptography": cryptography.look(environ, wants_fips=seen_policy.wants_fips),
    }
    return tuple(Finding(id, *check(seen[id.partition(".")[0]])) for id, check in CHECKS.items())
