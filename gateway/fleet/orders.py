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
from gateway.wire.refusals import Handshakes


class WorkerSettings(Struct, frozen=True):
    """The settings of all workers."""

    config: bytes
    """The effective configuration as JSON, under the keys of config.yaml."""
    key: bytes | None
    """The permanent redaction key; None if there is no such key."""
    stand_in: bytes
    """The temporary key for this run. It is used if there is no permanent key."""
    faults: list[tuple[str, Any, float]] = []
    """Faults that were added during the run. For each: its id, its entry as in `faults`, its start in seconds of the monotonic clock."""
    expectations: list[CarriedExpectation] = []
    """In a fleet: answers for the next matching requests. One of the workers gives each answer."""


class Begin(Struct, frozen=True, tag=True):
    """The first order: begin to answer requests. The answer is WorkerBegun."""

    number: int
    """The worker's place, from 1. A worker that replaces an ended one gets its number."""
    listening: list[list[int]]
    """Descriptors of the listening sockets of each listener, in the configuration's order."""
    began: float
    """Start of the run, in seconds since the epoch."""
    settings: WorkerSettings
    secrets: list[int]
    """Descriptors of the memories for secrets, in the order of the workers (`met_together.py`)."""
    counters: int
    """Descriptor of the memory with each worker's number of connections (`taking_turns.py`)."""
    run: str = ""
    """Identifies this worker among all processes of a fleet; empty without a fleet."""


class Become(Struct, frozen=True, tag=True):
    """Use other settings from the next request on. The answer is OrderDone."""

    settings: WorkerSettings


class Fetch(Struct, frozen=True, tag=True):
    """Report your counts and complaints, and hand over some of the exchanges after number `after`. The answer is Fetched."""

    after: int
    most: int


class Measure(Struct, frozen=True, tag=True):
    """Report your numbers for Prometheus. The answer is Measures."""


class TellHandshakes(Struct, frozen=True, tag=True):
    """Report the results of handshakes with the lab's certificates. The answer is HandshakesTold."""


class TellPlayed(Struct, frozen=True, tag=True):
    """Report which interactions of a cassette you have played. The answer is PlayedTold."""

    cassette: str
    """Its path."""


class Rewind(Struct, frozen=True, tag=True):
    """Begin every sequence again. The answer is OrderDone."""


class Reopen(Struct, frozen=True, tag=True):
    """Open the log file again. The answer is OrderDone."""


class Drain(Struct, frozen=True, tag=True):
    """Take no new requests, finish the exchanges in flight, and end. The answer is Fetched, with the last counts."""


Order: TypeAlias = Begin | Become | Fetch | Measure | TellHandshakes | TellPlayed | Rewind | Reopen | Drain


class WorkerBegun(Struct, frozen=True, tag=True):
    """The worker answers requests from now on."""

    pid: int
    key_id: str | None
    """The name of its redaction key."""


class OrderDone(Struct, frozen=True, tag=True):
    """The order was executed."""


class OrderRefused(Struct, frozen=True, tag=True):
    """The order was refused, and changed nothing."""

    why: str


class Fetched(Struct, frozen=True, tag=True):
    """A worker's counts and complaints, and its exchanges, the oldest first."""

    numbers: Numbers
    exchanges: list[CarriedExchange]
    last: int
    """The number of the last exchange in this answer. Without an exchange: `after`."""
    passed_over: int
    """Number of exchanges between `after` and the first one in this answer that the worker no longer has."""
    more: bool
    """Whether the worker has more exchanges."""


class CountedSample(Struct, frozen=True, array_like=True):
    """One number of a metric."""

    name: str
    labels: dict[str, str]
    value: float


class Measures(Struct, frozen=True, tag=True):
    """All metrics of a worker: name, documentation, type, and numbers."""

    families: list[tuple[str, str, str, list[CountedSample]]]


class HandshakesTold(Struct, frozen=True, tag=True):
    """The results of handshakes in a worker."""

    handshakes: Handshakes


class PlayedTold(Struct, frozen=True, tag=True):
    """For each interaction of a cassette: whether the worker has played it. Empty if it does not play this cassette."""

    played: list[bool]


Answer: TypeAlias = WorkerBegun | OrderDone | OrderRefused | Fetched | Measures | HandshakesTold | PlayedTold


class OrderGiven(Struct, frozen=True, array_like=True):
    """An order, and the number that its answer will have."""

    number: int
    order: Order


class OrderAnswered(Struct, frozen=True, array_like=True):
    """An answer, and the number of its order."""

    number: int
    answer: Answer
