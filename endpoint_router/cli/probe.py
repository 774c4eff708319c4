"""``endpoint-router probe``: asks, perhaps again, prints what was found, tells the exit status.

0: all demands can be met. 1: one cannot, or calls would go to a host in vain. 2: bad input. What is
asked is :mod:`endpoint_router.survey.probing`'s, and how it is shown :mod:`.probe_report`'s.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.session import Session

from ..policy.nearest_name import did_you_mean
from ..policy.quoting import quote
from ..router import World
from ..sdk.activation.announcing import NO_POLICY, WAY_OUT, is_anything_written
from ..sdk.activation.installation import Installation
from ..sdk.explain import find_operation
from ..survey.asking import Subject
from ..survey.probed import Probe
from ..survey.probing import Prober, addresses_of
from .output import BadInput
from .probe_report import as_data, as_text
from .progress import progress
from .regions import regions_of
from .screen import Screen

__all__ = ["probe"]

#: Between two looks, at least. Seconds.
_PAUSE = 2.0


def probe(
    calls: Sequence[str],
    *,
    policy: Any = None,
    regions: Sequence[str] = (),
    connect: bool = False,
    wait: float = 0.0,
    as_json: bool = False,
    world: World | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> int:
    """Print what the network says of the hosts that the policy may use for *calls*.

    :param calls: ``kms``, or ``kms.Encrypt``; none means the services that the policy is about.
    :param policy: as for :func:`endpoint_router.install`; ``None`` means what the environment says.
    :param regions: none means that of the environment or the profile.
    :param connect: open connections to them, too.
    :param wait: seconds for which to look again while a demand cannot be met.
    :raises PolicyError: the policy cannot be used.
    :raises BadInput: there is none, or no such service or region.
    """
    world = world or _world()
    session = Session()
    try:
        loaded = Installation(policy, world=world, environ=environ).load(session)
        if policy is None and not is_anything_written(loaded, environ):
            raise BadInput(f"{NO_POLICY}. {WAY_OUT}.")
        services, only = _meant(calls, session)
        prober = Prober(loaded, session, world)
        where = regions_of(regions, session, prober.partition)
        subject = prober.subject(services, where, only)
        if not subject.services:
            raise BadInput(
                "which service? The policy names none, and wants nothing of the hosts of all. "
                "For example: endpoint-router probe kms"
            )
        deadline = clock() + wait
        while True:
            found = _look(prober, subject, connect=connect)
            if not found.may_be_met_later or clock() + _PAUSE > deadline:
                break
            sleep(_PAUSE)
    except (ValueError, OSError) as error:
        # botocore's, for values of the AWS configuration that are none, or files of it that cannot
        # be read.
        raise BadInput(f"botocore: {error}") from None
    if as_json:
        print(json.dumps(as_data(found), indent=2))
    else:
        print(as_text(found, Screen.of(), named=bool(calls)))
    return 0 if found.is_met else 1


def _world() -> World:
    from ..probe.resolver import Resolver  # dnspython

    # Without the pace of applications, which would have gaps of seconds here: Prober has its own.
    return World(lookup=Resolver)


def _look(prober: Prober, subject: Subject, *, connect: bool) -> Probe:
    with progress("services", len(subject.services) * len(subject.regions)) as advance:
        found = prober.probe(subject, advance)
    if connect:
        with progress("connections", addresses_of(found)) as advance:
            found = prober.connect(found, advance)
    return found


def _meant(
    calls: Sequence[str], session: Session
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The services of *calls*, and which operations of them, where one does not mean all."""
    pairs = [call.partition(".")[::2] for call in calls]
    _check([service for service, _ in pairs], session)
    whole = {service for call, (service, _) in zip(calls, pairs, strict=True) if "." not in call}
    only = [
        (service, find_operation(session.get_service_model(service), operation).name)
        for service, operation in pairs
        if service not in whole
    ]
    return tuple(dict.fromkeys(service for service, _ in pairs)), tuple(only)


def _check(services: Sequence[str], session: Session) -> None:
    known = session.get_available_services()
    for service in services:
        if service not in known:
            found = f"service: found {quote(service)}, expected a boto3 client name, as kms."
            raise BadInput(f"{found} {did_you_mean(service.lower(), known)}".strip())
