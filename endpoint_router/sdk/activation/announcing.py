"""What is said at the start: which policy is in force, or that there is none.

Of the AWS configuration only the text is read: which profile a program will use is not known when
it starts.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ...policy.load import SYSTEM_POLICY
from ...policy.loaded import LoadedPolicy

logger = logging.getLogger("endpoint_router")

#: Without the beginning and the way out, which are the caller's.
NO_POLICY = (
    "there is no policy (no ENDPOINT_ROUTER_* variable, no profile with endpoint_router_policy, no "
    f"{SYSTEM_POLICY or 'file of the machine'}), so every call would go wherever botocore sends it"
)
WAY_OUT = "Set ENDPOINT_ROUTER_POLICY=/path/of/policy.toml, or ENDPOINT_ROUTER_FIPS=require"

#: The AWS files that may name a policy in a profile, or ask for FIPS, with the variables that move
#: them.
_FILES = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}
_IN_PROFILE = re.compile(
    r"^\s*(endpoint_router_policy\s*=\s*\S|use_fips_endpoint\s*=\s*true\b)", re.M | re.I
)


def announce(loaded: LoadedPolicy, environ: Mapping[str, str], *, in_code: bool) -> None:
    """Log which policy speaks.

    :param in_code: code handed over a policy, if only an empty one.
    """
    if not in_code and not is_anything_written(loaded, environ):
        logger.warning(
            "endpoint_router: %s. %s, or pass a policy to install().", NO_POLICY, WAY_OUT
        )
    logger.info("endpoint_router: %s", in_force(loaded))


def is_anything_written(loaded: LoadedPolicy, environ: Mapping[str, str]) -> bool:
    """Has anybody said what is wanted: a policy, a variable, a profile, or botocore's own for FIPS?

    A profile counts, whichever: the program may choose it when it makes its session.
    """
    if loaded.origins or environ.get("AWS_USE_FIPS_ENDPOINT", "").strip().lower() == "true":
        return True
    return any(
        _IN_PROFILE.search(_text(environ.get(variable) or usual))
        for variable, usual in _FILES.items()
    )


def _text(path: str) -> str:
    try:
        file = Path(os.path.expandvars(path)).expanduser()
        return file.read_text(encoding="utf-8", errors="replace")
    # As for botocore, one that cannot be read says nothing.
    except (OSError, RuntimeError, ValueError):
        return ""


def in_force(loaded: LoadedPolicy) -> str:
    """The policy in a line."""
    policy = loaded.policy
    where = ", ".join(loaded.sources()) or "code"
    rules = len(policy.rules)
    return (
        f"policy from {where}: {loaded.digest()}, mode = {policy.mode}, "
        f"{rules} rule{'' if rules == 1 else 's'}"
    )
