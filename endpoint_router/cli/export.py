"""``endpoint-router export``: writes to stdout, counts what is lost on stderr, tells the status.

0: the format carries the whole policy. 1: not all of it; what is written holds all the same, and
its comments name the rest. 2: bad input; nothing is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.session import Session

from ..export.writing import Format, written
from ..router import World
from ..sdk.activation.announcing import NO_POLICY, WAY_OUT, is_anything_written
from ..sdk.activation.installation import Installation
from ..survey.hopes import Survey
from .output import BadInput
from .regions import regions_of


def export(
    form: Format,
    *,
    policy: Any = None,
    regions: Sequence[str] = (),
    world: World | None = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Print the policy in another software's format.

    :param policy: as for :func:`endpoint_router.install`; ``None`` means what the environment says.
    :param regions: none means that of the environment or the profile.
    :raises PolicyError: the policy cannot be used.
    :raises BadInput: there is none, or no such region.
    """
    world = world or World()
    session = Session()
    loaded = Installation(policy, world=world, environ=environ).load(session)
    if policy is None and not is_anything_written(loaded, environ):
        raise BadInput(f"{NO_POLICY}. {WAY_OUT}.")
    survey = Survey(loaded, session, world)
    wanted = regions_of(regions, session, survey.partition)
    if form == "env" and len(wanted) > 1:
        raise BadInput("variables hold one region: give --region once")
    text, losses = written(form, loaded, survey, wanted, world.today())
    sys.stdout.write(text)
    if not losses:
        return 0
    print(
        f"endpoint-router export: {len(losses)} thing(s) of the policy could not be carried; "
        'the lines with "not carried" name them.',
        file=sys.stderr,
    )
    return 1
