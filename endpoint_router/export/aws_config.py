"""The settings of AWS's SDKs: a profile of ``~/.aws/config`` with its services, and variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import comments
from .values import Settings


def as_profiles(regions: Sequence[Settings], origins: Iterable[str]) -> str:
    """Lines for ``~/.aws/config``: a profile for each region, and the services that it names.

    One region is ``[default]``; several are profiles named after them.
    """
    what = "Lines for ~/.aws/config, with credentials from elsewhere."
    lines = [*comments.head(origins, what)]
    for settings in regions:
        name = "default" if len(regions) == 1 else f"profile {settings.region}"
        lines += ["", *comments.lost(settings.losses), *_profile(settings, name)]
    return "\n".join(lines) + "\n"


def _profile(settings: Settings, name: str) -> Iterator[str]:
    yield f"[{name}]"
    yield f"region = {settings.region}"
    if settings.fips:
        yield "use_fips_endpoint = true"
    if settings.dual_stack:
        yield "use_dualstack_endpoint = true"
    if not settings.urls:
        return
    section = f"endpoint-router-{settings.region}"
    yield f"services = {section}"
    yield ""
    yield f"[services {section}]"
    for url in settings.urls:
        yield f"{_identifier(url.service.id).lower()} ="
        yield f"  endpoint_url = {url.url}"


def as_variables(settings: Settings, origins: Iterable[str]) -> str:
    """``NAME=value`` lines, as ``docker --env-file``, systemd and shells (``set -a``) read them."""
    what = f"Variables for AWS's SDKs; each URL is for {settings.region} alone."
    lines = [*comments.head(origins, what), *comments.lost(settings.losses)]
    # Not all read the first of them, and not all the second.
    lines += [f"AWS_REGION={settings.region}", f"AWS_DEFAULT_REGION={settings.region}"]
    if settings.fips:
        lines.append("AWS_USE_FIPS_ENDPOINT=true")
    if settings.dual_stack:
        lines.append("AWS_USE_DUALSTACK_ENDPOINT=true")
    lines += [f"AWS_ENDPOINT_URL_{_identifier(url.service.id)}={url.url}" for url in settings.urls]
    return "\n".join(lines) + "\n"


def _identifier(service_id: str) -> str:
    """How a service is called in variables: ``API_GATEWAY``."""
    return service_id.replace(" ", "_").replace("-", "_").upper()
