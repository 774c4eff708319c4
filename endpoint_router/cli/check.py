"""``endpoint-router check``: what is wrong or doubtful in policies, line by line, and the status.

0: sound. 1: something is doubtful, and ``--strict`` said; or ``--against`` shows that something is
loosened. 2: a policy is broken, or the input makes no sense. What there is to find is
:mod:`endpoint_router.review`'s, what a comparison looks like :mod:`.comparison`'s.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import PolicyError
from ..policy.document import is_inline
from ..policy.files import read
from ..policy.load import SYSTEM_POLICY, load
from ..policy.loaded import LoadedPolicy
from ..policy.nearest_name import did_you_mean
from ..policy.remarks import REMARKS
from ..printable import printable
from ..review.findings import Finding, Review, of_error, review
from ..router import World
from .output import BadInput
from .policy_option import STDIN, policy_on_stdin
from .screen import Colour, Screen

#: The policy of the environment, where it has no place of its own.
ENVIRONMENT = "environment"
_COLOURS: Mapping[str, Colour] = {"error": "red", "warning": "amber", "note": "dim"}


def check(
    options: argparse.Namespace,
    *,
    world: World | None = None,
    environ: Mapping[str, str] = os.environ,
    system_policy: str = SYSTEM_POLICY,
) -> int:
    """Print what there is to say of the policies that *options* name.

    :raises BadInput: what was given makes no sense together, or there is no policy.
    """
    _check_options(options)
    today = (world or World()).today()

    def loader(name: str, option: str = "") -> Callable[[], LoadedPolicy]:
        def of_one() -> LoadedPolicy:
            # Alone: neither the variables nor the machine of whoever checks it are its own.
            source = _source(name, option)
            return load(source, environ={}, system_policy="", today=today, days=options.days)

        return of_one

    def of_environment() -> LoadedPolicy:
        return _of_environment(environ, system_policy, today=today, days=options.days)

    named = {_shown(name): loader(name) for name in options.policies}
    reviews = [
        review(name, load_one, today=today, ignored=options.ignore)
        for name, load_one in (named or {ENVIRONMENT: of_environment}).items()
    ]
    compared = None
    if options.against is not None and reviews[0].loaded is not None:
        from .comparison import compared_with

        old_name = _shown(options.against)
        try:
            old = loader(options.against, "--against")()
        except PolicyError as error:
            reviews.append(Review(old_name, (of_error(error, old_name),)))
        else:
            compared = compared_with(
                old,
                reviews[0].loaded,
                (old_name, reviews[0].name),
                options.region or (),
                today,
                private_dns=options.private_dns,
            )
    status = _status(reviews, strict=options.strict)
    if compared is not None and compared.loosens:
        status = max(status, 1)
    if options.json:
        print(json.dumps(_as_data(reviews, status, compared), indent=2))
    else:
        _print(reviews, Screen.of())
        if compared is not None:
            print(compared.text(Screen.of()))
    return status


def _check_options(options: argparse.Namespace) -> None:
    if options.days < 0:
        raise BadInput(f"--days: found {options.days}, expected a number of days, as 30")
    for given in options.ignore:
        if given not in REMARKS:
            expected = f"one of {', '.join(REMARKS)}"
            hint = did_you_mean(given, REMARKS)
            raise BadInput(f"--ignore: found {given!r}, expected {expected}. {hint}".rstrip())
    if options.against is None:
        if options.region or options.private_dns:
            option = "--region" if options.region else "--private-dns"
            raise BadInput(f"{option} is for --against: what is checked else has no region or DNS")
    elif len(options.policies) > 1:
        raise BadInput("--against compares one POLICY with OLD")
    stdins = [name for name in (*options.policies, options.against) if name == "-"]
    if len(stdins) > 1:
        raise BadInput("stdin holds one policy: give - once")


def _shown(name: str) -> str:
    if name == "-":
        return STDIN
    return "inline" if is_inline(name) else name or '""'


def _source(name: str, option: str) -> Any:
    if name == "-":
        return policy_on_stdin()
    if is_inline(name):
        return name
    from msgspec.structs import replace

    # Who may write it here tells nothing of where it will be in force.
    return replace(read(name, option), open_to="")


def _of_environment(
    environ: Mapping[str, str], system_policy: str, *, today: datetime.date, days: int
) -> LoadedPolicy:
    from botocore.session import Session

    from ..sdk.activation.announcing import NO_POLICY, WAY_OUT
    from .policy_here import policy_here

    loaded, is_any = policy_here(
        None, Session(), today=today, environ=environ, system_policy=system_policy, days=days
    )
    if not is_any:
        raise BadInput(f"{NO_POLICY}. {WAY_OUT}, or name a POLICY.")
    return loaded


def _status(reviews: list[Review], *, strict: bool) -> int:
    if any(each.count("error") for each in reviews):
        return 2
    return 1 if strict and any(each.count("warning") for each in reviews) else 0


# --- for people, editors and CI


def _print(reviews: list[Review], screen: Screen) -> None:
    for finding in (finding for each in reviews for finding in each.findings):
        print(_line(finding, screen))
    counts = [
        f"{number} {severity}{'' if number == 1 else 's'}"
        for severity in ("error", "warning", "note")
        if (number := sum(each.count(severity) for each in reviews))
    ]
    broken = any(each.count("error") for each in reviews)
    files = f"{len(reviews)} policies" if len(reviews) > 1 else printable(reviews[0].name)
    word = screen.paint("broken", "red") if broken else screen.paint("sound", "green")
    verb = "are" if len(reviews) > 1 and not broken else "is"
    told = f" ({', '.join(counts)})" if counts else ""
    which = f"{sum(bool(each.count('error')) for each in reviews)} of {files}"
    print(f"{which if broken and len(reviews) > 1 else files} {verb} {word}{told}")


def _line(finding: Finding, screen: Screen) -> str:
    """As compilers say it, for those who read compilers' output: editors, CI, ``grep``."""
    word = screen.paint(finding.severity, _COLOURS[finding.severity])
    message = printable(_sentence(finding))
    return f"{printable(finding.place)}: {word}: {message} [{finding.id}]"


def _sentence(finding: Finding) -> str:
    if not finding.way_out:
        return finding.message
    way_out = finding.way_out
    return f"{finding.message.rstrip('.')}. {way_out}{'' if way_out[-1] in '.?!' else '.'}"


# --- for programs


def _as_data(reviews: list[Review], status: int, compared: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "version": 1,
        "status": status,
        "policies": [_review_as_data(each) for each in reviews],
    }
    if compared is not None:
        data["against"] = compared.as_data()
    return data


def _review_as_data(about: Review) -> dict[str, Any]:
    loaded = about.loaded
    return {
        "policy": about.name,
        "sound": not about.count("error"),
        "digest": loaded.digest() if loaded else None,
        "mode": loaded.policy.mode if loaded else None,
        "findings": [
            {
                "severity": finding.severity,
                "id": finding.id,
                "source": finding.source,
                "line": finding.line or None,
                "column": finding.column or None,
                "path": finding.path,
                "message": finding.message,
                "way_out": finding.way_out,
            }
            for finding in about.findings
        ],
    }
