"""Athena as moto has it, made to say what AWS says: progress, failures, pages and refusals.

moto keeps the queries; between it and the client stands an HTTP server that notes what it is sent,
and answers itself where a test has written down what.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from tests.support.answering import Answering, Sent, by_moto

QUERY_ID = "00000000-0000-4000-8000-00000000000a"


class Athena(Answering):
    """The server.

    :ivar asked: what it was sent: action and parameters.
    :ivar answers: by action, status and body of the next answers; the last of them stays.
    """

    def __init__(self, port: int = 0) -> None:
        """*port*: of a moto server, for what no answer is written down for."""
        super().__init__()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.was_asked = threading.Condition()
        self._moto = port

    @property
    def actions(self) -> list[str]:
        """What it was asked to do."""
        return [action for action, _ in self.asked]

    def stands(self, *states: str, scanned: int = 0, reason: str = "") -> None:
        """What becomes of each query: *states*, one at each look."""
        self.answers["StartQueryExecution"] = [(200, {"QueryExecutionId": QUERY_ID})]
        self.answers["StopQueryExecution"] = [(200, {})]
        self.answers["GetQueryExecution"] = [
            (
                200,
                {
                    "QueryExecution": {
                        "QueryExecutionId": QUERY_ID,
                        "Status": {"State": state, "StateChangeReason": reason},
                        "Statistics": {"DataScannedInBytes": scanned},
                    }
                },
            )
            for state in states
        ]

    def gives(self, *pages: Iterable[Sequence[str]]) -> None:
        """The rows of a query: pages of them. An empty cell is missing, as NULL is."""
        self.answers["GetQueryResults"] = [
            (
                200,
                {
                    "ResultSet": as_rows(page),
                    **({"NextToken": f"page-{number}"} if number < len(pages) else {}),
                },
            )
            for number, page in enumerate(pages, 1)
        ]

    def refuses(self, action: str, code: str, message: str) -> None:
        """AWS's answer to *action* is an error."""
        self.answers[action] = [(400, {"__type": code, "Message": message})]

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        action = sent.headers["X-Amz-Target"].rpartition(".")[2]
        with self.was_asked:
            self.asked.append((action, json.loads(sent.body)))
            self.was_asked.notify_all()
        answers = self.answers.get(action)
        if answers:
            status, answer = answers.pop(0) if len(answers) > 1 else answers[0]
            return status, json.dumps(answer).encode()
        return by_moto(self._moto, sent, "athena.us-gov-west-1.amazonaws.com")


def as_rows(rows: Iterable[Sequence[str]]) -> dict[str, Any]:
    """A result as GetQueryResults has it."""
    return {
        "Rows": [
            {"Data": [{"VarCharValue": cell} if cell else {} for cell in row]} for row in rows
        ],
        "ResultSetMetadata": {"ColumnInfo": []},
    }


def queue_result(port: int, rows: Iterable[Sequence[str]], region: str) -> None:
    """Has the moto server at *port* give *rows* to the next query that asks for its result."""
    result = as_rows(rows)
    sent = {
        "region": region,
        "results": [{"rows": result["Rows"], "column_info": []}],
    }
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request(
            "POST",
            "/moto-api/static/athena/query-results",
            json.dumps(sent),
            {"Content-Type": "application/json"},
        )
        assert connection.getresponse().status == 201
