"""CloudTrail's files as tables of DuckDB: as our DDL makes them in Athena, by the same types.

Hive's JSON reader finds a field whatever its case; DuckDB's is told the case that the files have.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.audit.sql.table import COLUMNS

duckdb = pytest.importorskip("duckdb", reason="has no wheel for this Python")


def tables(root: Path, **paths: Sequence[Path]) -> Any:
    """A connection with the tables of *paths*, in the schema ``db``, each with its partitions."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE SCHEMA db")
    for name, files in paths.items():
        kind = _type(f"STRUCT<{','.join(map(':'.join, COLUMNS.items()))}>", _cases(files))
        # …/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/file
        place = r"/(\d+)/CloudTrail[^/]*/([^/]+)/(\d{4}/\d\d/\d\d)/"
        parts = ", ".join(
            f"regexp_extract(filename, '{place}', {at}) AS \"{part}\""
            for at, part in enumerate(("account", "region", "day"), 1)
        )
        connection.execute(
            f"CREATE TABLE db.{name} AS SELECT record.*, {parts} FROM"
            " (SELECT unnest(Records) AS record, filename FROM read_json"
            f" ({[str(path) for path in files]}, filename=true, columns={{'Records': '{kind}[]'}}))"
        )
    return connection


def rows(connection: Any, sql: str) -> Iterator[list[str]]:
    """The result of *sql* as Athena hands it over: texts, below a heading."""
    cursor = connection.execute(sql)
    yield [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        assert None not in row
        yield [str(cell) for cell in row]


def _type(hive: str, cases: dict[str, str]) -> str:
    named = re.sub(r"(\w+):", lambda name: f'"{cases.get(name[1], name[1])}" ', hive)
    return named.replace("<", "(").replace(">", ")").replace("STRING", "VARCHAR")


def _cases(files: Sequence[Path]) -> dict[str, str]:
    cases: dict[str, str] = {}

    def note(value: Any) -> None:
        if isinstance(value, dict):
            cases.update((key.lower(), key) for key in value)
            for each in value.values():
                note(each)

    for path in files:
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            note({**record, "requestParameters": None})
    return cases
