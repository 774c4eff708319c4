"""What changes hosts behind a program's back: URLs, data files and switches of botocore's own.

Of the AWS configuration only names, switches and hosts are told: never a credential, and of a URL
neither user nor password.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from msgspec import Struct

from ..aws.hosts import origin_of, without_user
from ..policy.loaded import LoadedPolicy
from ..printable import printable
from ..sdk.activation.monitoring import warning_of
from .finding import Judged, amber, green, red

__all__ = ["CHECKS", "SeenOverrides", "look"]

_URL = "AWS_ENDPOINT_URL"
_IGNORE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_SWITCHES = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", _IGNORE)
#: The same in a profile.
_KEYS = ("use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls")
#: Where a blank value switches the verification of certificates off, in older releases.
_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
#: Files that name hosts: of all services, and of one (below ``service/version``).
_OF_ALL, _OF_ONE = ("endpoints", "partitions"), ("endpoint-rule-set-1", "service-2")
_MOST = 10


class SeenOverrides(Struct, frozen=True):
    """What was seen of them."""

    #: As ``AWS_ENDPOINT_URL_S3 = http://minio:9000``; of variables and of profiles.
    urls: tuple[str, ...] = ()
    #: Does the program's own setting say that they do not count?
    urls_are_ignored: bool = False
    #: Files in the place of botocore's own.
    files: tuple[str, ...] = ()
    #: As ``AWS_USE_FIPS_ENDPOINT = true``.
    switches: tuple[str, ...] = ()
    #: Those of which botocore reads another value than their author may think.
    misread: tuple[str, ...] = ()
    #: Blank variables that stand for a bundle of certificates.
    blank_bundles: tuple[str, ...] = ()
    #: What client-side monitoring tells whom; empty where that is no concern.
    monitoring: str = ""
    #: Is it switched on at all?
    is_monitored: bool = False
    #: The profile in use, and why botocore cannot read the configuration; empty where it can.
    profile: str = ""
    unreadable: str = ""
    #: Does the policy demand anything of any call, and is it in force?
    demands_something: bool = False


def look(
    session: Any,
    loaded: LoadedPolicy | None,
    environ: Mapping[str, str] = os.environ,
    *,
    demands_something: bool = False,
) -> SeenOverrides:
    """What *session* (a botocore session) would be told of its environment and files."""
    try:
        config: Mapping[str, Any] = session.full_config
        scoped = session.get_scoped_config()
        unreadable = ""
    except BotoCoreError as error:
        config, scoped, unreadable = {}, {}, str(error)
    profile = session.profile or "default"
    urls = [
        f"{name} = {_shown(environ[name])}"
        for name in sorted(environ)
        if (name == _URL or name.startswith(f"{_URL}_")) and environ[name]
    ]
    switches = {name: environ[name] for name in _SWITCHES if name in environ}
    switches |= {f"profile {profile}, {key}": str(scoped[key]) for key in _KEYS if key in scoped}
    ignoring = environ.get(_IGNORE, scoped.get(_KEYS[2], ""))
    monitored = _is_monitored(session)
    return SeenOverrides(
        urls=tuple(map(printable, (*urls, *_urls_of(config)))),
        urls_are_ignored=str(ignoring).lower() == "true",
        files=tuple(map(printable, _files(_search_paths(session, environ)))),
        switches=tuple(printable(f"{name} = {value}") for name, value in switches.items()),
        misread=tuple(
            printable(f"{name} = {value}")
            for name, value in switches.items()
            if value.lower() not in ("true", "false")
        ),
        blank_bundles=tuple(name for name in _BUNDLES if environ.get(name) == ""),
        monitoring=warning_of(session, loaded) if monitored and loaded else "",
        is_monitored=monitored,
        profile=printable(profile),
        unreadable=unreadable,
        demands_something=demands_something,
    )


def _shown(url: str) -> str:
    return without_user(origin_of(url.strip()))


def _urls_of(config: Mapping[str, Any]) -> Iterator[str]:
    """The URLs of profiles, and of the sections that profiles name as their services."""
    for name, profile in config.get("profiles", {}).items():
        if isinstance(profile, Mapping) and profile.get("endpoint_url"):
            yield f"profile {name}, endpoint_url = {_shown(profile['endpoint_url'])}"
    for section, services in config.get("services", {}).items():
        users = [
            name
            for name, profile in config.get("profiles", {}).items()
            if isinstance(profile, Mapping) and profile.get("services") == section
        ]
        used = f"of profile {', '.join(users)}" if users else "of no profile"
        for service, settings in services.items() if isinstance(services, Mapping) else ():
            if isinstance(settings, Mapping) and settings.get("endpoint_url"):
                yield (
                    f"services {section} ({used}), {service} = {_shown(settings['endpoint_url'])}"
                )


def _search_paths(session: Any, environ: Mapping[str, str]) -> list[str]:
    paths = environ.get("AWS_DATA_PATH", "").split(os.pathsep)
    with contextlib.suppress(BotoCoreError):  # no such profile: the variable is left
        paths = str(session.get_config_variable("data_path") or "").split(os.pathsep)
    expanded = [os.path.expanduser(os.path.expandvars(path)) for path in paths if path]
    return [*expanded, Loader.CUSTOMER_DATA_PATH]


def _files(folders: Sequence[str]) -> Iterator[str]:
    """Files in *folders* that name hosts."""
    for folder in folders:
        patterns = [f"{name}.*" for name in _OF_ALL] + [f"*/*/{name}.*" for name in _OF_ONE]
        for pattern in patterns:
            yield from sorted(
                str(file)
                for file in Path(folder).glob(pattern)
                if file.name.endswith((".json", ".json.gz"))
            )


def _is_monitored(session: Any) -> bool:
    try:
        return bool(session.get_config_variable("csm_enabled"))
    except BotoCoreError:
        return False


# --- checks


def configuration(seen: SeenOverrides) -> Judged:
    """Can botocore read the AWS configuration?"""
    if seen.unreadable:
        way_out = "Mend it, or AWS_PROFILE: no client can be made with it."
        return amber(printable(seen.unreadable), way_out)
    return green(f"profile {seen.profile}")


def endpoint_urls(seen: SeenOverrides) -> Judged:
    """URLs by variables, profiles and their services."""
    count = len(seen.urls)
    if not count:
        return green("no AWS_ENDPOINT_URL, and none in the AWS configuration")
    if seen.urls_are_ignored:
        return green(f"{count} configured, and ignored (ignore_configured_endpoint_urls)")
    if seen.demands_something:
        way_out = (
            "Declare in [[custom_endpoints]] what is meant to be used, or take it out: calls to "
            "a URL that no policy declares are refused where anything is required of them."
        )
    else:
        way_out = (
            "Take out what is not meant: the policy demands nothing, so calls go there. "
            f"{_IGNORE}=true ignores all of them."
        )
    return amber(f"{count} configured", way_out, *seen.urls)


def data_files(seen: SeenOverrides) -> Judged:
    """Files in the place of botocore's data."""
    count = len(seen.files)
    if not count:
        return green(
            "hosts come from botocore's own data (nothing in AWS_DATA_PATH, ~/.aws/models)"
        )
    way_out = (
        "Take them out of AWS_DATA_PATH and ~/.aws/models: where FIPS is required, calls of a "
        "service whose hosts they change are refused (fips.data_overridden)."
    )
    more = [f"and {count - _MOST} more"] if count > _MOST else []
    return amber(f"{count} in the place of botocore's", way_out, *seen.files[:_MOST], *more)


def switches(seen: SeenOverrides) -> Judged:
    """botocore's own for FIPS and dual-stack."""
    if seen.misread:
        way_out = "Write true or false: botocore takes any other word for false."
        return amber("a switch that is not on", way_out, *seen.misread)
    if seen.switches:
        return green("botocore's own are set; the policy may tighten them", *seen.switches)
    return green("no AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT")


def certificates(seen: SeenOverrides) -> Judged:
    """Blank bundles of certificates."""
    if not seen.blank_bundles:
        return green("no blank AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE")
    names = ", ".join(seen.blank_bundles)
    way_out = "Unset it: older botocores verify no certificate then, and newer ones make no client."
    return (red if seen.demands_something else amber)(f"blank: {names}", way_out)


def monitoring(seen: SeenOverrides) -> Judged:
    """Client-side monitoring."""
    if seen.monitoring:
        told, _, way_out = seen.monitoring.partition(". ")
        return amber(told, f"{way_out}.")
    if seen.is_monitored:
        return green("csm_enabled, told to this machine or under no demand")
    return green("csm_enabled is off")


CHECKS: Mapping[str, Callable[[SeenOverrides], Judged]] = {
    "overrides.configuration": configuration,
    "overrides.endpoint_urls": endpoint_urls,
    "overrides.data_files": data_files,
    "overrides.switches": switches,
    "overrides.certificates": certificates,
    "overrides.monitoring": monitoring,
}
