"""The orders of a supervisor to its workers, and their answers.

Facts
-----
* Both ends run the same source, started by the same command: there is no version to agree on.
* The socket between them is a pair that the supervisor made and the worker inherited. It has no name, so nobody else can open it.
  Messages may hold the redaction key, and unredacted exchanges.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct

from gateway.fleet.carried import CarriedExchange
from gateway.fleet.expectations import CarriedExpectation
from gateway.fleet.numbers import Numbers


class WorkerSettings(Struct, frozen=True):
    """The settings of all workers."""

    config: bytes
    """The effective configuration as JSON, under the keys of config.yaml."""
    key: bytes | None
    """The permanent redaction key; None if there is no such key."""
    stand_in: bytes
    """The temporary key for this run, used without a permanent key."""
    faults: list[tuple[str, Any, float]] = []
    """The faults that were asked for while the gateway runs: what tells each from the others, the entry of `faults` that it is, and when it began, in seconds of this machine's monotonic clock."""
    expectations: list[CarriedExpectation] = []
    """Answers that one of the workers gives to the next request that fits, in a fleet."""


class Begin(Struct, frozen=True, tag=True):
    """The first order: begin to answer. Answered with WorkerBegun."""

    number: int
    """The worker's place, from 1; a worker that is started in its place gets the same number."""
    listening: list[list[int]]
    """Descriptors of the listening sockets of each listener, in the configuration's order."""
    began: float
    """When the run began, in seconds since the epoch."""
    settings: WorkerSettings
    secrets: list[int]
    """Descriptors of the memories of secrets, in the order of the workers (`met_together.py`)."""
    counters: int
    """Descriptor of the workers' numbers of connections (`taking_turns.py`)."""
    run: str = ""
    """Identifies this worker among all processes of a fleet; empty without a fleet."""


class Become(Struct, frozen=True, tag=True):
    """Be another gateway from the next request on. Answered with OrderDone."""

    settings: WorkerSettings


class Fetch(Struct, frozen=True, tag=True):
    """Report your counts and complaints, and hand over some of the exchanges after number `after`. Answered with Fetched."""

    after: int
    most: int


class Measure(Struct, frozen=True, tag=True):
    """Report your numbers for Prometheus. Answered with Measures."""


class Rewind(Struct, frozen=True, tag=True):
    """Let every sequence begin anew. Answered with OrderDone."""


class Reopen(Struct, frozen=True, tag=True):
    """Open the log's file anew. Answered with OrderDone."""


class Drain(Struct, frozen=True, tag=True):
    """Take no new requests, finish the exchanges in flight, and end. Answered with Fetched, which has the last counts."""


Order: TypeAlias = Begin | Become | Fetch | Measure | Rewind | Reopen | Drain


class WorkerBegun(Struct, frozen=True, tag=True):
    """A worker answers from now on."""

    pid: int
    key_id: str | None
    """The name of its redaction key."""


class OrderDone(Struct, frozen=True, tag=True):
    """It is done."""


class OrderRefused(Struct, frozen=True, tag=True):
    """It was not done, and nothing has changed."""

    why: str


class Fetched(Struct, frozen=True, tag=True):
    """A worker's counts and complaints, and exchanges, the oldest first."""

    numbers: Numbers
    exchanges: list[CarriedExchange]
    last: int
    """The number of the last of these exchanges; `after` if there is no exchange."""
    passed_over: int
    """How many exchanges between `after` and the first of these are no longer kept."""
    more: bool
    """Whether there are more."""


class CountedSample(Struct, frozen=True, array_like=True):
    """One number of a metric."""

    name: str
    labels: dict[str, str]
    value: float


class Measures(Struct, frozen=True, tag=True):
    """All metrics of a worker: name, documentation, type, and numbers."""

    families: list[tuple[str, str, str, list[CountedSample]]]


Answer: TypeAlias = WorkerBegun | OrderDone | OrderRefused | Fetched | Measures


class OrderGiven(Struct, frozen=True, array_like=True):
    """An order, and the number that its answer will have."""

    number: int
    order: Order


class OrderAnswered(Struct, frozen=True, array_like=True):
    """The answer to the order of this number."""

    number: int
    answer: Answer
