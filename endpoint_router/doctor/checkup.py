"""All checks, in the order in which they are told: look once, then judge what was seen."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..policy.loaded import LoadedPolicy
from ..policy.model import Policy
from . import activation, clock, cryptography, log, names, overrides, policy, proxies, versions
from .finding import Finding, Judged
from .routed_host import endpoint_name, public_host, region_of
from .source import mentions

__all__ = ["GROUPS", "check_up"]

#: What each begins with, as a person reads it.
GROUPS: Mapping[str, str] = {
    "policy": "Policy",
    "activation": "Switched on",
    "versions": "Versions",
    "names": "Names",
    "proxies": "Proxies",
    "overrides": "Overrides",
    "clock": "Clock",
    "log": "Decision log",
    "cryptography": "Cryptography",
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
    with activation.quiet():
        trial = activation.try_it()
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
    wants_fips = any(demand.startswith("fips = require") for demand in seen_policy.demands)
    in_force = seen_policy.mode == "enforce" and seen_policy.demands_something
    findings = [
        *_judge(policy.CHECKS, seen_policy),
        *_judge(activation.CHECKS, tried),
        *_judge(versions.CHECKS, versions.look()),
    ]
    # Of a policy that cannot be used nothing is known; the network is there all the same.
    usable = loaded or LoadedPolicy.of(Policy())
    region = region_of(session, environ)
    public = public_host(usable, region, fips=wants_fips)
    asked = endpoint_name(usable, region) or public
    findings += _judge(names.CHECKS, names.look(asked, usable))
    findings += _judge(proxies.CHECKS, proxies.look(usable, public, environ))
    seen_overrides = overrides.look(session, loaded, environ, demands_something=in_force)
    findings += _judge(overrides.CHECKS, seen_overrides)
    findings += _judge(clock.CHECKS, clock.look())
    target = loaded.policy.log.decisions if loaded else None
    findings += _judge(log.CHECKS, log.look(target))
    seen_cryptography = cryptography.look(environ, wants_fips=wants_fips)
    findings += _judge(cryptography.CHECKS, seen_cryptography)
    return tuple(findings)


def _judge(checks: Mapping[str, Callable[[Any], Judged]], seen: object) -> Iterator[Finding]:
    """What each of *checks* says of what was *seen*."""
    for name, check in checks.items():
        yield Finding(name, *check(seen))
