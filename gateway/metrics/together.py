"""Numbers of several processes as one page for Prometheus: each metric once, and each number with the process that counted it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import Metric

LABEL = "worker"


class Together:
    """What an encoder takes for a registry."""

    def __init__(self, parts: Mapping[str, Iterable[Metric]]) -> None:
        """Take the metrics of each process, by what the label `worker` says of it."""
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """Yield each metric with the numbers of all processes."""
        found: dict[str, Metric] = {}
        for worker, families in self._parts.items():
            for family in families:
                whole = found.get(family.name)
                if whole is None:
                    whole = found[family.name] = Metric(family.name, family.documentation, family.type)
                for sample in family.samples:
                    whole.add_sample(sample.name, {**sample.labels, LABEL: worker}, sample.value)
        yield from found.values()
