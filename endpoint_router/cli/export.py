"""``endpoint-router export``: writes to stdout, counts what is lost on stderr, tells the status.

0: the format carries the whole policy. 1: not all of it; what is written holds all the same, and
its comments name the rest. 2: bad input; nothing is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.loaders import create_loader
from botocore.session import Session

from ..export.survey import Survey
from ..export.writing import Format, written
from ..printable import printable
from ..router import World
from ..sdk.activation.announcing import NO_POLICY, WAY_OUT, is_anything_written
from ..sdk.activation.install import Installation
from ..sdk.endpoints.botocore_data import data_for


class _BadInput(Exception):
    """Ends the command with status 2."""


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
    """
    world = world or World()
    session = Session()
    try:
        loaded = Installation(policy, world=world, environ=environ).load(session)
        if policy is None and not is_anything_written(loaded, environ):
            raise _BadInput(f"{NO_POLICY}. {WAY_OUT}.")
        wanted = _regions(regions, session)
        if form == "env" and len(wanted) > 1:
            raise _BadInput("variables hold one region: give --region once")
    except _BadInput as bad:
        print(f"endpoint-router export: {printable(str(bad))}", file=sys.stderr)
        return 2
    survey = Survey(loaded, session, world)
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


def _regions(given: Sequence[str], session: Session) -> tuple[str, ...]:
    regions = tuple(dict.fromkeys(given)) or tuple(
        filter(None, [session.get_config_variable("region")])
    )
    if not regions:
        raise _BadInput("which region? For example: --region us-gov-west-1")
    for region in regions:
        if not data_for(create_loader()).partition(region):
            raise _BadInput(f"--region: botocore knows no partition of {region!r}")
    return regions
