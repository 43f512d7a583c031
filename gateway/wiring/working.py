"""The process of a worker: a gateway that gets listening sockets and orders from its supervisor.

Facts
-----
* Its stdin is the socket to the supervisor. When the socket closes, for any reason, the worker finishes its exchanges in flight, and ends.
* It reads no configuration and no key from disk: the supervisor reads them, so that all workers have the same.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import asdict, replace

from gateway.config import Config
from gateway.config.reading import read_section
from gateway.core.mistake import Mistake
from gateway.exchanges.logger import log_libraries, tell_losses
from gateway.fleet.carried import CarriedExchange, carried
from gateway.fleet.expectations import WorkerExpectations
from gateway.fleet.local_socket import READ_AHEAD, answering
from gateway.fleet.met_together import Hearing, MetTogether, Telling
from gateway.fleet.numbers import Numbers
from gateway.fleet.orders import (
    Answer,
    Become,
    Begin,
    CountedSample,
    Fetch,
    Fetched,
    HandshakesTold,
    Measure,
    Measures,
    Order,
    OrderDone,
    OrderRefused,
    PlayedTold,
    Reopen,
    Rewind,
    TellHandshakes,
    TellPlayed,
    WorkerBegun,
    WorkerSettings,
)
from gateway.fleet.taking_turns import OwnTurns
from gateway.system import garbage, signals
from gateway.system.descriptors import raise_soft_limit
from gateway.system.lines import Lines
from gateway.system.loops import new_loop
from gateway.transports.faults import GivenFault
from gateway.wiring import serving
from gateway.wiring.given_fault import given_fault
from gateway.wiring.keys import VARIABLE
from gateway.wiring.lasting import Lasting
from gateway.wiring.reloading import adopt

STDERR = 2
HEAR_SECONDS = 0.05
"""How many seconds pass between two looks at the secrets that other workers have met, while there is no exchange."""
LINGER_SECONDS = 1.0
"""How many seconds a worker waits for its supervisor after a signal has ended it."""
AT_ONCE = 1 << 20
"""How many bytes of exchanges one answer may have. A single larger exchange is allowed."""


class Working:
    """A worker. Its first order begins it; then it executes further orders."""

    def __init__(self, environ: Mapping[str, str], end: Callable[[], None]) -> None:
        """`end` is called if the worker must end although its supervisor still runs."""
        self._environ = environ
        self._end = end
        self._running: serving.Serving | None = None
        self._out: Lines | None = None
        self._settings: WorkerSettings | None = None
        self._met: MetTogether | None = None
        self._expectations: WorkerExpectations | None = None
        self._listening: asyncio.Future[None] | None = None
        self._draining: asyncio.Future[None] | None = None

    async def do(self, order: Order) -> Answer:
        """Execute an order, and return the result."""
        try:
            return await self._done(order)
        except Mistake as mistake:
            return OrderRefused(str(mistake))
        except OSError as error:
            return OrderRefused(f"{error.filename or 'the system'}: {error.strerror or error}")

    async def stop(self) -> None:
        """Finish the exchanges in flight, and close everything."""
        await self._drained()
        if self._out is not None:
            await asyncio.to_thread(self._out.stop)

    async def _drained(self) -> None:
        """Finish the exchanges in flight. Further calls wait for the same end."""
        if self._running is not None and self._draining is None:
            self._draining = asyncio.ensure_future(self._running.stop())
        if self._draining is not None:
            await asyncio.shield(self._draining)

    async def _done(self, order: Order) -> Answer:
        if isinstance(order, Begin):
            return await self._begin(order)
        running = self._running
        assert running is not None  # noqa: S101  # `Begin` is the first order
        done: Answer = OrderDone()
        match order:
            case Fetch():
                done = self._looked(running, order.after, order.most)
            case Become():
                await self._become(running, order.settings)
            case Measure():
                done = await asyncio.to_thread(_measured, running)
            case TellHandshakes():
                done = HandshakesTold(running.lab.refusals.handshakes)
            case TellPlayed(cassette):
                done = PlayedTold([*await running.steered.played(Path(cassette))])
            case Rewind():
                running.steered.state.rewind()
            case Reopen():
                if self._out is not None:
                    self._out.reopen()
            case _:
                await self._drained()
                done = self._looked(running, running.steered.journal.count, 0)
        return done

    async def _begin(self, begin: Begin) -> Answer:
        config = config_of(begin.settings)
        self._settings = begin.settings
        out = self._out = Lines(STDERR) if config.log.file is None else Lines.to_file(config.log.file)
        out.take_turns(begin.counters)
        lasting = Lasting(began=begin.began, stand_in=begin.settings.stand_in, has_siblings=True)
        sockets = [[socket.socket(fileno=number) for number in numbers] for numbers in begin.listening]
        for each in (each for listener in sockets for each in listener):
            each.setblocking(False)
        own = begin.number - 1
        others = [Hearing(memory) for place, memory in enumerate(begin.secrets) if place != own]
        met = MetTogether(lambda: running.steered.redaction, Telling(begin.secrets[own]), others)
        handed = serving.Handed(sockets, OwnTurns(begin.counters, begin.number), (met,), begin.run, begin.number)
        running = await serving.start(
            config, _with_key(self._environ, begin.settings), out, lambda: None, lasting, handed=handed
        )
        self._running = running
        met.share()
        met.hear()
        self._met = met
        self._listening = asyncio.ensure_future(_hearing(met))
        self._expectations = WorkerExpectations(running.steered.overrides, running.steered.state)
        await self._give(running, begin.settings)
        self._heard(running, out)
        running.health.watch(lambda: f"log: {out.lost} lines lost" if out.lost else "")
        signals.drain(self._end, lambda: None)
        garbage.serve()
        return WorkerBegun(os.getpid(), running.steered.redaction.key_id)

    def _heard(self, running: serving.Serving, out: Lines) -> None:
        tell_losses(out, running.logger)
        log_libraries(running.logger)

    async def _become(self, running: serving.Serving, settings: WorkerSettings) -> None:
        before, out = self._settings, self._out
        assert before is not None and out is not None  # noqa: S101, PT018  # it has begun
        if (settings.config, settings.key) != (before.config, before.key):
            await adopt(running, config_of(settings), _with_key(self._environ, settings), out)
            if self._met is not None:
                self._met.share()  # in the same step as the change
            self._heard(running, out)
        await self._give(running, settings)
        self._settings = settings

    async def _give(self, running: serving.Serving, settings: WorkerSettings) -> None:
        """Set the added faults. A fault that stays keeps its counts."""
        given = running.steered.faults.given
        known, config = {one.planned.key: one for one in given}, running.steered.config
        wanted: list[GivenFault] = []
        for key, said, begun in settings.faults:
            one = known.get(key)
            if one is None or one.said != said:
                one = await asyncio.to_thread(given_fault, said, config, key)
                one.planned = replace(one.planned, begun=begun)
            wanted.append(one)
        given[:] = wanted
        if self._expectations is not None:
            self._expectations.have(settings.expectations)

    def _looked(self, running: serving.Serving, after: int, most: int) -> Fetched:
        expected = self._expectations.given if self._expectations is not None else {}
        journal = running.steered.journal
        after = min(after, journal.count)
        first = max(journal.first, after + 1)
        exchanges: list[CarriedExchange] = []
        size, last = 0, first - 1
        for exchange in journal.since(after)[:most]:
            one = carried(exchange)
            size += one.size
            if exchanges and size > AT_ONCE:
                break
            exchanges.append(one)
            last += 1
        return Fetched(_numbers(running, expected), exchanges, last, first - 1 - after, last < journal.count)


async def _hearing(met: MetTogether) -> None:
    """Learn at intervals the secrets that other workers have met, while there is no exchange."""
    while True:
        await asyncio.sleep(HEAR_SECONDS)
        met.hear()


def config_of(settings: WorkerSettings) -> Config:
    """Return the configuration that the supervisor has sent."""
    said = msgspec.json.decode(settings.config)
    return read_section(Config, said)


def _with_key(environ: Mapping[str, str], settings: WorkerSettings) -> Mapping[str, str]:
    """Return a copy of the environment that has the key in it."""
    rest = {name: value for name, value in environ.items() if name != VARIABLE}
    return rest if settings.key is None else {**rest, VARIABLE: settings.key.hex()}


def _numbers(running: serving.Serving, expectations: dict[str, int]) -> Numbers:
    steered = running.steered
    counts, faults = steered.counts, steered.faults
    return Numbers(
        recorded=counts.recorded,
        leaks=counts.leaks,
        cut_off=counts.cut_off,
        lost=dict(counts.lost),
        findings_lost=counts.findings_lost,
        history_lost=counts.history_lost,
        unheard=asdict(steered.unheard),
        connections=running.server.connections,
        upstream_connections=steered.upstream_connections,
        in_flight=steered.handler.in_flight,
        complaints=running.health.complaints,
        faults={_key_of(one): (one.met, one.happened) for one in faults.all},
        expectations=expectations,
    )


def _key_of(fault: GivenFault) -> str:
    return fault.planned.key


def _measured(running: serving.Serving) -> Measures:
    metrics = running.measuring.metrics
    families = [] if metrics is None else metrics.families()
    return Measures(
        [
            (
                family.name,
                family.documentation,
                family.type,
                [CountedSample(sample.name, dict(sample.labels), sample.value) for sample in family.samples],
            )
            for family in families
        ]
    )


async def work() -> int:
    """Answer orders until the supervisor closes the socket, or a signal ends this process."""
    stop = asyncio.Event()
    working = Working(os.environ, stop.set)
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=os.dup(0)), limit=READ_AHEAD)
    listening = asyncio.ensure_future(answering(reader, writer, working.do))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await working.stop()
    # a service manager ends all processes at once; then the supervisor still asks for the last numbers
    if not listening.done():
        await asyncio.wait({listening}, timeout=LINGER_SECONDS)
    return 0


def main() -> None:
    """Run a worker."""
    garbage.pause()
    signals.prepare()
    raise_soft_limit()
    with asyncio.Runner(loop_factory=new_loop) as runner:
        status = runner.run(work())
    os._exit(status)  # a thread in a look-up of a name would delay the interpreter's end


if __name__ == "__main__":
    main()
