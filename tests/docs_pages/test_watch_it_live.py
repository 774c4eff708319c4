"""The page's files in a prefork server: what a collector is told is what the hosts saw."""

from __future__ import annotations

import gzip
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from endpoint_router.lab.network import Lab
from tests.docs_pages.pages import ROOT, example
from tests.support.renewing import PLENTY
from tests.test_otel import GRAFANAS, queries

pytest.importorskip("gunicorn", reason="gunicorn runs where there is fork")
pytest.importorskip(
    "opentelemetry.exporter.otlp.proto.http", reason="pushes by OTLP: in tox -e platforms"
)

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

PAGE = "how-to/watch-it-live"
HOSTS = {"kms": "kms-fips.us-east-1.amazonaws.com", "sns": "sns.us-east-1.amazonaws.com"}
REFUSED = "sqs-fips.us-east-1.amazonaws.com"

#: Attributes of a series, without those of the resource.
Series = tuple[tuple[str, str], ...]


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP over HTTP; keeps the last value of each series of each instance."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.values: dict[tuple[str, str, Series], float] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def take(self, request: ExportMetricsServiceRequest) -> None:
        for resource in request.resource_metrics:
            of = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in (
                        metric.sum if metric.HasField("sum") else metric.gauge
                    ).data_points:
                        named = {each.key: each.value.string_value for each in point.attributes}
                        key = of["service.instance.id"], metric.name, tuple(sorted(named.items()))
                        self.values[key] = point.as_int or point.as_double

    def told(self, name: str, *attributes: str) -> Counter[tuple[str, ...]]:
        """Sums over all instances, by these attributes."""
        sums: Counter[tuple[str, ...]] = Counter()
        for (_, metric, series), value in self.values.items():
            if metric == name:
                sums[tuple(dict(series)[each] for each in attributes)] += int(value)
        return +sums


class Receiver(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert self.path == "/v1/metrics"
        self.server.take(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        yield collector
        collector.shutdown()


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        for host in HOSTS.values():
            lab.host(host, "127.0.0.1")
        lab.host(REFUSED, "52.94.0.10")
        yield lab


@contextmanager
def served(folder: Path, lab: Lab, collector: Collector, preload: bool) -> Iterator[str]:
    """gunicorn with two workers and the files of the page; ended in an orderly way."""
    for block in ("# telemetry.py\n", "# gunicorn.conf.py\n"):
        text = example(PAGE, "python", block)
        (folder / block.split()[1]).write_text(text)
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT), *sys.path]),
        "LAB_DNS": lab.dns_server,
        "LAB_CA": lab.ca_bundle,
        "LAB_PORT": str(lab.https.port),
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        # What comes at the end is to be enough.
        "OTEL_METRIC_EXPORT_INTERVAL": "3600000",
    }
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--log-level", "warning"]
        command += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
        command += ["--preload"] * preload
        process = subprocess.Popen(
            [*command, "tests.support.metered_app:app"],
            cwd=folder,
            env=environ,
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PLENTY)


@pytest.mark.parametrize("preload", [False, True], ids=["", "preloaded"])
def test_what_workers_push_is_what_the_hosts_saw(
    tmp_path: Path, lab: Lab, collector: Collector, preload: bool
) -> None:
    answers: Counter[tuple[str, str]] = Counter()
    workers: set[str] = set()
    with served(tmp_path, lab, collector, preload) as url:
        while len(workers) < 2 or answers.total() < 30:
            assert answers.total() < 3000
            for service in ("kms", "sns", "sqs"):
                try:
                    with urllib.request.urlopen(f"{url}/{service}", timeout=PLENTY) as response:
                        pid, outcome = response.read().decode().split()
                except OSError as error:
                    raise AssertionError((tmp_path / "log").read_text()) from error
                workers.add(pid)
                answers[service, outcome] += 1
    seen = Counter(seen.host for seen in lab.seen)
    assert seen == {HOSTS[service]: answers[service, "allowed"] for service in HOSTS}
    said = (tmp_path / "log").read_text()
    assert collector.told("endpoint_router.calls", "aws.service", "outcome") == answers, said
    assert collector.told("endpoint_router.calls", "aws.service", "fips_basis") == {
        ("kms", "listed"): seen[HOSTS["kms"]],
        ("sns", "none"): seen[HOSTS["sns"]],
        ("sqs", "none"): answers["sqs", "denied"],
    }
    refused = {("denied",): answers["sqs", "denied"]}
    assert collector.told("endpoint_router.refusals", "outcome") == refused
    instances = {instance for instance, _, _ in collector.values}
    assert instances == {f"{socket.gethostname()}:{pid}" for pid in workers}
    assert said == ""


@pytest.mark.parametrize("query", queries())
def test_prometheus_would_take_each_query(query: str) -> None:
    """As ``promtool`` would tell, in tests/test_otel.py, where it is there."""
    parser = pytest.importorskip("promql_parser", reason="reads PromQL: in tox -e platforms")
    for name, value in GRAFANAS.items():
        query = query.replace(name, value)
    if not query.startswith("label_values"):
        parser.parse(query)
