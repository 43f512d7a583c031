"""A gateway of several processes. The supervisor has everything that must exist once, and its workers answer calls.

| what | who has it |
|---|---|
| configuration, redaction key, listening sockets, lab's resolver and pages, control listener, sessions | the supervisor |
| a fleet's setting, and the exchanges of its other gateways | the supervisor; if the fleet must agree, each worker asks Redis itself |
| the built-in emulator, with its logins | the supervisor, on a local port that workers use |
| connections of apps and to upstreams, exchanges, checks, recordings, history, log | each worker |

Facts
-----
* The workers accept on the same listening sockets, so that an idle worker takes the next connection. With SO_REUSEPORT, each worker
  would have its own queue, and at a worker's end the kernel would reset the connections in its queue.
* For each change, the supervisor first makes its own gateway, as a worker does. So it reports mistakes before a worker changes.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.config import Config
from gateway.config.listening import scheme_of
from gateway.config.workers import number_of_workers, state_is_apart
from gateway.core.hostport import host_port
from gateway.exchanges.health import Health
from gateway.exchanges.journal import Journal
from gateway.exchanges.logger import Logger, Out
from gateway.fleet.left_behind import LeftBehind
from gateway.fleet.met_together import Hearing, MetTogether, new_memory
from gateway.fleet.mirror import PATIENCE, Mirror
from gateway.fleet.orders import (
    Begin,
    CountedSample,
    HandshakesTold,
    Measure,
    Measures,
    Reopen,
    TellHandshakes,
    WorkerSettings,
)
from gateway.fleet.supervisor import Say, Supervisor
from gateway.fleet.taking_turns import AllTurns
from gateway.system.lines import Lines
from gateway.system.tasks import Tasks
from gateway.wire.refusals import Handshakes
from gateway.wire.server import GRACE_SECONDS, Server
from gateway.wiring.emulator_server import EmulatorServer
from gateway.wiring.fleet import join, member_of
from gateway.wiring.lab_pages import ServedLab
from gateway.wiring.lasting import Lasting
from gateway.wiring.listening import opened
from gateway.wiring.measuring import Measuring
from gateway.wiring.resolving import resolving, tell_loops
from gateway.wiring.serving import (
    KEPT_BYTES,
    LARGE_BYTES,
    MOST_KEPT,
    Others,
    Serving,
    limits_of,
    observing,
    tell_at_start,
    watch_counts,
)
from gateway.wiring.steered_fleet import SteeredFleet

if TYPE_CHECKING:
    from gateway.fleet.member import Member

COMMAND = [sys.executable, "-P", "-m", "gateway.wiring.working"]
MEASURE_SECONDS = 2.0
"""How many seconds a scrape waits for a worker's numbers."""
LATE = 5.0
"""How many seconds workers may need after the time limit for exchanges in flight."""


class Fleet(Others):
    """The listening sockets of a supervisor, and the workers that accept on them."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        supervisor: Supervisor,
        mirror: Mirror,
        emulated: EmulatorServer,
        measuring: Measuring,
    ) -> None:
        self._measuring = measuring
        self._sockets = sockets
        self._supervisor = supervisor
        self._emulated = emulated
        self._mirroring = asyncio.create_task(mirror.run())
        self._reopening = Tasks()

    async def failed(self) -> str:
        """Wait until no worker can be started, and return the reason."""
        return await asyncio.shield(self._supervisor.failed)

    def reopen_logs(self) -> None:
        """Let all workers open the log's file again."""
        self._reopening.start(self._supervisor.ask_all(Reopen()))

    async def measure(self) -> None:
        """Ask all workers for their numbers. A worker that does not answer in time is left out."""
        metrics = self._measuring.metrics
        if metrics is None:
            return
        from prometheus_client.core import Metric  # noqa: PLC0415  # an extra

        def metric(name: str, about: str, kind: str, samples: Sequence[CountedSample]) -> Metric:
            made = Metric(name, about, kind)
            for sample in samples:
                made.add_sample(sample.name, sample.labels, sample.value)
            return made

        answers = await self._supervisor.ask_all(Measure(), MEASURE_SECONDS)
        metrics.of_workers = {
            str(number): [metric(*family) for family in answer.families]
            for number, answer in answers.items()
            if isinstance(answer, Measures)
        }

    async def handshakes(self) -> Sequence[Handshakes]:
        """Ask all workers for the results of handshakes. A worker that does not answer in time is left out."""
        answers = await self._supervisor.ask_all(TellHandshakes(), PATIENCE)
        return [answer.handshakes for answer in answers.values() if isinstance(answer, HandshakesTold)]

    async def stop(self) -> None:
        """Refuse new connections, let all workers finish their exchanges in flight, and end them."""
        for each in self._sockets:
            each.close()
        self._mirroring.cancel()
        await self._supervisor.stop(GRACE_SECONDS + LATE)
        await self._emulated.stop()


async def start(
    config: Config,
    environ: Mapping[str, str],
    out: Out,
    before_listening: Callable[[], None] = lambda: None,
    lasting: Lasting | None = None,
) -> Serving:
    """Start a supervisor and its workers, with the arguments of `serving.start`. Raises the same errors, and WorkersError."""
    running: Serving | None = None
    health, lasting = Health(), lasting or Lasting()
    measuring = Measuring(lambda: running, environ, out)
    lab = ServedLab(lambda: steered.config, lasting.listening)
    logger, observe = observing(config, environ, out, measuring, lab)
    _tell_at_start(config, logger)
    journal = Journal(MOST_KEPT, KEPT_BYTES, LARGE_BYTES) if config.control.enabled else None
    member = member_of(config, environ, logger.events.warning)
    steered = SteeredFleet(config, environ, observe, lasting=lasting, health=health, journal=journal, member=member)
    before_listening()
    sockets = await opened(config, environ)
    every = [each for listener in sockets for each in listener]
    lasting.listening.add(every)

    def say(level: str, event: str, **about: object) -> None:
        getattr((running.logger if running is not None else logger).events, level)(event, **about)

    left = LeftBehind(lambda exchange: steered.mirror.heard(exchange))  # noqa: PLW0108  # `steered` is set later
    supervisor, memories = _supervised(config, sockets, lasting, out, say, member, left)
    emulated = EmulatorServer(lambda: steered)
    met = MetTogether(lambda: steered.redaction, None, map(Hearing, memories))
    steered.attach(supervisor, emulated, met, [lambda exchange: left.handed(exchange.id), lab.met])
    urls = _urls(config, sockets, lab)
    resolver = None
    try:
        if member is not None:
            member.hears_own = left.hear
            await join(member, steered, logger.events.warning, steered.mirror.heard if journal is not None else None)
        await supervisor.start(await steered.settings())
        warn = lambda event, **about: say("warning", event, **about)  # noqa: E731  # its callers have the types
        resolver = await resolving(config, warn)
        await lab.serve(config, warn)
    except BaseException:
        if resolver is not None:
            await resolver.stop()
        lasting.listening.remove(every)
        await supervisor.stop(0.0)
        await emulated.stop()
        for each in every:
            each.close()
        await steered.close(0.0)
        if member is not None:
            await member.aclose()
        raise
    steered.url = urls[0]
    watch_counts(health, steered, member)
    health.watch(lambda: "; ".join(supervisor.complaints))
    health.watch(lambda: _complaints(supervisor))

    running = Serving(
        urls,
        steered,
        Server(steered.handler, limits_of(config)),
        logger,
        health,
        lasting,
        observe,
        measuring,
        lab,
        member,
        resolver,
        others=Fleet(every, supervisor, steered.mirror, emulated, measuring),
    )
    running.looking = asyncio.create_task(tell_loops(config, lasting.listening.leads_here, running.warn))
    return running


def _supervised(
    config: Config,
    sockets: Sequence[Sequence[socket.socket]],
    lasting: Lasting,
    out: Out,
    say: Say,
    member: Member | None,
    left: LeftBehind,
) -> tuple[Supervisor, Sequence[int]]:
    """Return the supervisor of the workers, and for each worker the memory of the secrets that it meets."""
    share, began = number_of_workers(config), lasting.began
    numbers = [[each.fileno() for each in listener] for listener in sockets]
    turns, memories = AllTurns(share), [new_memory() for _ in range(share)]
    if isinstance(out, Lines):
        out.take_turns(turns.descriptor)

    def begin(number: int, settings: WorkerSettings) -> Begin:
        run = ""
        if member is not None:
            run = member.run_of_worker(number)
            left.begins(number, run)
        return Begin(number, numbers, began, settings, memories, turns.descriptor, run)

    def gone(number: int) -> None:
        turns.left(number)
        left.ends(number)

    inherited = [turns.descriptor, *memories, *(number for listener in numbers for number in listener)]
    supervisor = Supervisor(share, command=COMMAND, begin=begin, inherited=lambda: inherited, say=say, gone=gone)
    return supervisor, memories


def _tell_at_start(config: Config, logger: Logger) -> None:
    """Log settings of the configuration, and effects of several workers, that a person may not expect."""
    tell_at_start(config, logger)
    if state_is_apart(config) and config.audit.mode != "off":
        hint = "each worker sees only some of a device's calls; workers: 1, or a section fleet, switches them on"
        logger.events.info("checks over time are off", hint=hint)


def _urls(config: Config, sockets: Sequence[Sequence[socket.socket]], lab: ServedLab) -> tuple[str, ...]:
    """Return the addresses at which apps reach the workers, and tell them to the lab."""
    urls = []
    for (name, listen), listener in zip(config.all_listeners.items(), sockets, strict=True):
        shown = f" ({name})" if name != "listen" else ""
        port = listener[0].getsockname()[1]
        lab.hear(listen, port)
        urls.append(f"{scheme_of(listen)}://{host_port(listen.host, port)}{shown}")
    return tuple(urls)


def _complaints(supervisor: Supervisor) -> str:
    said = [f"worker {slot.number}: {said}" for slot in supervisor.slots for said in slot.numbers.complaints]
    return "; ".join(said)
