"""moto's private name that is touched: it is there, and does what is relied upon.

What becomes of calls under moto is in ``tests/testing/test_moto.py``.
"""

from __future__ import annotations

import importlib
import inspect
from types import SimpleNamespace
from typing import Any

import moto.core.models
from botocore.awsrequest import AWSRequest

from endpoint_router.sdk import seams, seams_moto
from endpoint_router.sdk.calls.route import ROUTE
from endpoint_router.sdk.calls.shown_to_moto import standard_url
from tests.support.moto_in_process import moto_in_process


class User:
    """Somebody who wants it."""


def prepared(url: str) -> Any:
    headers = {"Host": "kms.elsewhere.example", "X-Amz-Target": "TrentService.ListKeys"}
    request = AWSRequest("POST", url, headers, b"{}").prepare()
    request.headers["Authorization"] = "Credential=a/20260101/us-east-1/kms/aws4_request"
    return request


def test_what_answers_is_an_instance_of_the_class_in_its_module() -> None:
    module = importlib.import_module(seams.MOTO)
    assert type(moto.core.models.botocore_stubber) is module.BotocoreStubber
    parameters = inspect.signature(module.BotocoreStubber.__call__).parameters
    assert list(parameters) == ["self", "event_name", "request", "kwargs"]


def test_it_is_shown_another_url_and_the_request_keeps_its_own() -> None:
    user, elsewhere = User(), "https://kms.elsewhere.example"
    route = SimpleNamespace(
        allowed=True,
        target=elsewhere,
        target_slash=f"{elsewhere}/",
        standard="https://kms.us-east-1.amazonaws.com",
    )
    assert seams_moto.begin(user, standard_url)
    try:
        with moto_in_process():
            request = prepared(f"{elsewhere}/")
            request.context = {ROUTE: route}
            answer: Any = moto.core.models.botocore_stubber("before-send.kms.ListKeys", request)
        assert answer.status_code == 200
        assert b'"Keys"' in answer.content
        assert answer.url == request.url == f"{elsewhere}/"
        assert request.headers["Host"] == "kms.elsewhere.example"
    finally:
        seams_moto.end(user)
