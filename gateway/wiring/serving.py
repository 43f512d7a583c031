"""A gateway that listens, with its log: what `gateway run` starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from gateway.config import PRODUCTION, Config
from gateway.config.listening import OLD_VERSIONS, scheme_of
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
from gateway.wire.connections import Limits
from gateway.wire.server import GRACE_SECONDS, Server
from gateway.wiring.assembly import Gateway
from gateway.wiring.fleet import join, member_of
from gateway.wiring.lasting import Lasting
from gateway.wiring.listening import opened
from gateway.wiring.measuring import Measuring
from gateway.wiring.parts import log_settings
from gateway.wiring.resolving import Resolving, resolving, tell_loops
from gateway.wiring.steered import Observing, SteeredGateway
from gateway.wiring.tls import terms_of

if TYPE_CHECKING:
    from gateway.fleet.member import Member

MOST_KEPT = 10_000
KEPT_BYTES = 128 << 20
"""Exchanges that are kept for page and API, at most, and the bytes that they may take: a call with a few findings takes 8 KiB."""


class Serving(Struct):
    """A gateway, where it listens, and what it takes to stop it. A reload puts another gateway and logger in place (`reloading.py`)."""

    urls: tuple[str, ...]
    """Where apps reach it; the first is that of `listen`."""
    steered: SteeredGateway
    server: Server
    logger: Logger
    """Says what is to be said of the run."""
    health: Health
    lasting: Lasting
    """What its gateways, and those of sessions, share."""
    observing: Observing
    """Makes what hears of the exchanges of a gateway: log, metrics, traces."""
    measuring: Measuring
    """Metrics and traces."""

    member: Member | None = None
    """Its part in a fleet."""
    resolver: Resolving | None = None
    """The lab's resolver."""
    looking: asyncio.Task[None] | None = None
    """Looks, at start, whether an upstream leads to the gateway itself."""

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

    async def stop(self) -> None:
        """Let what is in flight finish, within the server's time for that, then write out and close everything."""
        end = monotonic() + GRACE_SECONDS
        self.health.draining = True
        if self.looking is not None:
            self.looking.cancel()
        if self.resolver is not None:
            await self.resolver.stop()
        self.lasting.listening.remove(self.server.sockets)
        await self.server.stop()
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
) -> Serving:
    """Start what `config` describes, with its log on `out`; `before_listening` is called when all is loaded.

    `cassette` goes before the one that is configured.

    Raises what `assemble` does, and OSError for an address that is taken.
    """
    running: Serving | None = None
    health, lasting = Health(), lasting or Lasting()
    measuring = Measuring(lambda: running, environ, out)
    logger, observe = observing(config, environ, out, measuring)
    tell_kept(config, logger)
    tell_old_tls(config, logger)
    journal = Journal(MOST_KEPT, KEPT_BYTES) if config.control.enabled else None
    member = member_of(config, environ, logger.events.warning)
    steered = SteeredGateway(
        config, environ, observe, lasting=lasting, health=health, cassette=cassette, journal=journal, member=member
    )
    health.watch(lambda: _lost(steered.counts))
    health.watch(lambda: _not_kept(steered.counts))
    if member is not None:
        health.watch(member.outage.complaint)
        health.watch(member.outage.lacks)
        health.watch(member.outage.differs)
    server, urls, resolver = Server(steered.handler, limits_of(config)), [], None
    try:
        terms = terms_of(config)
        if member is not None:
            await join(member, steered, logger.events.warning, shows=journal is not None)
        before_listening()
        for (name, listen), listening, one in zip(
            config.all_listeners.items(), await opened(config, environ), terms, strict=True
        ):
            port = server.listen(listening, one)
            shown = f" ({name})" if name != "listen" else ""
            urls.append(f"{scheme_of(listen)}://{host_port(listen.host, port)}{shown}")
        lasting.listening.add(server.sockets)
        resolver = await resolving(config, lambda event, **about: running.warn(event, **about) if running else None)
    except BaseException:
        lasting.listening.remove(server.sockets)
        await server.stop(0.0)
        await steered.close(0.0)
        if member is not None:
            await member.aclose()
        raise
    steered.url = urls[0]
    running = Serving(tuple(urls), steered, server, logger, health, lasting, observe, measuring, member, resolver)
    running.looking = asyncio.create_task(tell_loops(config, lasting.listening.leads_here, running.warn))
    return running


def observing(config: Config, environ: Mapping[str, str], out: Out, measuring: Measuring) -> tuple[Logger, Observing]:
    """Return what writes the log that a configuration asks for on `out`, and what makes the observers of a gateway that has it."""
    settings = log_settings(config)
    logger = configure(out, settings, environ)

    def observe(redaction: Redaction, state: SharedState) -> list[Observer]:
        return [Log(logger, settings).of(redaction, state), *measuring.observers(config, redaction)]

    return logger, observe


def tell_kept(config: Config, logger: Logger) -> None:
    """Say what the configuration takes out of redaction, and that it breaks calls."""
    for kept in config.redaction.keep:
        logger.events.info("not redacted", **kept.model_dump(exclude_none=True, by_alias=True))
    if config.faults:
        names = [entry.planned("", 0.0).name for entry in config.faults]
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
    """Return what `gateway run` says when it listens; that production can be reached is said in it. `anew` is the cassette that is replaced."""
    parts = [f"gateway listening on {', '.join(running.urls)}", f"mode {config.mode}"]
    if config.mode != "replay":  # which has none
        parts.append(f"upstream {config.upstream}")
    if anew is not None:
        parts.append(f"cassette {_shown(anew)}, recorded anew")
    elif running.gateway.cassette is not None:
        parts.append(f"cassette {_shown(running.gateway.cassette)}")
    if why := production_reached(config):
        parts.append(f"PRODUCTION: a logout ends somebody's session ({why})")
    return " · ".join(parts)


def production_reached(config: Config) -> str:
    """Return why a request may reach production; empty where none can."""
    if config.mode == "replay":
        return ""
    named = [name for name, upstream in config.upstreams.items() if str(upstream.origin) == PRODUCTION]
    if config.upstream in named:
        return f"upstream: {config.upstream}"
    if config.route_by_host and named:
        return f"route_by_host: a Host of {config.upstreams[named[0]].origin.host} selects upstream {named[0]}"
    for name, device in config.devices.items():
        if device.upstream in named:
            return f"devices.{name}.upstream: {device.upstream}"
    return ""


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
