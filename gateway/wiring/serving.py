"""A gateway that listens, with its log: what `gateway run` starts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
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
"""Exchanges that are kept for page and API, at most, and the bytes that they may take: a call with a few findings takes 8 KiB."""


class Handed(Struct, frozen=True):
    """The parts that a worker gets from its supervisor."""

    sockets: Sequence[list[socket.socket]]
    """The listening sockets of each listener, in the configuration's order."""
    turns: Turns
    """Which worker takes the next connection."""
    observers: Sequence[Observer] = ()
    """Observers besides the log."""
    run: str = ""
    """What the supervisor calls it in a fleet."""


class Others(Protocol):
    """Processes that answer in place of this one."""

    async def failed(self) -> str:
        """Wait until none of them can be started, and say why."""

    def reopen_logs(self) -> None:
        """Have them open the log's file anew."""

    async def measure(self) -> None:
        """Have at hand what they have counted for Prometheus."""

    async def stop(self) -> None:
        """Let them finish what is in flight, and end."""


class Serving(Struct):
    """A gateway, where it listens, and what it takes to stop it. A reload puts another gateway and logger in place (`reloading.py`)."""

    urls: tuple[str, ...]
    """Where apps reach it; the first is that of `listen`."""
    steered: SteeredGateway
    server: Server
    logger: Logger
    """The logger of the run."""
    health: Health
    lasting: Lasting
    """What its gateways, and those of sessions, share."""
    observing: Observing
    """Makes what hears of the exchanges of a gateway: log, metrics, traces."""
    measuring: Measuring
    """Metrics and traces."""

    lab: ServedLab
    """Who refuses the lab's certificates, and its pages."""
    member: Member | None = None
    """Its part in a fleet."""
    resolver: Resolving | None = None
    """The lab's resolver."""
    proxying: Proxying | None = None
    """The lab's proxy."""
    looking: asyncio.Task[None] | None = None
    """Looks, at start, whether an upstream leads to the gateway itself."""
    others: Others | None = None
    """The processes that answer in this one's place; None where it answers itself."""

    @property
    def url(self) -> str:
        """Where apps reach it first of all."""
        return self.urls[0]

    @property
    def gateway(self) -> Gateway:
        """The gateway of the moment."""
        return self.steered.gateway

    def observes(self, redaction: Redaction, state: SharedState) -> Sequence[Observer]:
        """Return what hears of a gateway's exchanges, as the configuration of the moment says."""
        return self.observing(redaction, state)

    def warn(self, event: str, **about: object) -> None:
        """Write a warning into the log of the moment."""
        self.logger.events.warning(event, **about)

    def tell_named(self, device: str) -> None:
        """Say that a device has got a name."""
        self.logger.events.info("device named", device=device, file=DEVICES_FILE)

    def say(self, event: str, **about: object) -> None:
        """Write a line that is no warning into the log of the moment."""
        self.logger.events.info(event, **about)

    async def stop(self) -> None:
        """Let what is in flight finish, within the server's time for that, then write out and close everything."""
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
    """Start what `config` describes, with its log on `out`; `before_listening` is called when all is loaded.

    `cassette` goes before the one that is configured. `handed` is what a supervisor has opened: then it also says once what is to
    be said at the start, and has the lab's resolver.

    Raises what `assemble` does, and OSError for an address that is taken.
    """
    running: Serving | None = None
    health, lasting = Health(), lasting or Lasting()
    measuring = Measuring(lambda: running, environ, out, handed.observers if handed is not None else ())
    lab = ServedLab(lambda: steered.config, lasting.listening)
    logger, observe = observing(config, environ, out, measuring, lab)
    if handed is None:
        tell_at_start(config, logger)
    part = number_of_workers(config) if handed is not None else 1  # what a worker keeps is fetched of it
    journal = Journal(MOST_KEPT // part, KEPT_BYTES // part) if config.control.enabled else None
    member = member_of(config, environ, logger.events.warning, handed.run if handed is not None else "")
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
        warn = lambda event, **about: running.warn(event, **about) if running else None  # noqa: E731  # typed by what takes it
        if handed is None:
            proxy = await proxying(
                config,
                server,
                steered.handler,
                lambda event, **about: running.say(event, **about) if running else None,
                lab,
            )
            lasting.listening.add(server.sockets)  # the proxy's, too
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
    """Return what writes the log that a configuration asks for on `out`, and what makes the observers of a gateway that has it."""
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
    """Have health say what was lost, and what is wrong with its part in a fleet."""
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
    """Say which listeners speak versions of TLS that are not secure."""
    for name, listen in config.all_listeners.items():
        if listen.tls is not None and listen.tls.min_version in OLD_VERSIONS:
            about = {"listener": name, "min_version": listen.tls.min_version}
            logger.events.warning(
                "old TLS", **about, hint="TLS 1.0 and 1.1 are not secure: for old devices in a lab alone"
            )


def _lost(counts: Counts) -> str:
    """Say that recordings were lost, which a replay will miss."""
    lost = sum(counts.lost.values())
    return f"recording: {many(lost, 'recording')} lost" if lost else ""


def _not_kept(counts: Counts) -> str:
    """Say that the history lacks exchanges."""
    return f"history: {many(counts.history_lost, 'exchange')} lost" if counts.history_lost else ""


def limits_of(config: Config) -> Limits:
    """Return what connections may take."""
    most = config.limits.max_connections
    return Limits(MOST if most == "auto" else most, config.limits.head_timeout)


def first_line(config: Config, running: Serving, anew: Path | None = None) -> str:
    """Return the ready line of `gateway run`; it also says if production can be reached. `anew` is the cassette that is replaced."""
    parts = [f"gateway listening on {', '.join(running.urls)}", f"mode {config.mode}"]
    if (workers := number_of_workers(config)) > 1:
        parts.append(f"{workers} workers")
    if running.proxying is not None:
        parts.insert(1, f"proxy {running.proxying.address}")
    if config.mode != "replay":  # which has none
        parts.append(f"upstream {config.upstream}")
    if pages := base_of(config):
        parts.append(f"lab pages {pages}")
    if anew is not None:
        parts.append(f"cassette {_shown(anew)}, recorded anew")
    elif running.gateway.cassette is not None:
        parts.append(f"cassette {_shown(running.gateway.cassette)}")
    own = [f"{name} {of.mode}" for name, of in config.devices.items() if of.mode not in {None, config.mode}]
    if own:
        parts.append(f"devices in modes of their own: {', '.join(own)}")
    if why := production_reached(config):
        parts.append(f"PRODUCTION: a logout ends somebody's session ({why})")
    return " · ".join(parts)


def production_reached(config: Config) -> str:
    """Return why a request may reach production; empty where none can."""
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
