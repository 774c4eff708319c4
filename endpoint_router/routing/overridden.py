"""Hosts that a file of one's own names in the place of botocore's data: out where a policy binds.

Pure. What the policy declares is judged by its declaration, whoever names it. Comes before all else
that is said of a host: what such a file tells of its region, say, is worth nothing.
"""

from __future__ import annotations

from .. import codes
from .candidates import Candidate
from .case import Case
from .judging import Judgement, binds, refusal


def overridden_call(case: Case) -> Judgement | None:
    """Why the whole call is out: a file names each of its hosts."""
    judgements = [overridden_host(case, candidate) for candidate in case.candidates]
    return judgements[0] if judgements and all(judgements) else None


def overridden_host(case: Case, candidate: Candidate) -> Judgement | None:
    """Why *candidate* is out: a file names it, and nobody declares it."""
    file = candidate.resolved.overridden_by
    if not (file and candidate.kind in ("standard", "undeclared") and binds(case)):
        return None
    is_fips = case.settings.fips == "require"
    code = codes.FIPS_DATA_OVERRIDDEN if is_fips else codes.DATA_OVERRIDDEN
    why = f"{file} names {candidate.host}, in the place of botocore's own data."
    return refusal(case, code, why)
