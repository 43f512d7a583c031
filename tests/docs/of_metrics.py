"""The metrics, as a table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from gateway.metrics.prometheus import Metrics
from gateway.wiring.measuring import Measuring
from tests.docs.tables import code, table


def metrics() -> str:
    """Return each metric with its labels."""
    rows = [
        (f"{one._name}_total" if isinstance(one, Counter) else one._name, one._labelnames, one._documentation)
        for one in Metrics("")._registry._collector_to_names
        if isinstance(one, MetricWrapperBase)
    ]
    anything: Any = SimpleNamespace(
        gateway=SimpleNamespace(counts=None, exchanges=SimpleNamespace(observers=SimpleNamespace(unheard=None))),
        member=SimpleNamespace(outage=None, link=None),
        proxying=SimpleNamespace(proxy=None),
    )
    tallies = Measuring._tallies(SimpleNamespace(_running=lambda: anything, _out=None))  # type: ignore[arg-type]  # nothing is read
    rows += [(f"gateway_{one.name}{'_total' if one.grows else ''}", one.labels, one.about) for one in tallies]
    return table(
        ("metric", "labels", "what it counts"),
        ((code(name), ", ".join(map(code, labels)), about) for name, labels, about in sorted(rows)),
    )
