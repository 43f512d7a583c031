"""The numbers that `/metrics` shows. An observer counts exchanges. The numbers of other parts are read on request.

Facts
-----
* Each metric has few labels, and each label has few values (`labels.py`). A client cannot make new values.
* The metric of a set of labels is looked up once, and kept: for each look-up, the library takes a lock and makes a tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from gateway.core.model import Exchange
from gateway.metrics.labels import asked_upstreams, error_of, method_of, route_of, status_of, upstream_of
from gateway.metrics.together import Together

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, which says when it was first counted

OWN = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets of a histogram, in seconds. A replay takes less than a millisecond, an upstream up to its timeout."""
Labels: TypeAlias = tuple[str, ...]


class Measured(Struct, frozen=True):
    """A number that another part counts. It is read on request."""

    name: str
    """The name without `gateway_` at the beginning, and without `_total` at the end."""
    about: str
    read: Callable[[], Mapping[Labels, float]]
    """Returns the values by their labels."""
    labels: Labels = ()
    grows: bool = True
    """True for a counter, which only grows."""


class Metrics:
    """An observer of exchanges. It also writes all numbers as text."""

    def __init__(self, version: str, tallies: Callable[[], list[Measured]] = list) -> None:
        """`tallies` returns the numbers of other parts. It is called for each `render`."""
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Tallies(tallies))
        Gauge("gateway_info", "Which gateway this is.", ["version"], registry=registry).labels(version).set(1)
        self._in_flight = Gauge(
            "gateway_exchanges_in_flight", "Exchanges that have begun and not ended.", registry=registry
        )
        self._exchanges = Counter(
            "gateway_exchanges",
            "Exchanges that have ended.",
            ["route", "method", "status", "source", "upstream"],
            registry=registry,
        )
        self._seconds = Histogram(
            "gateway_exchange_seconds",
            "Seconds from a request's head to the reply's last byte.",
            ["route", "source"],
            buckets=OWN,
            registry=registry,
        )
        self._own_seconds = Histogram(
            "gateway_own_seconds",
            "Seconds of an exchange without the wait for an upstream.",
            ["source"],
            buckets=OWN,
            registry=registry,
        )
        self._upstream_seconds = Histogram(
            "gateway_upstream_seconds",
            "Seconds until an upstream's answer.",
            ["upstream"],
            buckets=OWN,
            registry=registry,
        )
        self._findings = Counter(
            "gateway_findings", "Findings of the header checks.", ["check", "severity"], registry=registry
        )
        self._errors = Counter(
            "gateway_errors",
            "Errors of the gateway itself; gateway_replay_miss is a miss.",
            ["code"],
            registry=registry,
        )
        self._faults = Counter("gateway_faults", "Faults that happened to calls.", ["fault"], registry=registry)
        self.of_workers: Mapping[str, Sequence[Metric]] | None = None
        """The numbers of other processes, by worker. None if this process counts everything."""
        self._children: dict[tuple[object, ...], _Children] = {}

    def began(self, exchange: Exchange) -> None:  # noqa: ARG002  # an observer's signature
        """Count one more exchange in flight."""
        self._in_flight.inc()

    def ended(self, exchange: Exchange) -> None:
        """Count an exchange, its findings, faults and errors."""
        self._in_flight.dec()
        legs = asked_upstreams(exchange)
        children = self._of(exchange)
        children.ended.inc()
        seconds, waited = exchange.elapsed_ms / 1000, 0.0
        children.seconds.observe(seconds)
        for leg in legs:
            waited += leg.elapsed_ms / 1000
            self._upstream_seconds.labels(exchange.received.upstream).observe(leg.elapsed_ms / 1000)
        children.own_seconds.observe(max(0.0, seconds - waited))
        for finding in exchange.findings:
            self._findings.labels(finding.id, finding.severity).inc()
        if exchange.reply.damage is not None:
            for fault in exchange.reply.damage.faults:
                self._faults.labels(fault).inc()
        if code := error_of(exchange):
            self._errors.labels(code).inc()

    def warn(self, event: str, **about: object) -> None:
        """Count nothing. Other parts count the events behind warnings."""

    def families(self) -> list[Metric]:
        """Return all numbers."""
        return list(self._registry.collect())

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return all numbers as text, and its media type: Prometheus's own, or OpenMetrics if `accept` asks for it."""
        encode, kind = choose_encoder(accept)
        if self.of_workers is not None:
            return encode(Together({"supervisor": self.families(), **self.of_workers})), kind
        return encode(self._registry), kind

    def _of(self, exchange: Exchange) -> _Children:
        reply = exchange.reply
        route, upstream = route_of(exchange), upstream_of(exchange)
        method, status = method_of(exchange.received.method), status_of(reply.status)
        key = (route, method, status, reply.source, upstream)
        known = self._children.get(key)
        if known is None:
            known = self._children[key] = _Children(
                self._exchanges.labels(*key),
                self._seconds.labels(route, reply.source),
                self._own_seconds.labels(reply.source),
            )
        return known


class _Children(Struct, frozen=True):
    """The metrics of one set of labels."""

    ended: Counter
    seconds: Histogram
    own_seconds: Histogram


class _Tallies:
    """Reads the numbers of other parts on request."""

    def __init__(self, tallies: Callable[[], list[Measured]]) -> None:
        self._tallies = tallies

    def collect(self) -> Iterator[Metric]:
        """Yield each number as a metric."""
        for tally in self._tallies():
            kind = CounterMetricFamily if tally.grows else GaugeMetricFamily
            family = kind(f"gateway_{tally.name}", tally.about, labels=tally.labels)
            for labels, value in tally.read().items():
                family.add_metric(labels, value)
            yield family

    def describe(self) -> Iterator[Metric]:
        """Return nothing, so that registration reads no numbers."""
        return iter(())
