"""Which versions are here, and whether they are supported.

The lower bounds are those that the package's own metadata states; what is newer than all that was
tried is told, and works as a rule.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata

import botocore
from msgspec import Struct

from .._version import __version__
from ..sdk.activation.check import OLDEST
from .finding import Judged, amber, green, red

__all__ = ["AIOBOTOCORE", "CHECKS", "PYTHONS", "SeenVersions", "look", "numbers"]

_OURS = "endpoint-router"
#: Without them there is nothing to route, or nothing to route with.
_NEEDED = ("botocore", "cachetools", "dnspython", "msgspec", "urllib3")
_OTHERS = ("boto3", "awscrt", "aiobotocore")
#: Python's, supported and tried; aiobotocore's, from the oldest to the newest that was tried.
PYTHONS = ((3, 10), (3, 14))
AIOBOTOCORE = ((2, 15, 2), (3, 10))


class SeenVersions(Struct, frozen=True):
    """What is installed for this Python."""

    python: tuple[int, ...]
    implementation: str
    executable: str
    #: By name of the package; those that are not installed are missing.
    installed: Mapping[str, str]
    #: Lower bounds by name of the package.
    oldest: Mapping[str, str]
    #: Where botocore was imported from.
    botocore_file: str
    #: What boto3 says of the botocore that it wants, as ``>=1.40,<1.41``.
    boto3_wants: str = ""


def look(version_of: Callable[[str], str] = metadata.version) -> SeenVersions:
    """What this Python has."""
    installed = {_OURS: __version__, "botocore": botocore.__version__}
    for name in (*_NEEDED, *_OTHERS):
        if name not in installed:
            try:
                installed[name] = version_of(name)
            except metadata.PackageNotFoundError:  # or without metadata, in a frozen program
                continue
    return SeenVersions(
        python=tuple(sys.version_info[:3]),
        implementation=platform.python_implementation(),
        executable=sys.executable or "",
        installed=installed,
        oldest=_lower_bounds(),
        botocore_file=botocore.__file__ or "",
        boto3_wants=_wanted("boto3", "botocore"),
    )


def _lower_bounds() -> Mapping[str, str]:
    bounds = {name: _bound(_wanted(_OURS, name)) for name in _NEEDED}
    # That one is refused at run time, however the package got here.
    bounds["botocore"] = ".".join(map(str, OLDEST))
    return {name: bound for name, bound in bounds.items() if bound}


def _wanted(package: str, dependency: str) -> str:
    """What *package* says of the versions of *dependency*, less what is an extra's."""
    try:
        requirements = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return ""
    for requirement in requirements:
        text, _, marker = requirement.partition(";")
        match = re.match(r"([\w.-]+)(?:\[[^\]]*\])?\s*\(?([^)]*)\)?", text.strip())
        if match and match[1].lower() == dependency and "extra" not in marker:
            return match[2].strip()
    return ""


def _bound(wanted: str) -> str:
    match = re.search(r">=\s*([\d.]+)", wanted)
    return match[1] if match else ""


def numbers(version: str) -> tuple[int, ...]:
    """*version* to compare by; what comes after its numbers does not count."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()


# --- checks


def python(seen: SeenVersions) -> Judged:
    """This Python."""
    told = f"{seen.implementation} {_dotted(seen.python)}, {seen.executable}"
    oldest, newest = PYTHONS
    tried = f"{_dotted(oldest)} to {_dotted(newest)}"
    if seen.python < oldest:
        return red(f"{told}: too old", f"Use Python {tried}.")
    if seen.python[:2] > newest:
        return amber(f"{told}: not tried yet", f"Python {tried} were.")
    if seen.implementation != "CPython":
        return amber(f"{told}: not tried", f"CPython {tried} were.")
    return green(told)


def packages(seen: SeenVersions) -> Judged:
    """What is routed, and what routing is made with."""
    told = [
        f"{name} {seen.installed[name]}" for name in (_OURS, *_NEEDED) if name in seen.installed
    ]
    old = [
        f"{name} {seen.installed[name]} is older than {bound}"
        for name, bound in seen.oldest.items()
        if name in seen.installed and numbers(seen.installed[name]) < numbers(bound)
    ]
    summary = ", ".join(told)
    if old:
        upgraded = " ".join(f"{line.split()[0]}>={line.split()[-1]}" for line in old)
        way_out = f"pip install --upgrade '{upgraded}'" if len(old) == 1 else "pip install -U"
        if len(old) > 1:
            way_out = "pip install " + " ".join(f"'{each}'" for each in upgraded.split())
        return red("; ".join(old), way_out, summary)
    return green(summary, f"botocore is {seen.botocore_file}")


def boto3(seen: SeenVersions) -> Judged:
    """boto3, which is not needed, and whether it fits its botocore."""
    if "boto3" not in seen.installed:
        return green("boto3 is not installed, and not needed")
    told = f"boto3 {seen.installed['boto3']}"
    here = seen.installed["botocore"]
    if seen.boto3_wants and not _fits(here, seen.boto3_wants):
        way_out = "pip install --upgrade boto3: it brings the botocore that it wants."
        return amber(f"{told} wants botocore {seen.boto3_wants}, here is {here}", way_out)
    return green(told)


def awscrt(seen: SeenVersions) -> Judged:
    """The Common Runtime."""
    if "awscrt" not in seen.installed:
        return green(
            "awscrt is not installed: no call is signed by SigV4A (multi-region access points)"
        )
    return green(f"awscrt {seen.installed['awscrt']}, whose S3 client connects by itself")


def aiobotocore(seen: SeenVersions) -> Judged:
    """Asynchronous clients."""
    version = seen.installed.get("aiobotocore", "")
    if not version:
        return green("aiobotocore is not installed")
    oldest, newest = AIOBOTOCORE
    told = f"aiobotocore {version}"
    tried = f"{_dotted(oldest)} to {_dotted(newest)} were tried"
    if numbers(version) < oldest:
        return red(f"{told}: too old", f"pip install 'aiobotocore>={_dotted(oldest)}'")
    if numbers(version)[:2] > newest:
        return amber(f"{told}: not tried yet", f"{tried}; newer ones work as a rule.")
    return green(told)


def _fits(version: str, wanted: str) -> bool:
    """Does *version* satisfy the bounds of *wanted*? What is no bound does not count."""
    for kind, bound in re.findall(r"(>=|<=|<|>)\s*([\d.]+)", wanted):
        ours, theirs = numbers(version), numbers(bound)
        if {">=": ours < theirs, "<": ours >= theirs, ">": ours <= theirs, "<=": ours > theirs}[
            kind
        ]:
            return False
    return True


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))


CHECKS: Mapping[str, Callable[[SeenVersions], Judged]] = {
    "versions.python": python,
    "versions.packages": packages,
    "versions.boto3": boto3,
    "versions.awscrt": awscrt,
    "versions.aiobotocore": aiobotocore,
}
