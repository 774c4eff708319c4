"""What answers ListPublicKeys, over HTTP."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answering import Answering, Sent

from .digested import Key, listed


class KeyService(Answering):
    """Answers as CloudTrail does: a key a page; ``us-gov-east-1`` refuses.

    :ivar asked: region, and what was asked for.
    """

    def __init__(self, *keys: Key) -> None:
        super().__init__()
        self.pages = [json.loads(listed(key))["PublicKeyList"] for key in keys]
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        asked = json.loads(sent.body)
        self.asked.append((sent.region, asked))
        if sent.region == "us-gov-east-1":
            return 400, b'{"__type": "AccessDeniedException", "Message": "not you"}'
        page = int(asked.get("NextToken", 0))
        times = {"ValidityStartTime": 1790000000, "ValidityEndTime": 1790000000}
        answer: dict[str, Any] = {"PublicKeyList": [{**key, **times} for key in self.pages[page]]}
        if page + 1 < len(self.pages):
            answer["NextToken"] = str(page + 1)
        return 200, json.dumps(answer).encode()


@contextlib.contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, *keys: Key) -> Iterator[KeyService]:
    """It serves, and whoever asks CloudTrail asks it."""
    with KeyService(*keys) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", service.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
        yield service
