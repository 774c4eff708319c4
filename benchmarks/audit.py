"""Records a second of ``endpoint-router audit`` beside DuckDB on the same files, and its memory.

``python -m benchmarks.audit [--records 400000] [--pairs 5] [--files FOLDER]``. Whole processes from
start to exit, in turn: the command, which also counts each record once and judges the groups, and a
query that only groups, coarser than we do (as by host, endpoint and TLS, without days, operations,
principals). Linux. Needs ``duckdb>=1.5,<2``: 2.0 reads such files six times slower.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.audit_files import make
from benchmarks.pairs import compare

#: Least ratio of our records a second to DuckDB's.
BUDGET = 1.0
#: Most memory of one process, in MB.
MOST = 150

POLICY = 'version = 1\n\n[defaults]\nfips = "require"\n'
SIDES = {"plain": "DuckDB", "routed": "audit"}

_FIELDS = """eventTime VARCHAR, eventID VARCHAR, eventSource VARCHAR, awsRegion VARCHAR,
    recipientAccountId VARCHAR, userAgent VARCHAR, vpcEndpointId VARCHAR,
    vpcEndpointAccountId VARCHAR, userIdentity STRUCT(type VARCHAR, invokedBy VARCHAR),
    tlsDetails STRUCT(tlsVersion VARCHAR, clientProvidedHostHeader VARCHAR)"""
QUERY = f"""
SELECT account, region, source, host, endpoint, owned_by, tls, caller,
    count(*) AS records, min(time) AS earliest, max(time) AS latest, min_by(id, time) AS example
FROM (
    SELECT coalesce(record.recipientAccountId, '') AS account,
        coalesce(record.awsRegion, '') AS region,
        split_part(coalesce(record.eventSource, ''), '.', 1) AS source,
        coalesce(record.tlsDetails.clientProvidedHostHeader, '') AS host,
        coalesce(record.vpcEndpointId, '') AS endpoint,
        coalesce(record.vpcEndpointAccountId, '') AS owned_by,
        coalesce(record.tlsDetails.tlsVersion, '') AS tls,
        CASE WHEN record.userIdentity.type = 'AWSService' THEN 'aws'
            WHEN coalesce(record.userAgent, '') LIKE '%console%' THEN 'console'
            WHEN record.userIdentity.invokedBy IS NOT NULL THEN 'on-behalf'
            ELSE 'application' END AS caller,
        record.eventTime AS time, record.eventID AS id
    FROM (
        SELECT unnest(Records) AS record
        FROM read_json($1, columns = {{Records: 'STRUCT({_FIELDS})[]'}})
    )
)
GROUP BY ALL
"""


class Cost(NamedTuple):
    """Of a command."""

    seconds: float
    #: Processor time of all its processes.
    processor: float
    #: The most memory that one of them had, in MB.
    memory: float


def run(command: list[str], records: int) -> Cost:
    """:raises SystemExit: it did not count so many *records*."""
    with tempfile.TemporaryFile() as output:
        told = [(os.POSIX_SPAWN_DUP2, output.fileno(), 1)]
        began = time.perf_counter()
        process = os.posix_spawn(command[0], command, os.environ, file_actions=told)
        _, _, used = os.wait4(process, 0)
        seconds = time.perf_counter() - began
        output.seek(0)
        if f"{records}".encode() not in output.read():
            raise SystemExit(f"did not count {records} records: {' '.join(command)}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def query(folder: str) -> int:
    """Let DuckDB group, in this process."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {len(os.sched_getaffinity(0))}")
    groups = connection.execute(QUERY, [f"{folder}/**/*.json.gz"]).fetchall()
    print(sum(group[8] for group in groups), "records in", len(groups), "groups")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 when DuckDB is faster, or a process takes too much memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--records", type=int, default=400_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--files", help="already made, of so many records")
    parser.add_argument("--duckdb", metavar="FOLDER", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.duckdb:
        return query(chosen.duckdb)
    if importlib.util.find_spec("duckdb") is None:
        print("duckdb is not installed: nothing to compare with")
        return 0
    with tempfile.TemporaryDirectory() as home:
        folder = chosen.files or f"{home}/trail"
        if not chosen.files:
            make(folder, chosen.records)
        policy = Path(home, "policy.toml")
        policy.write_text(POLICY, encoding="utf-8")
        return compared(folder, str(policy), chosen.records, chosen.pairs)


def compared(folder: str, policy: str, records: int, pairs: int) -> int:
    """1 when a budget is exceeded."""
    command = "endpoint_router.cli.main", "audit", "--json", "--policy", policy, folder
    commands = {
        "plain": [sys.executable, "-m", "benchmarks.audit", "--duckdb", folder],
        "routed": [sys.executable, "-m", *command],
    }
    costs: dict[str, list[Cost]] = {side: [] for side in commands}

    def measure(side: str) -> float:
        costs[side].append(run(commands[side], records))
        return records / costs[side][-1].seconds

    ratio = compare(measure, pairs).ratio
    for side, name in SIDES.items():
        seconds, processor, _ = (statistics.median(each) for each in zip(*costs[side], strict=True))
        print(
            f"{name:8} {records / seconds:8,.0f} records/s, {processor / records * 1e6:5.1f} µs of "
            f"processor time each, at most {max(cost.memory for cost in costs[side]):.0f} MB",
            flush=True,
        )
    memory = max(cost.memory for cost in costs["routed"])
    exceeded = ratio < BUDGET or memory > MOST
    print(f"ratio {ratio:.2f}, budget {BUDGET} and {MOST} MB:", "EXCEEDED" if exceeded else "kept")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
