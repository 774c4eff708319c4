"""Which policy speaks here: where it was written, what it demands, and what its owner should hear.

Its warnings are those that are logged when it is installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

from botocore.exceptions import BotoCoreError
from msgspec import Struct

from ..errors import PolicyError
from ..policy.load import SYSTEM_POLICY
from ..policy.loaded import LoadedPolicy
from ..policy.model import Settings
from ..policy.rules import applied
from ..printable import printable
from ..routing.judging import demanding
from ..sdk.activation.announcing import WAY_OUT, is_anything_written
from ..sdk.activation.check import check_policy
from ..sdk.activation.installation import Installation
from .finding import Judged, amber, green, red

__all__ = ["CHECKS", "SeenPolicy", "look", "summed_up"]

_SAY = f"{WAY_OUT} (endpoint-router policy init writes one)"


class SeenPolicy(Struct, frozen=True):
    """What can be said of the policy in force."""

    #: Why it cannot be used, with the place; empty where it can.
    error: str = ""
    #: Has anybody written anything?
    is_written: bool = False
    #: Where, without lines.
    sources: tuple[str, ...] = ()
    digest: str = ""
    mode: Literal["off", "report", "enforce"] = "enforce"
    #: Numbers of each.
    rules: int = 0
    endpoints: int = 0
    #: Of ``[defaults]``, as ``fips = require``; and does anything demand anything of any call?
    demands: tuple[str, ...] = ()
    demands_something: bool = False
    #: Is FIPS required of any call?
    wants_fips: bool = False
    #: Who locked it; empty for nobody.
    locked_by: str = ""
    #: Path of the machine's own policy; empty where the system has no place for one.
    system: str = ""
    system_exists: bool = False
    warnings: tuple[str, ...] = ()


def look(
    session: Any,
    environ: Mapping[str, str] = os.environ,
    system_policy: str = SYSTEM_POLICY,
) -> tuple[LoadedPolicy | None, SeenPolicy]:
    """The policy that speaks for *session* (a botocore session), and what can be said of it.

    :returns: ``None`` where it cannot be used.
    """
    exists = bool(system_policy) and os.path.lexists(system_policy)
    installation = Installation(environ=environ, system_policy=system_policy)
    try:
        loaded = installation.load(session)
    except PolicyError as error:
        return None, SeenPolicy(
            error=str(error), is_written=True, system=system_policy, system_exists=exists
        )
    except BotoCoreError:  # the AWS configuration cannot be read, so no profile speaks
        return look(None, environ, system_policy)
    asks_for_fips = _asks_for_fips(session)
    is_written = asks_for_fips or is_anything_written(loaded, environ)
    return loaded, summed_up(
        loaded,
        is_written=is_written,
        asks_for_fips=asks_for_fips,
        system=system_policy,
        system_exists=exists,
    )


def summed_up(
    loaded: LoadedPolicy,
    *,
    is_written: bool = True,
    asks_for_fips: bool = False,
    system: str = "",
    system_exists: bool = False,
) -> SeenPolicy:
    """What can be said of *loaded*.

    :param asks_for_fips: by botocore's own setting.
    """
    policy = loaded.policy
    defaults, plain = policy.defaults, Settings()
    demands = [
        f"{name} = {_value(getattr(defaults, name))}"
        for name in Settings.__struct_fields__
        if getattr(defaults, name) != getattr(plain, name)
    ]
    if asks_for_fips and defaults.fips == "off":
        demands.insert(0, "fips = require (botocore's own setting)")
    all_settings = [defaults, *(applied(rule, defaults) for rule in policy.rules)]
    return SeenPolicy(
        is_written=is_written,
        sources=loaded.sources(),
        digest=_digest(loaded),
        mode=policy.mode,
        rules=len(policy.rules),
        endpoints=len(policy.vpc_endpoints) + len(policy.custom_endpoints),
        demands=tuple(demands),
        demands_something=asks_for_fips or any(map(demanding, all_settings)),
        wants_fips=asks_for_fips or any(each.fips == "require" for each in all_settings),
        locked_by=str(loaded.origin("locked")) if policy.locked else "",
        system=system,
        system_exists=system_exists,
        warnings=tuple(dict.fromkeys((*loaded.warnings, *check_policy(loaded)))),
    )


def _digest(loaded: LoadedPolicy) -> str:
    try:
        return loaded.digest()
    except ValueError:  # an OpenSSL that has no SHA-256, of which another check tells
        return "unknown"


def _asks_for_fips(session: Any) -> bool:
    if session is None:
        return False
    try:
        return bool(session.get_config_variable("use_fips_endpoint"))
    except BotoCoreError:  # no such profile, say: clients tell
        return False


def _value(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


# --- checks


def in_force(seen: SeenPolicy) -> Judged:
    """Is there one, and does it ask for anything?"""
    if seen.error:
        return red(f"it cannot be used, so each call is refused: {seen.error}", "Mend it there.")
    if not seen.is_written:
        return red("none: every call goes wherever botocore sends it", f"{_SAY}.")
    rules = f"{seen.rules} rule{'' if seen.rules == 1 else 's'}"
    where = ", ".join(seen.sources) or "botocore's setting for FIPS"
    what = f"{where}; mode = {seen.mode}, {rules}"
    details = (f"digest {seen.digest}", *seen.demands)
    if seen.mode == "off":
        return red(f"{what}: nothing is routed", "Set mode = enforce, or report first.", *details)
    if seen.mode == "report":
        return amber(f"{what}: nothing is refused", "Set mode = enforce.", *details)
    if not seen.demands_something:
        way_out = 'Demand something: fips = "require", private = "require", allowed_regions.'
        return amber(f"{what}: it demands nothing of any call", way_out, *details)
    return green(what, *details)


def system(seen: SeenPolicy) -> Judged:
    """The machine's own policy, which no environment takes away."""
    if not seen.system:
        return green("this system has no place for a policy of the machine's own")
    if not seen.system_exists:
        return green(f"no {seen.system}: whoever sets the environment sets the policy")
    if seen.error or f"file {seen.system}" in seen.sources:
        return green(f"{seen.system} lies beneath all else")
    return green(f"{seen.system} is there, and says nothing")


def locked(seen: SeenPolicy) -> Judged:
    """May the environment and code loosen it?"""
    if seen.error or not seen.is_written:
        return green("there is nothing to lock")
    if seen.locked_by:
        return green(f"locked by {seen.locked_by}: environment and code may only tighten it")
    if seen.system_exists:
        way_out = f"Write locked = true into {seen.system}."
        return amber("not locked: environment and code may loosen the machine's policy", way_out)
    return green("not locked: environment and code may loosen it")


def warnings(seen: SeenPolicy) -> Judged:
    """What its owner should hear of."""
    if not seen.warnings:
        return green("none" if not seen.error else "not known: it cannot be used")
    count = len(seen.warnings)
    return amber(
        f"{count} warning{'' if count == 1 else 's'}",
        "endpoint-router check tells each with its line.",
        *map(printable, seen.warnings),
    )


CHECKS: Mapping[str, Callable[[SeenPolicy], Judged]] = {
    "policy.in_force": in_force,
    "policy.system": system,
    "policy.lock": locked,
    "policy.warnings": warnings,
}
