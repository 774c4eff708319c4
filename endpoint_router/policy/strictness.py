"""Which value of a setting is stricter than another: one table, shared by rules, checks and locks.

Pure. A setting that has no place here (``presigned``, ``account_id_hosts``) may be chosen freely:
neither of its values is weaker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_DEMAND = ("off", "prefer", "require")

#: Values from weakest to strongest.
ORDER: Mapping[str, tuple[str, ...]] = {
    "mode": ("off", "report", "enforce"),
    "fips": _DEMAND,
    "fips_basis": ("attested", "ruleset", "named", "listed"),
    "private": _DEMAND,
    "dual_stack": _DEMAND,
    "regional": ("off", "require"),
    "endpoint_url": ("check", "deny"),
}

#: Settings of a call that can be weaker or stronger.
GRADED = (*(key for key in ORDER if key != "mode"), "allowed_regions")


def weaker(key: str, new: object, old: object) -> bool:
    """Whether *new* allows something that *old* forbids."""
    if key in ORDER:
        order = ORDER[key]
        return order.index(str(new)) < order.index(str(old))
    if key == "allowed_regions":
        return _widens(_globs(new), _globs(old))
    return False


def _widens(new: Sequence[str], old: Sequence[str]) -> bool:
    """Globs are compared as text: whether one covers another is left to whoever writes them."""
    return bool(old) and (not new or any(glob not in old for glob in new))


def _globs(value: object) -> list[str]:
    return [str(glob).lower() for glob in value] if isinstance(value, (list, tuple)) else []
