"""The gateway that `gateway run` starts: it listens, and has a log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from gateway.config import PRODUCTION, Config
from gateway.config.devices import DEVICES_FILE
from gateway.config.listening import OLD_VERSIONS, scheme_of
from gateway.config.of_devices import asked, faults_said
from gateway.config.problems import dotted
from gateway.config.reading import said
from gateway.config.workers import number_of_workers
from gateway.control.steering import RefusingDevice
from gateway.core.hostport import host_port
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.core.wording import many
from gateway.exchanges.health import Health
from gateway.exchanges.journal import Journal
from gateway.exchanges.log import Log
from gateway.exchanges.logger import Logger, Out, configure
from gateway.exchanges.observers import Observer
from gateway.system.descriptors import MOST
from gateway.transports.recorder import Counts
from gateway.wire.accepting import Turns
from gateway.wire.connections import Limits
from gateway.wire.refusals import Handshakes
from gateway.wire.server import GRACE_SECONDS, Server
from gateway.wiring.assembly import Gateway
from gateway.wiring.fleet import join, join_as_worker, member_of
from gateway.wiring.lab_pages import ServedLab, base_of
from gateway.wiring.lasting import Lasting
from gateway.wiring.listening import opened
from gateway.wiring.measuring import Measuring
from gateway.wiring.parts import log_settings
from gateway.wiring.proxying import Proxying, proxying
from gateway.wiring.resolving import Resolving, resolving, tell_loops
from gateway.wiring.steered import Observing, SteeredGateway
from gateway.wiring.tls import terms_of

if TYPE_CHECKING:
    from gateway.fleet.member import Member

MOST_KEPT = 10_000
KEPT_BYTES = 128 << 20
"""How many exchanges page and API keep, and how many bytes these may take. A call with a few findings takes 8 KiB."""
LARGE_BYTES = 2 << 20
"""How many bytes the large exchanges may take that are kept whole."""


class Handed(Struct, frozen=True):
    """The parts that a worker has from its supervisor."""

    sockets: Sequence[list[socket.socket]]
    """The listening sockets of each listener, in the configuration's order."""
    turns: Turns
    """Decides which worker takes the next connection."""
    observers: Sequence[Observer] = ()
    """Observers besides the log."""
    run: str = ""
    """The worker's name in a fleet, which the supervisor gives to it."""
    worker: int = 0
    """The worker's number, from 1."""


class Others(Protocol):
    """Processes that answer in place of this one."""

    async def failed(self) -> str:
        """Wait until none of the processes can be started, and return the reason."""

    def reopen_logs(self) -> None:
        """Let the processes open the log's file again."""

    async def measure(self) -> None:
        """Fetch their numbers for Prometheus."""

    async def handshakes(self) -> Sequence[Handshakes]:
        """Return the results of handshakes in each of the processes."""

    async def stop(self) -> None:
        """Let the processes finish their exchanges in flight, and end."""


class Serving(Struct):
    """A running gateway with its listeners and its log. A reload replaces the gateway and the logger (`reloading.py`)."""

    urls: tuple[str, ...]
    """The addresses for apps. The first is the address of `listen`."""
    steered: SteeredGateway
    server: Server
    logger: Logger
    """The logger of the run."""
    health: Health
    lasting: Lasting
    """The data that its gateways and its sessions share."""
    observing: Observing
    """Makes the observers of a gateway: log, metrics, traces."""
    measuring: Measuring
    """Metrics and traces."""

    lab: ServedLab
    """The lab's pages, and the devices that refuse its certificates."""
    member: Member | None = None
    """Its part in a fleet."""
    resolver: Resolving | None = None
    """The lab's resolver."""
    proxying: Proxying | None = None
    """The lab's proxy."""
    looking: asyncio.Task[None] | None = None
    """The task that checks at the start whether an upstream leads to the gateway itself."""
    others: Others | None = None
    """The processes that answer in place of this one; None if this one answers."""

    @property
    def url(self) -> str:
        """The first address for apps."""
        return self.urls[0]

    @property
    def gateway(self) -> Gateway:
        """The present gateway."""
        return self.steered.gateway

    async def refusing(self) -> Sequence[RefusingDevice]:
        """Return the devices that refuse the lab's certificate now, in any process."""
        return self.lab.refusing(await self.others.handshakes() if self.others is not None else ())

    def observes(self, redaction: Redaction, state: SharedState) -> Sequence[Observer]:
        """Return the observers of a gateway's exchanges, under the present configuration."""
        return self.observing(redaction, state)

    def warn(self, event: str, **about: object) -> None:
        """Write a warning to the present log."""
        self.logger.events.warning(event, **about)

    def tell_named(self, device: str) -> None:
        """Log that a device has got a name."""
        self.logger.events.info("device named", device=device, file=DEVICES_FILE)

    def say(self, event: str, **about: object) -> None:
        """Write a line of level info to the present log."""
        self.logger.events.info(event, **about)

    async def stop(self) -> None:
        """Let the exchanges in flight finish within the server's time limit, then finish the recordings and close everything."""
        end = monotonic() + GRACE_SECONDS
        self.health.draining = True
        if self.looking is not None:
            self.looking.cancel()
        if self.resolver is not None:
            await self.resolver.stop()
        await self.lab.stop()
        self.lasting.listening.remove(self.server.sockets)
        await asyncio.gather(self.server.stop(), *([self.others.stop()] if self.others is not None else []))
        await self.steered.close(max(0.0, end - monotonic()))
        if self.member is not None:
            await self.member.aclose()
        await self.measuring.aclose()


async def start(
    config: Config,
    environ: Mapping[str, str],
    out: Out,
    before_listening: Callable[[], None] = lambda: None,
    lasting: Lasting | None = None,
    cassette: Path | None = None,
    handed: Handed | None = None,
) -> Serving:
    """Start the gateway of `config`, with its log on `out`. `before_listening` is called when everything is loaded.

    `cassette` replaces the configured cassette. `handed` has the parts of a supervisor, which then also logs the warnings of the start,
    and runs the lab's resolver.

    Raises the same errors as `assemble`, and OSError if an address is taken.
    """
    running: Serving | None = None
    health, lasting = Health(), lasting or Lasting()
    measuring = Measuring(lambda: running, environ, out, handed.observers if handed is not None else ())
    lab = ServedLab(lambda: steered.config, lasting.listening)
    logger, observe = observing(config, environ, out, measuring, lab)
    if handed is None:
        tell_at_start(config, logger)
    part = number_of_workers(config) if handed is not None else 1  # the supervisor fetches what a worker keeps
    journal = Journal(MOST_KEPT // part, KEPT_BYTES // part, LARGE_BYTES // part) if config.control.enabled else None
    warn_of_fleet = logger.events.warning if handed is None else partial(logger.events.warning, worker=handed.worker)
    member = member_of(config, environ, warn_of_fleet, handed.run if handed is not None else "")
    steered = SteeredGateway(
        config, environ, observe, lasting=lasting, health=health, cassette=cassette, journal=journal, member=member
    )
    watch_counts(health, steered, member)
    server, urls = Server(steered.handler, limits_of(config)), list[str]()
    resolver: Resolving | None = None
    proxy: Proxying | None = None
    try:
        terms = terms_of(config, lab.refusals)
        if member is not None:
            if handed is None:
                await join(member, steered, logger.events.warning, journal.ended if journal is not None else None)
            else:
                await join_as_worker(member, steered)
        before_listening()
        for (name, listen), listening, one in zip(
            config.all_listeners.items(),
            handed.sockets if handed is not None else await opened(config, environ),
            terms,
            strict=True,
        ):
            port = server.listen(listening, one, turns=handed.turns if handed is not None else None)
            shown = f" ({name})" if name != "listen" else ""
            lab.hear(listen, port)
            urls.append(f"{scheme_of(listen)}://{host_port(listen.host, port)}{shown}")
        lasting.listening.add(server.sockets)
        warn = lambda event, **about: running.warn(event, **about) if running else None  # noqa: E731  # its callers have the types
        if handed is None:
            proxy = await proxying(
                config,
                server,
                steered.handler,
                lambda event, **about: running.say(event, **about) if running else None,
                lab,
            )
            lasting.listening.add(server.sockets)  # also those of the proxy
            resolver = await resolving(config, warn)
            await lab.serve(config, warn)
    except BaseException:
        lasting.listening.remove(server.sockets)
        await server.stop(0.0)
        if resolver is not None:
            await resolver.stop()
        await steered.close(0.0)
        if member is not None:
            await member.aclose()
        raise
    steered.url = urls[0]
    running = Serving(
        tuple(urls), steered, server, logger, health, lasting, observe, measuring, lab, member, resolver, proxy
    )
    if handed is None:
        running.looking = asyncio.create_task(tell_loops(config, lasting.listening.leads_here, running.warn))
    return running


def observing(
    config: Config, environ: Mapping[str, str], out: Out, measuring: Measuring, lab: ServedLab
) -> tuple[Logger, Observing]:
    """Return the logger for a configuration, which writes on `out`, and the function that makes a gateway's observers."""
    settings = log_settings(config)
    logger = configure(out, settings, environ)

    def observe(redaction: Redaction, state: SharedState) -> list[Observer]:
        return [
            Log(logger, settings).of(redaction, state),
            *measuring.observers(config, redaction),
            *lab.observers(config),
        ]

    return logger, observe


def tell_at_start(config: Config, logger: Logger) -> None:
    """Log settings of the configuration that a person may not expect."""
    tell_kept(config, logger)
    tell_old_tls(config, logger)


def watch_counts(health: Health, steered: SteeredGateway, member: Member | None) -> None:
    """Let health report what was lost, and what is wrong in the fleet."""
    health.watch(lambda: _lost(steered.counts))
    health.watch(lambda: _not_kept(steered.counts))
    if member is not None:
        for complaint in (member.outage.complaint, member.outage.lacks, member.outage.differs):
            health.watch(complaint)


def tell_kept(config: Config, logger: Logger) -> None:
    """Log the values that the configuration leaves unredacted, and that it has faults."""
    for kept in config.redaction.keep:
        logger.events.info("not redacted", **said(kept))
    if names := [entry.planned("", 0.0).name for _, entries in faults_said(config) for entry in entries]:
        logger.events.warning("faults on purpose", faults=names, hint="faults in the configuration break calls")


def tell_old_tls(config: Config, logger: Logger) -> None:
    """Warn of listeners with versions of TLS that are not secure."""
    for name, listen in config.all_listeners.items():
        if listen.tls is not None and listen.tls.min_version in OLD_VERSIONS:
            about = {"listener": name, "min_version": listen.tls.min_version}
            logger.events.warning(
                "old TLS", **about, hint="TLS 1.0 and 1.1 are not secure; use them only for old devices in a lab"
            )


def _lost(counts: Counts) -> str:
    """Return a complaint if recordings were lost: a replay will miss them."""
    lost = sum(counts.lost.values())
    return f"recording: {many(lost, 'recording')} lost" if lost else ""


def _not_kept(counts: Counts) -> str:
    """Return a complaint if the history has lost exchanges."""
    return f"history: {many(counts.history_lost, 'exchange')} lost" if counts.history_lost else ""


def limits_of(config: Config) -> Limits:
    """Return the limits for connections."""
    most = config.limits.max_connections
    return Limits(MOST if most == "auto" else most, config.limits.head_timeout)


def first_line(config: Config, running: Serving, anew: Path | None = None) -> str:
    """Return the ready line of `gateway run`; it also says if production can be reached. `anew` is the cassette that is replaced."""
    parts = [f"gateway listening on {', '.join(running.urls)}", f"mode {config.mode}"]
    if (workers := number_of_workers(config)) > 1:
        parts.append(f"{workers} workers")
    if running.proxying is not None:
        parts.insert(1, f"proxy {running.proxying.address}")
    if config.mode != "replay":  # mode replay has no upstream
        parts.append(f"upstream {config.upstream}")
    if pages := base_of(config):
        parts.append(f"lab pages {pages}")
    if anew is not None:
        parts.append(f"cassette {_shown(anew)}, recorded again")
    elif running.gateway.cassette is not None:
        parts.append(f"cassette {_shown(running.gateway.cassette)}")
    own = [f"{name} {of.mode}" for name, of in config.devices.items() if of.mode not in {None, config.mode}]
    if running.member is not None:
        parts.append(_of_fleet(running.member))
    if own:
        parts.append(f"devices with their own mode: {', '.join(own)}")
    if why := production_reached(config):
        parts.append(f"PRODUCTION: a logout ends somebody's session ({why})")
    return " · ".join(parts)


def _of_fleet(member: Member) -> str:
    fleet, own = member.place.fleet, member.place.gateway
    return f"fleet {fleet} out of reach, {own} joins later" if member.outage.is_on else f"joined fleet {fleet} as {own}"


def production_reached(config: Config) -> str:
    """Return why a request may reach production; empty if no request can."""
    named = [name for name, upstream in config.upstreams.items() if str(upstream.origin) == PRODUCTION]
    for place, names in asked(config):
        if reached := [name for name in names if name in named]:
            if place == ("route_by_host",) and config.upstream not in named:
                host = config.upstreams[reached[0]].origin.host
                return f"route_by_host: a Host of {host} selects upstream {reached[0]}"
            if place[-1] == "mode":
                return f"{dotted(place)}: {config.devices[str(place[1])].mode}"
            return f"{dotted(place) if place[0] == 'devices' else 'upstream'}: {reached[0]}"
    return ""


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
