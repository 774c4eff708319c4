"""An export as one text, in whichever format."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

from ..policy.loaded import LoadedPolicy
from ..survey.hopes import Survey
from ..survey.values import Service
from . import aws_config, hosts, route53
from .carrying import carry, demands_of_all, is_fips_demanded, of_policy
from .records import records, weighed
from .values import Loss

Format = Literal["aws-config", "env", "terraform-route53", "hosts"]

#: By region.
Services = Mapping[str, tuple[Service, ...]]


def written(
    form: Format,
    loaded: LoadedPolicy,
    survey: Survey,
    regions: Sequence[str],
    today: datetime.date,
) -> tuple[str, tuple[Loss, ...]]:
    """*loaded* in a format, and what that does not carry.

    :param regions: one at least; for ``env``, one.
    """
    services = {region: survey.services(region) for region in regions}
    if form in ("terraform-route53", "hosts"):
        return _of_names(form, loaded, survey, services, today)
    carried = [
        carry(loaded, region, survey.partition(region), services[region], survey.by_url, today)
        for region in regions
    ]
    losses = tuple(loss for settings in carried for loss in settings.losses)
    origins = loaded.sources()
    if form == "env":
        return aws_config.as_variables(carried[0], origins), losses
    return aws_config.as_profiles(carried, origins), losses


def _of_names(
    form: Format, loaded: LoadedPolicy, survey: Survey, services: Services, today: datetime.date
) -> tuple[str, tuple[Loss, ...]]:
    general: dict[Loss, None] = {}
    fips = False
    for region in services:
        partition = survey.partition(region)
        base = demands_of_all(loaded, region, partition, today)
        fips = fips or is_fips_demanded(loaded, base)
        general.update(dict.fromkeys(of_policy(loaded, base, region, partition, today)))
    if fips:
        general[Loss("fips", "no name makes a program ask for FIPS hosts: --format env, too")] = (
            None
        )
    known = [service for those in services.values() for service in those]
    others = {endpoint.index for endpoint in survey.table.endpoints} - weighed(known)
    known.append(survey.others(others, next(iter(services))))
    made, lost = records(survey.table, known, services, fips=fips)
    losses = (*general, *lost)
    if form == "hosts":
        return hosts.as_hosts(made, losses, survey.confirm, loaded.sources())
    return route53.as_hcl(made, losses, loaded.sources())
