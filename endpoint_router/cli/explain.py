"""``endpoint-router explain``: reads what was asked, prints decisions, tells the exit status.

0: all allowed. 1: one is refused. 2: bad input, told in a line; nothing else is printed then. The
decisions are :mod:`endpoint_router.sdk.explain`'s, their words :mod:`.explanation`'s, and what
stands in ``--params`` and ``--param`` is read by :mod:`.parameters`.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from botocore.exceptions import (
    NoRegionError,
    ParamValidationError,
    ProfileNotFound,
    UnknownServiceError,
)
from botocore.session import Session

from ..policy.nearest_name import did_you_mean
from ..policy.quoting import quote
from ..router import World
from ..routing.rendering import as_data
from ..sdk.explain import Explanation, explained, find_operation
from .explanation import as_text
from .output import BadInput
from .parameters import Parameters, misfits
from .policy_option import policy_named
from .screen import Screen


def run_explain(options: argparse.Namespace) -> int:
    """Print the decisions that *options* ask about.

    :raises BadInput: what was given makes no sense.
    :raises BotoCoreError: as :func:`endpoint_router.explain`.
    """
    for name in ("operation", "region", "params", "endpoint_url"):
        _check_text(f"--{name.replace('_', '-')}", getattr(options, name))
    calls = _calls(options)
    with policy_named(options.policy) as policy:
        explanations = _explanations(options, calls, policy)
    today = World().today()
    if options.json:
        data = [as_data(each.decision, today=today) for each in explanations]
        print(json.dumps(data if len(calls) > 1 else data[0], indent=2))
    else:
        screen = Screen.of()
        texts = [
            as_text(
                each.decision,
                today,
                depends_on=each.depends_on,
                verbose=options.verbose,
                screen=screen,
            )
            for each in explanations
        ]
        print("\n\n".join(texts))
    return 0 if all(each.decision.allowed for each in explanations) else 1


def _calls(options: argparse.Namespace) -> list[tuple[str, str | None]]:
    """Services and operations: ``kms``, or ``kms.Encrypt``."""
    calls = []
    for call in options.calls:
        _check_text("service", call)
        service, dot, operation = call.partition(".")
        if dot and options.operation is not None:
            raise BadInput(f"{quote(call)} names an operation, and --operation names one, too")
        calls.append((service, operation if dot else options.operation))
    if len(calls) > 1 and options.operation is not None:
        raise BadInput("--operation is for one service; else write SERVICE.OPERATION")
    return calls


def _explanations(
    options: argparse.Namespace, calls: list[tuple[str, str | None]], policy: Any
) -> list[Explanation]:
    try:
        session = Session(profile=options.profile)
        given = Parameters(options.params, options.param)
        models = [_model(session, service, operation) for service, operation in calls]
        params = [given.of(model) for model in models]
        given.check_all_used()
        _check_region(options.region, session)
        explanations = [
            explained(
                service,
                operation,
                region=options.region,
                params=params[at],
                endpoint_url=options.endpoint_url,
                session=session,
                policy=policy,
            )
            for at, (service, operation) in enumerate(calls)
        ]
    except ParamValidationError as error:
        raise BadInput(f"--params: {misfits(error.kwargs['report'])}") from None
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
    return explanations


def _model(session: Session, service: str, operation: str | None) -> Any:
    try:
        return find_operation(session.get_service_model(service), operation)
    except UnknownServiceError:
        known = session.get_available_services()
        found = f"service: found {quote(service)}, expected a boto3 client name, as kms."
        raise BadInput(f"{found} {did_you_mean(service.lower(), known)}".strip()) from None


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


def _check_text(name: str, text: str | None) -> None:
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        raise BadInput(f"{name}: found bytes that are no UTF-8") from None
