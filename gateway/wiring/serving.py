"""A gateway that listens, with its log: what `gateway run` starts."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from msgspec import Struct, field

from gateway.config import PRODUCTION, Config
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.log import Log
from gateway.exchanges.logger import Logger, Out, configure
from gateway.exchanges.observers import Observers
from gateway.system.descriptors import MOST
from gateway.wire.connections import Limits
from gateway.wire.server import GRACE_SECONDS, Server
from gateway.wiring.assembly import Gateway, Observe, assemble
from gateway.wiring.lasting import Lasting
from gateway.wiring.measuring import Measuring
from gateway.wiring.parts import log_settings


class Serving(Struct):
    """A gateway, where it listens, and what it takes to stop it. A reload puts another gateway and logger in place (`reloading.py`)."""

    url: str
    gateway: Gateway
    server: Server
    logger: Logger
    """Says what is to be said of the run."""
    measuring: Measuring
    """Metrics and traces."""
    leaving: list[Gateway] = field(default_factory=list)
    """Those that answered under an earlier configuration, and have not ended all that they began."""
    gone_connections: int = 0
    """Connections to upstreams of gateways that are closed."""

    @property
    def upstream_connections(self) -> int:
        """How many connections to upstreams were opened so far."""
        return self.gone_connections + sum(one.upstream_connections for one in (*self.leaving, self.gateway))

    async def stop(self) -> None:
        """Let what is in flight finish, within the server's time for that, then write out and close everything."""
        end = monotonic() + GRACE_SECONDS
        await self.server.stop()
        for gateway in (*self.leaving, self.gateway):
            await gateway.close(max(0.0, end - monotonic()))
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
    measuring = Measuring(lambda: running, environ, out)
    logger, observe = observing(config, environ, out, measuring)
    tell_kept(config, logger)
    gateway = assemble(config, environ, observe, lasting=lasting, cassette=cassette)
    server = Server(gateway.exchanges, limits_of(config))
    before_listening()
    try:
        port = await server.start(config.listen.host, config.listen.port, tls_of(config))
    except BaseException:
        await gateway.close(0.0)
        raise
    scheme = "http" if config.listen.tls is None else "https"
    host = f"[{config.listen.host}]" if ":" in config.listen.host else config.listen.host
    running = Serving(f"{scheme}://{host}:{port}", gateway, server, logger, measuring)
    return running


def observing(config: Config, environ: Mapping[str, str], out: Out, measuring: Measuring) -> tuple[Logger, Observe]:
    """Return what writes the log that a configuration asks for on `out`, and what makes the observers of a gateway that has it."""
    settings = log_settings(config)
    logger = configure(out, settings, environ)

    def observe(redaction: Redaction, state: SharedState) -> Observers:
        return Observers([Log(logger, settings).of(redaction, state), *measuring.observers(config, redaction)])

    return logger, observe


def tell_kept(config: Config, logger: Logger) -> None:
    """Say what the configuration takes out of redaction."""
    for kept in config.redaction.keep:
        logger.events.info("not redacted", **kept.model_dump(exclude_none=True, by_alias=True))


def limits_of(config: Config) -> Limits:
    """Return what connections may take."""
    most = config.limits.max_connections
    return Limits(MOST if most == "auto" else most, config.limits.head_timeout)


def tls_of(config: Config) -> ssl.SSLContext | None:
    """Return how apps are served HTTPS, where that is asked for."""
    if config.listen.tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(config.listen.tls.cert_file, config.listen.tls.key_file)
    return context


def first_line(config: Config, running: Serving, anew: Path | None = None) -> str:
    """Return what `gateway run` says when it listens; that production can be reached is said in it. `anew` is the cassette that is replaced."""
    parts = [f"gateway listening on {running.url}", f"mode {config.mode}"]
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
    return ""


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
