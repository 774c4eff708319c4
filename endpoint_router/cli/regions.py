"""``--region R``, which some commands take several times: those given, else the environment's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from botocore.session import Session

from .output import BadInput

__all__ = ["regions_of"]


def regions_of(
    given: Sequence[str], session: Session, partition: Callable[[str], str]
) -> tuple[str, ...]:
    """The regions that a command is about, each once.

    :param given: none means that of the environment or the profile.
    :param partition: of a region; empty where it has none.
    :raises BadInput: there is none, or no such region.
    """
    regions = tuple(dict.fromkeys(given)) or tuple(
        filter(None, [session.get_config_variable("region")])
    )
    if not regions:
        raise BadInput("which region? For example: --region us-gov-west-1")
    for region in regions:
        if not partition(region):
            raise BadInput(f"--region: botocore knows no partition of {region!r}")
    return regions
