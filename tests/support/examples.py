"""How many examples of an invariant are tried: a share, so that all the tests take minutes.

All with ``--hypothesis-profile all`` (``tox run -e sweep``), and there other ones each time. The
share is the same each time, as long as a test stays as it is: what it finds, a change has brought.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

#: Of a hundred, which is what hypothesis itself tries.
_SHARE = 30
#: So few tell nothing.
_FEWEST = 20


def register_profiles() -> None:
    """Before modules with tests are imported, since decorators take over what is in force.

    None has a deadline: how long an example takes is up to whoever else uses the machine.
    """
    # Nor may drawing one be too slow, for the same reason. The others take over what is in force.
    settings.register_profile("patient", suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")
    settings.register_profile("all", max_examples=100, deadline=None)
    settings.register_profile("share", max_examples=_SHARE, deadline=None, derandomize=True)
    settings.load_profile("share")


def examples(number: int) -> int:
    """How many are tried of *number*, for ``settings(max_examples=…)``."""
    return max(min(number, _FEWEST), number * settings().max_examples // 100)
