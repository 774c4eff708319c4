"""Variables one slip away from ours: ``ENDPOINTROUTER_FIPS``, ``ENDPOINT_ROUTR_MODE``. Pure.

Case and separators are no difference; besides, one character may be wrong, missing, too many, or
have changed places with the next. All of a name is compared, its last part included, so what others
call theirs (``ENDPOINT_ROUTING``, ``AWS_ENDPOINT_URL_KMS``, Kubernetes' ``ENDPOINTROUTER_PORT``) is
none of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from .slips import one_slip, squashed


def meant_by(name: str, ours: Iterable[str]) -> str:
    """The one of *ours* that *name* was meant to be; empty for another's variable."""
    letters = squashed(name)
    return next((own for own in ours if one_slip(letters, squashed(own))), "")
