"""Runs a query on Athena, with credentials and at a price: starts it, watches it, reads its result.

By botocore alone; the client is made by who calls, under the policy in force. Knows nothing of what
is queried.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from ..discover.asking import PATIENCE
from .refusals import code_of, is_denied

__all__ = ["CONFIG", "Execution", "Failed", "result_of", "run"]

#: For the client.
CONFIG: Any = PATIENCE.merge(Config(retries={"total_max_attempts": 4}))
#: Seconds between two looks: the first, and the longest.
_SOON, _LATE = 0.5, 5.0
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
#: Rows; Athena gives no more at once.
_PAGE = 1000
#: What Athena says, and the way out: the first that is in its text counts.
_WAYS_OUT = {
    "workgroup": "--athena takes the name of a work group, such as primary",
    "injected": "name the accounts and regions: --account, --region",
    "bytes scanned limit": "that is the work group's limit: fewer days, --account or --region",
    "exhausted": "fewer days at once, or --account and --region",
    "timeout": "fewer days at once, or --account and --region",
    "column": "--ddl prints a table with all columns; of AWS's own --day-column may be timestamp",
    "does not exist": "--ddl prints the statement that makes the table",
    "table_not_found": "--ddl prints the statement that makes the table",
    "output location": "give one by --output, or in the work group",
}


class Failed(Exception):
    """There is no result; the text says why, in one line, and what to do."""


class Execution(Struct, frozen=True):
    """A query of Athena's, as it stands."""

    id: str
    state: str = "QUEUED"
    scanned: int = 0
    reason: str = ""


def run(
    client: Any,
    sql: str,
    work_group: str,
    output: str | None = None,
    *,
    note: Callable[[Execution], object] = lambda execution: None,
    ended: Callable[[str, str], object] = lambda execution_id, why: None,
    sleep: Callable[[float], object] = time.sleep,
) -> Execution:
    """Run *sql* to its end. What breaks that off, as Ctrl-C does, ends the query, too.

    :param output: ``s3://…`` for the result; the work group's by default.
    :param note: is told at each look.
    :param ended: is told of a query that is to end because of that, and why it may go on if Athena
        did not take it.
    :raises Failed: AWS refused, or the query came to no good end.
    :raises BotoCoreError: no credentials, no connection, or the policy in force.
    """
    given: dict[str, Any] = {"QueryString": sql, "WorkGroup": work_group}
    if output:
        given["ResultConfiguration"] = {"OutputLocation": output}
    with _told("athena:StartQueryExecution"):
        execution_id = client.start_query_execution(**given)["QueryExecutionId"]
    try:
        execution = _watched(client, execution_id, note, sleep)
    except BaseException:
        # Whatever it was, nobody will ask for the result, and each byte costs.
        why = ""
        try:
            client.stop_query_execution(QueryExecutionId=execution_id)
        except (ClientError, BotoCoreError) as error:
            why = str(error)  # the first error is the one to raise
        ended(execution_id, why)
        raise
    if execution.state != "SUCCEEDED":
        said = f"query {execution_id}: {execution.state}: {execution.reason or 'no reason given'}"
        raise Failed(_with_way_out(said, execution.reason))
    return execution


def result_of(client: Any, execution: Execution) -> Iterator[list[str]]:
    """The rows of an *execution* that has ended well, the heading first. Missing values are empty.

    :raises Failed: AWS refused.
    :raises BotoCoreError: as for :func:`run`.
    """
    pages = client.get_paginator("get_query_results").paginate(
        QueryExecutionId=execution.id, PaginationConfig={"PageSize": _PAGE}
    )
    with _told("athena:GetQueryResults"):
        for page in pages:
            for row in page["ResultSet"]["Rows"]:
                yield [cell.get("VarCharValue", "") for cell in row["Data"]]


def _watched(
    client: Any,
    execution_id: str,
    note: Callable[[Execution], object],
    sleep: Callable[[float], object],
) -> Execution:
    between = _SOON
    while True:
        execution = _look(client, execution_id)
        note(execution)
        if execution.state in _ENDED:
            return execution
        sleep(between)
        between = min(between * 1.5, _LATE)


def _look(client: Any, execution_id: str) -> Execution:
    with _told("athena:GetQueryExecution"):
        answer = client.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]
    status = answer.get("Status", {})
    return Execution(
        execution_id,
        status.get("State", ""),
        int(answer.get("Statistics", {}).get("DataScannedInBytes", 0)),
        status.get("StateChangeReason", ""),
    )


@contextlib.contextmanager
def _told(action: str) -> Iterator[None]:
    """Makes what AWS refuses a failure that says what was asked."""
    try:
        yield
    except ClientError as error:
        code, message = code_of(error), str(error.response.get("Error", {}).get("Message", ""))
        if is_denied(error):
            raise Failed(f"no permission {action}: {message}") from None
        raise Failed(_with_way_out(f"{action}: {code}: {message}", message)) from None


def _with_way_out(said: str, reason: str) -> str:
    low = reason.lower()
    way_out = next((way for mark, way in _WAYS_OUT.items() if mark in low), "")
    return f"{said} ({way_out})" if way_out else said
