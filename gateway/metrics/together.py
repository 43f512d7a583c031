"""The numbers of several processes as one page for Prometheus. Each metric occurs once, and each number has its process as a label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import Metric

LABEL = "worker"


class Together:
    """A stand-in for a registry, for the encoder."""

    def __init__(self, parts: Mapping[str, Iterable[Metric]]) -> None:
        """Take the metrics of each process, by the process's value of the label `worker`."""
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
