"""What OpenTelemetry and Prometheus are told is what ``metrics()`` tells, and what the pages say.

The SDK's own reader and exporter ask; the dashboard and the rules are held to what the exporter
prints. Where Prometheus' ``promtool`` is on the path, it checks the rules and each query.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import boto3
import pytest
import yaml

import endpoint_router
from endpoint_router import testing
from endpoint_router.routing.case import Outcome

pytest.importorskip("opentelemetry.sdk.metrics", reason="the extra otel with an SDK is not there")

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    InMemoryMetricReader,
    Sum,
)

from endpoint_router.otel import INSTRUMENTS, instrument

DOCS = Path(__file__).resolve().parent.parent / "docs"
DASHBOARD = DOCS / "monitoring" / "grafana-dashboard.json"
RULES = DOCS / "monitoring" / "prometheus-rules.yaml"
RULES_TEST = DOCS / "monitoring" / "prometheus-rules-test.yaml"
PAGE = DOCS / "reference" / "metrics.md"
HOW_TO = DOCS / "how-to" / "watch-it-live.md"
TODAY = datetime.date(2026, 11, 22)
POLICY = {
    "defaults": {"fips": "require"},
    "rules": [
        {"services": ["sns"], "fips": "prefer", "reason": "SEC-1", "expires": "2026-12-01"},
        {"services": ["kms"], "private": "require"},
    ],
}
#: What Prometheus adds to whatever it scrapes, and the exporter to whatever it prints.
ADDED = {"job", "instance"}
OF_THE_SCOPE = {"otel_scope_name", "otel_scope_version", "otel_scope_schema_url"}


@contextmanager
def in_use() -> Iterator[None]:
    """A policy with a waiver, under which a call is allowed and another one is refused."""
    keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}
    clock = testing.FakeClock(TODAY)
    with testing.policy_in_force(POLICY, clock=clock, dns=testing.FakeDns()):
        session = boto3.Session(region_name="us-east-1", **keys)
        session.client("sts").generate_presigned_url("get_caller_identity")
        with pytest.raises(endpoint_router.EndpointDenied):
            session.client("kms").list_keys()
        yield


@pytest.fixture
def reader() -> Iterator[InMemoryMetricReader]:
    """Of a provider that was told of our instruments; calls are made meanwhile."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    instrument(provider)
    with in_use():
        yield reader
    provider.shutdown()


def told(reader: InMemoryMetricReader) -> dict[str, Any]:
    """The metrics of our scope by name."""
    data = reader.get_metrics_data()
    assert data is not None
    (scope,) = (scope for each in data.resource_metrics for scope in each.scope_metrics)
    assert (scope.scope.name, scope.scope.version) == (
        "endpoint_router",
        endpoint_router.__version__,
    )
    return {metric.name: metric for metric in scope.metrics}


def points(metric: Any) -> dict[tuple[tuple[str, str], ...], float]:
    """Values by attributes."""
    found = {
        tuple(sorted(point.attributes.items())): point.value for point in metric.data.data_points
    }
    assert len(found) == len(metric.data.data_points)
    return found


def test_the_reader_is_told_what_metrics_tells(reader: InMemoryMetricReader) -> None:
    metrics, read = told(reader), endpoint_router.metrics()
    assert list(metrics) == [each.name for each in INSTRUMENTS]
    calls = points(metrics["endpoint_router.calls"])
    assert list(calls.values()) == [each.calls for each in read.calls]
    of_kms = [dict(kind) for kind in calls if ("aws.service", "kms") in kind]
    assert ("denied", "none") in [(kind["outcome"], kind["path"]) for kind in of_kms]
    refusals = points(metrics["endpoint_router.refusals"])
    assert refusals == {
        (("outcome", "denied"),): read.denied,
        (("outcome", "unverified"),): read.unverified,
    }
    assert read.denied > 0
    assert points(metrics["endpoint_router.stale_use"]) == {(): read.stale_use}
    for each in read.lookups:
        verdict = ("verdict", each.verdict)
        assert points(metrics["endpoint_router.lookups"])[verdict,] == each.lookups
        assert points(metrics["endpoint_router.lookup.time"])[verdict,] == each.seconds
        within = points(metrics["endpoint_router.lookup.within"])
        assert within[("le", "+Inf"), verdict] == each.lookups
        assert within[("le", "0.5"), verdict] == dict(each.within)[0.5]
    renewals = points(metrics["endpoint_router.renewals"])
    assert renewals == {(("result", each.result),): each.renewals for each in read.renewals}
    waivers = points(metrics["endpoint_router.waivers.days_left"])
    assert waivers == {(("expires", "2026-12-01"), ("origin", "code"), ("rule", "rules[0]")): 9}


def test_counters_only_grow_and_gauges_need_not(reader: InMemoryMetricReader) -> None:
    metrics = told(reader)
    for each in INSTRUMENTS:
        metric = metrics[each.name]
        assert (metric.unit, metric.description) == (each.unit, each.description)
        if each.kind == "gauge":
            assert isinstance(metric.data, Gauge)
            continue
        assert isinstance(metric.data, Sum)
        assert metric.data.is_monotonic
        assert metric.data.aggregation_temporality is AggregationTemporality.CUMULATIVE


def test_a_second_time_changes_nothing(
    reader: InMemoryMetricReader, caplog: pytest.LogCaptureFixture
) -> None:
    other = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[other])
    instrument(provider)
    instrument(provider)
    assert list(told(other)) == list(told(reader))
    assert [each for each in caplog.records if each.name.startswith("opentelemetry")] == []
    provider.shutdown()


def test_before_an_application_has_a_provider() -> None:
    script = """
from endpoint_router.otel import instrument
instrument()
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
instrument()
instrument(metrics.get_meter_provider())
(each,) = reader.get_metrics_data().resource_metrics
(scope,) = each.scope_metrics
print(*(f"{each.name}:{len(each.data.data_points)}" for each in scope.metrics))
"""
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    # No call and no waiver as yet.
    told = dict(each.split(":") for each in done.stdout.split())
    assert list(told) == [each.name for each in INSTRUMENTS[1:-1]]
    assert (told["endpoint_router.refusals"], done.stderr) == ("2", "")


def test_the_page_has_the_instruments(reader: InMemoryMetricReader) -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| (\w+) \| `(\S+)` \| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE
    )
    attributes = {
        name: {key for kind in points(metric) for key, _ in kind}
        for name, metric in told(reader).items()
    }
    shown = [
        (name, kind, unit, set(re.findall(r"`([\w.]+)`", of))) for name, kind, unit, of in rows
    ]
    assert shown == [
        (each.name, each.kind, each.unit, attributes[each.name]) for each in INSTRUMENTS
    ]


def test_the_how_to_s_examples_serve_what_was_counted(tmp_path: Path) -> None:
    """As docs/how-to/watch-it-live.md has them, but for the port."""
    blocks = re.findall(
        r"tests/test_otel.py -->\n```python\n(.*?)^```$", HOW_TO.read_text("utf-8"), re.M | re.S
    )
    assert len(blocks) == 2
    pytest.importorskip("opentelemetry.exporter.prometheus", reason="no exporter for Prometheus")
    served = blocks[1].replace("start_http_server(9464)", 'start_http_server(0, "127.0.0.1")')
    assert served != blocks[1]
    (tmp_path / "policy.toml").write_text('version = 1\n[defaults]\nfips = "require"\n')
    script = f"""{served}
{blocks[0]}
import boto3, urllib.request
keys = {{"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}}
boto3.client("sts", "us-east-1", **keys).generate_presigned_url("get_caller_identity")
with urllib.request.urlopen(f"http://127.0.0.1:{{server.server_port}}/metrics") as response:
    print(response.read().decode())
server.shutdown()
server.server_close()
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    (line,) = re.findall(r"^endpoint_router_calls_total\{.*", done.stdout, re.MULTILINE)
    assert line.endswith(" 1.0")
    assert all(told in line for told in ('aws_service="sts"', 'path="public"', 'outcome="allowed"'))


# --- Prometheus, and what stands in docs/monitoring


@pytest.fixture(scope="module")
def printed() -> dict[str, set[str]]:
    """What the exporter prints: the labels of each of our series."""
    exporter = pytest.importorskip(
        "opentelemetry.exporter.prometheus", reason="Prometheus' exporter is not there"
    )
    from prometheus_client import REGISTRY, generate_latest

    provider = MeterProvider(metric_readers=[exporter.PrometheusMetricReader()])
    instrument(provider)
    with in_use():
        text = generate_latest(REGISTRY).decode()
    provider.shutdown()
    found: dict[str, set[str]] = {}
    for name, labels in re.findall(r"^(endpoint_router_\w+)\{(.*)\} ", text, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return {name: labels - OF_THE_SCOPE for name, labels in found.items()}


#: What Grafana puts into queries, and what may stand there.
GRAFANAS = {"$__rate_interval": "5m", "$__range": "6h", "$job": ".*", "$instance": ".*"}


def queries() -> list[str]:
    """Of the dashboard and the rules."""
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    rules = yaml.safe_load(RULES.read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [each["query"]["query"] for each in dashboard["templating"]["list"][1:]]
    return asked + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def test_queries_ask_for_what_is_exported(printed: dict[str, set[str]]) -> None:
    asked = {name for query in queries() for name in re.findall(r"endpoint_router_\w+", query)}
    assert asked == set(printed)
    assert len(asked) == len(INSTRUMENTS)
    for query in queries():
        labels = set(re.findall(r'(\w+)(?:=~|!=|!~|=)"', query))
        labels |= {name for by in re.findall(r"by \((.*?)\)", query) for name in by.split(", ")}
        exported = set().union(
            *(printed[name] for name in re.findall(r"endpoint_router_\w+", query))
        )
        assert labels <= exported | ADDED, query


def test_outcomes_that_queries_name_exist() -> None:
    named = {value for query in queries() for value in re.findall(r'outcome!?="(\w+)"', query)}
    assert named == set(get_args(Outcome))


def test_texts_of_alerts_name_labels_that_the_alert_has() -> None:
    rules = yaml.safe_load(RULES.read_text("utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert len(alerts) == 3
    for alert in alerts:
        labels = re.findall(r"by \((.*?)\)", alert["expr"])[0].split(", ")
        named = re.findall(r"\$labels\.(\w+)", " ".join(alert["annotations"].values()))
        assert named
        assert set(named) <= set(labels)


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
        assert panel["description"].endswith(".")
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    text = DASHBOARD.read_text("utf-8")
    used = set(re.findall(r"\$\{?([a-z]+)\}?", text)) - {"__all"}
    assert used <= variables


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus' promtool is not there")
def test_promtool_reads_all_of_it(tmp_path: Path) -> None:
    asked = []
    for query in queries():
        for name, value in GRAFANAS.items():
            query = query.replace(name, value)
        if not query.startswith("label_values"):
            asked.append({"record": f"query:{len(asked)}", "expr": query})
    written = tmp_path / "queries.yaml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": asked}]}))
    for arguments in (
        ["check", "rules", str(RULES), str(written)],
        ["test", "rules", str(RULES_TEST)],
    ):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
