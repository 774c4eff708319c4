"""What :func:`endpoint_router.metrics` tells, as OpenTelemetry's instruments: extra ``otel``.

All are observable: OpenTelemetry asks when it exports, nothing of it runs in a call or a look-up,
and what was counted before :func:`instrument` is told, too. That is why look-ups have a counter
with ``le`` instead of a histogram, which OpenTelemetry would have to be told of each time. What
carries the numbers on (Prometheus, OTLP, statsd) is an exporter's, never ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal
from weakref import WeakSet

from msgspec import Struct
from opentelemetry.metrics import (
    CallbackOptions,
    Meter,
    MeterProvider,
    Observation,
    get_meter_provider,
)

from ._version import __version__
from .sdk.metrics import Metrics, metrics

__all__ = ["INSTRUMENTS", "Instrument", "instrument"]

Values = Iterator[tuple[float, Mapping[str, str]]]


class Instrument(Struct, frozen=True):
    """One instrument, and what it observes."""

    name: str
    kind: Literal["counter", "gauge"]
    #: UCUM; in braces: a word for what is counted, which exporters leave out of names.
    unit: str
    description: str
    values: Callable[[Metrics], Values]


def _calls(read: Metrics) -> Values:
    for each in read.calls:
        yield (
            each.calls,
            {
                "mode": each.mode,
                "outcome": each.outcome,
                "code": each.code,
                # Not ``service``: where Prometheus finds its targets, these have one already.
                "aws.service": each.service,
                "path": each.path,
                "fips_basis": each.fips_basis,
                "evidence": each.evidence,
            },
        )


def _refusals(read: Metrics) -> Values:
    yield read.denied, {"outcome": "denied"}
    yield read.unverified, {"outcome": "unverified"}


def _stale_use(read: Metrics) -> Values:
    yield read.stale_use, {}


def _lookups(read: Metrics) -> Values:
    for each in read.lookups:
        yield each.lookups, {"verdict": each.verdict}


def _seconds(read: Metrics) -> Values:
    for each in read.lookups:
        yield each.seconds, {"verdict": each.verdict}


def _within(read: Metrics) -> Values:
    for each in read.lookups:
        for seconds, lookups in each.within:
            yield lookups, {"verdict": each.verdict, "le": f"{seconds:g}"}
        yield each.lookups, {"verdict": each.verdict, "le": "+Inf"}


def _renewals(read: Metrics) -> Values:
    for each in read.renewals:
        yield each.renewals, {"result": each.result}


def _days_left(read: Metrics) -> Values:
    for each in read.waivers:
        yield (
            each.days_left,
            {
                "rule": each.rule,
                "origin": each.origin,
                "expires": str(each.expires),
            },
        )


#: In the order of the page.
INSTRUMENTS = (
    Instrument(
        "endpoint_router.calls", "counter", "{call}",
        "Calls by what was decided; each attempt is one", _calls,
    ),
    Instrument(
        "endpoint_router.refusals", "counter", "{call}",
        "Calls that were refused; there from the start, with zero", _refusals,
    ),
    Instrument(
        "endpoint_router.stale_use", "counter", "{call}",
        "Calls that were allowed by an answer of DNS past its TTL", _stale_use,
    ),
    Instrument(
        "endpoint_router.lookups", "counter", "{lookup}",
        "Look-ups of names by verdict", _lookups,
    ),
    Instrument(
        "endpoint_router.lookup.time", "counter", "s",
        "How long look-ups took, all together", _seconds,
    ),
    Instrument(
        "endpoint_router.lookup.within", "counter", "{lookup}",
        "Look-ups that took at most le seconds", _within,
    ),
    Instrument(
        "endpoint_router.renewals", "counter", "{renewal}",
        "Renewals of answers by what became of them", _renewals,
    ),
    Instrument(
        "endpoint_router.waivers.days_left", "gauge", "{day}",
        "Days until a rule's last one: 0 on that day, less when it has passed", _days_left,
    ),
)  # fmt: skip

#: Who has instruments already: those of another set would be asked, too.
_instrumented: WeakSet[MeterProvider] = WeakSet()
_process_has_them = False


def instrument(meter_provider: MeterProvider | None = None) -> None:
    """Have OpenTelemetry read the counters of this process whenever it exports metrics.

    A second time with the same provider: nothing happens.

    :param meter_provider: default: the one that is set, or will be.
    """
    global _process_has_them
    of_process = get_meter_provider()
    provider = of_process if meter_provider is None else meter_provider
    # What is made before an application sets its provider is handed over to that one.
    if provider in _instrumented or (provider is of_process and _process_has_them):
        return
    _instrumented.add(provider)
    _process_has_them |= provider is of_process
    meter = provider.get_meter("endpoint_router", __version__)
    for each in INSTRUMENTS:
        _make(meter, each)


def _make(meter: Meter, what: Instrument) -> None:
    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, attributes) for value, attributes in what.values(metrics())]

    gauge, counter = meter.create_observable_gauge, meter.create_observable_counter
    create = gauge if what.kind == "gauge" else counter
    create(what.name, [observe], what.unit, what.description)
