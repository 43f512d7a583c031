"""Numbers of several processes on one page: each metric once, each number with its process."""

from __future__ import annotations

from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest

from gateway.metrics.together import Together


def family(value: float) -> Metric:
    made = Metric("gateway_exchanges", "Exchanges.", "counter")
    made.add_sample("gateway_exchanges_total", {"route": "other"}, value)
    return made


def test_each_metric_stands_once_with_the_numbers_of_all() -> None:
    text = generate_latest(Together({"1": [family(2)], "2": [family(3)]}))
    assert text.decode().splitlines() == [
        "# HELP gateway_exchanges_total Exchanges.",
        "# TYPE gateway_exchanges_total counter",
        'gateway_exchanges_total{route="other",worker="1"} 2.0',
        'gateway_exchanges_total{route="other",worker="2"} 3.0',
    ]
