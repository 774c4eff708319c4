"""``endpoint-router explain``: reads what was asked, prints the decision, tells the exit status.

0: allowed. 1: refused. 2: bad input, told in a line. The decision itself is
:mod:`endpoint_router.sdk.explain`'s.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from typing import Any

from botocore.exceptions import (
    NoRegionError,
    ParamValidationError,
    ProfileNotFound,
    UnknownServiceError,
)
from botocore.session import Session

from ..policy.nearest_name import did_you_mean
from ..policy.plain_words import in_plain_words
from ..policy.quoting import quote
from ..router import World
from ..routing.case import Decision
from ..routing.rendering import as_data, as_text
from ..sdk.explain import explain
from .output import BadInput
from .policy_option import policy_named

#: What botocore calls the types of parameters, and JSON does not.
_TYPES = {
    "str": "text",
    "int": "an integer",
    "float": "a number",
    "decimal.Decimal": "a number",
    "bool": "true or false",
    "list": "an array",
    "tuple": "an array",
    "dict": "an object",
    "NoneType": "null",
    "bytes": "text",
    "bytearray": "text",
    "file-like object": "text",
}
#: As ``botocore.validate`` words it.
_MISFIT = re.compile(
    r"Invalid type for (?:document )?parameter (?P<name>[^,]*), value: .*, "
    r"type: <class '(?P<found>[^']*)'>, valid types: (?P<wanted>.*)",
    re.DOTALL,
)


def run_explain(options: argparse.Namespace) -> int:
    """Print the decision that *options* ask about.

    :raises BadInput: what was given makes no sense.
    :raises BotoCoreError: as :func:`endpoint_router.explain`.
    """
    if any(isinstance(value, list) for value in vars(options).values()):
        raise BadInput("an option has -- for its value")  # argparse before 3.13 drops it
    for name in ("service", "operation", "region", "params", "endpoint_url"):
        _check_text(name if name == "service" else _option(name), getattr(options, name))
    params = _params(options.params)
    with policy_named(options.policy) as policy:
        decision = _decision(options, params, policy)
    today = World().today()
    if options.json:
        print(json.dumps(as_data(decision, today=today), indent=2))
    else:
        print(_lit(as_text(decision, today)))
    return 0 if decision.allowed else 1


def _decision(options: argparse.Namespace, params: dict[str, Any], policy: str | None) -> Decision:
    try:
        session = Session(profile=options.profile)
        _check_region(options.region, session)
        return explain(
            options.service,
            options.operation,
            region=options.region,
            params=params,
            endpoint_url=options.endpoint_url,
            session=session,
            policy=policy,
        )
    except UnknownServiceError:
        known = Session().get_available_services()
        found = f"service: found {quote(options.service)}, expected a boto3 client name, as kms."
        raise BadInput(f"{found} {did_you_mean(options.service.lower(), known)}".strip()) from None
    except ParamValidationError as error:
        raise BadInput(f"--params: {_misfits(error.kwargs['report'])}") from None
    except NoRegionError:
        unread = " (boto3 does not read AWS_REGION)" if os.environ.get("AWS_REGION") else ""
        way_out = "Give --region, AWS_DEFAULT_REGION, or a profile that has one"
        raise BadInput(f"there is no region. {way_out}{unread}.") from None
    except ProfileNotFound as error:
        named_by = "--profile" if options.profile else "AWS_PROFILE"
        raise BadInput(f"{error}. {named_by} names it.") from None
    except RecursionError:
        raise BadInput("--params is nested too deeply") from None
    except (ValueError, OSError) as error:
        # botocore's, for values of the AWS configuration that are none, or files of it that cannot
        # be read.
        raise BadInput(f"botocore: {error}{_who_said(str(error))}") from None


def _who_said(text: str) -> str:
    """The variables whose value botocore complains of, as far as its *text* tells."""
    names = [
        name
        for name, value in sorted(os.environ.items())
        if name.startswith("AWS_")
        and ((value and value in text) or ("ENDPOINT_URL" in name and "URL" in text))
    ]
    return f". Look at {', '.join(names)}." if names else ""


def _check_region(given: str | None, session: Session) -> None:
    """A template's blank value is no region; botocore makes a host without one of it."""
    region = session.get_config_variable("region") if given is None else given
    if region is None or region.strip():
        return
    where = "AWS_DEFAULT_REGION, or the profile's region" if given is None else "--region"
    raise BadInput(f"{where}: found nothing, expected a region, as us-gov-west-1")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check_text(name: str, text: str | None) -> None:
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        raise BadInput(f"{name}: found bytes that are no UTF-8") from None


def _params(text: str) -> dict[str, Any]:
    try:
        params = json.loads(text)
        json.dumps(params, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"--params: found {in_plain_words(error)}, expected text") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"--params is not JSON: {in_plain_words(error)}") from None
    if not isinstance(params, dict):
        raise BadInput("--params is no JSON object")
    return params


def _misfits(report: str) -> str:
    """botocore's *report* about parameters of a wrong type, in JSON's words."""
    lines = re.split(r"\n(?=Invalid |Unable |Unknown |Missing |Error )", report)
    return "; ".join(_misfit(line) for line in lines)


def _misfit(line: str) -> str:
    match = _MISFIT.fullmatch(line)
    if match is None:
        return line
    wanted = re.findall(r"<class '([^']*)'>|(file-like object)", match["wanted"])
    kinds = dict.fromkeys(_TYPES.get(kind or other, kind) for kind, other in wanted)
    found = _TYPES.get(match["found"], match["found"])
    return f"{match['name']}: found {found}, expected {' or '.join(kinds)}"


def _lit(text: str) -> str:
    """*text* with its word AMBER in that colour, on a terminal (https://no-color.org)."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return text.replace("  AMBER  ", "  \033[33mAMBER\033[0m  ")
