"""Requests that somebody hands to a client's signer, with no call of botocore's around them.

kombu signs its polls of SQS so, and sends them by pycurl; a presigned URL may be made so, too. Both
are for AWS, and decided by their URL when they are signed, for nothing comes after that. An auth
token of a database is not: it names the database's own host, and nobody sends it to AWS.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ...aws.hosts import host_of, origin_of
from ...process import importing
from ...routing.case import Case
from .cases import Cases
from .foreseen import case_foreseen

__all__ = ["Manner", "case_of_alone", "is_left_alone", "is_token", "manner"]


class Manner(Struct, frozen=True):
    """How a request is to be signed."""

    #: Into its URL or into a form, instead of its headers.
    presigned: bool
    #: For so long, and so for somebody who comes later.
    expires: bool


def manner(
    region_name: str | None = None,
    signing_type: str = "standard",
    expires_in: int | None = None,
    *_: Any,
    **__: Any,
) -> Manner:
    """Reads the arguments of ``RequestSigner.sign`` after the request."""
    return Manner(signing_type != "standard", expires_in is not None)


def is_token(service_model: Any, operation: str, how: Manner) -> bool:
    """Is it a database's auth token (``connect``, ``DbConnect``)? The service has no such call."""
    return how.presigned and operation not in service_model.operation_names


def is_left_alone(cases: Cases, operation: str, url: str, how: Manner) -> bool:
    """Is it a token for *url*, and that no host of the service?"""
    return is_token(cases.rulesets.model, operation, how) and not cases.is_own(host_of(url))


def case_of_alone(cases: Cases, operation: str, url: str) -> Case:
    """The case of a request to *url* that who had it signed sends by himself.

    One to what the client shows as its endpoint is a call of which nothing else is known, and may
    go wherever such a call may.

    :param operation: one of the service, or not.
    """
    model = cases.rulesets.model
    known = operation in model.operation_names
    case = None
    if cases.rulesets.exist and origin_of(url) == origin_of(cases.shown_host):
        case = case_foreseen(cases, operation if known else "")
    if case is None:
        with importing:
            from .changed_hosts import case_of_url

        case = case_of_url(
            cases, model.operation_model(operation) if known else None, url, presigned=False
        )
    return cases.current(case, sent_elsewhere=True)
