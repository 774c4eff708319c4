"""The oldest botocore that the hooks can be trusted on."""

from __future__ import annotations

from ..errors import PolicyError

#: ``AWS_ENDPOINT_URL`` exists from here on, and rulesets for nearly all services. On 1.28
#: ``before-endpoint-resolution`` is silently not called: too old is a fail-closed matter.
OLDEST = (1, 31, 0)


def check_botocore(version: str) -> None:
    """Refuse a botocore that is too old.

    :raises PolicyError: with code ``botocore.too_old``.
    """
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
    if numbers < OLDEST:
        raise PolicyError(
            where="botocore",
            found=version,
            expected=f"{'.'.join(map(str, OLDEST))} or newer",
            hint="Upgrade botocore: older ones pass by the hooks in silence.",
            code="botocore.too_old",
        )
