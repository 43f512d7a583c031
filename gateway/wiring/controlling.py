"""Starts the control listener of a gateway, and makes the gateways of its sessions."""

from __future__ import annotations

from asyncio import to_thread
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from msgspec.structs import replace

import gateway
from gateway.config import Config
from gateway.config.of_devices import same_for_all
from gateway.config.one_fault import one_fault
from gateway.config.plain_values import plain
from gateway.config.showing import without_identifiers
from gateway.control.access import Access
from gateway.control.api import endpoints
from gateway.control.listener import ControlListener, listen
from gateway.control.model import SessionEnded
from gateway.control.plain import without_secrets
from gateway.control.routes import Endpoint
from gateway.control.sessions import SessionTable
from gateway.control.steering import (
    Choice,
    Controlled,
    DeviceNaming,
    NotPossibleError,
    RefusingDevice,
    SessionReport,
    Steered,
    no_refusals,
)
from gateway.control.token import find_or_make_token, new_token
from gateway.core.mistake import Mistake
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.health import Health
from gateway.exchanges.journal import Journal
from gateway.exchanges.observers import Observer
from gateway.offline.outcome import Watch, line_of
from gateway.transports.faults import unmet
from gateway.wire.connections import Limits
from gateway.wire.server import GRACE_SECONDS, Server
from gateway.wiring.lasting import Lasting
from gateway.wiring.steered import Observing, SteeredGateway, chosen
from gateway.wiring.tls import tls_of

MOST_KEPT = 1000
KEPT_BYTES = 8 << 20
"""How many bytes of exchanges a session keeps."""
PORTS = 1000
"""How many ports of the latest sessions are not used again."""


class MainGateway(Steered, Protocol):
    """The gateway that the control listener steers."""

    config: Config


async def control(
    config: Config,
    main: MainGateway,
    environ: Mapping[str, str],
    *,
    health: Health,
    lasting: Lasting,
    observing: Observing,
    warn: Callable[..., None],
    ended: Callable[[SessionEnded], None],
    token: str | None = None,
    more: Sequence[Endpoint] = (),
    refusing: Callable[[], Awaitable[Sequence[RefusingDevice]]] = no_refusals,
    naming: DeviceNaming | None = None,
    gateway_name: str = "",
    gateways: Callable[[], Sequence[str]] = tuple,
) -> ControlListener:
    """Start the control listener for `main`.

    `observing` makes the observers of a session's exchanges, such as the log. `warn` writes to the log. `ended` is called with
    each session that ends. `naming` names devices. `token` replaces the token in the file.

    Raises ControlTokenError, and OSError for a host that is not an address of this machine.
    """
    settings = config.control
    if token is None:
        try:
            token = await to_thread(find_or_make_token, settings.token_file)
        except OSError as error:
            warn(
                "control token not kept",
                why=error.strerror,
                hint="set control.token_file to a path that the gateway can write",
            )
            token = new_token()
    controlled = Controlled(
        version=gateway.__version__,
        main=main,
        health=health,
        folder=config.cassettes.dir,
        upstreams=_origins(config),
        config=lambda: shown_config(main.config, main.redaction),
        plain_addresses=config.log.addresses == "plain",
        sessions=SessionMaker(main, environ, lasting, observing),
        refusing=refusing,
        naming=naming,
        gateway=gateway_name,
        gateways=gateways,
    )
    table = SessionTable(controlled, ended)
    if isinstance(main, SteeredGateway):
        main.changed = partial(_follow, controlled)
    access = Access(token, settings.host, settings.hosts, warn=warn)
    return await listen(
        controlled, access, endpoints(table, *more), table, host=settings.host, port=settings.port, warn=warn
    )


def _follow(controlled: Controlled, config: Config) -> None:
    """Update the listener's values after a change of the configuration."""
    controlled.folder = config.cassettes.dir
    controlled.upstreams = _origins(config)
    controlled.plain_addresses = config.log.addresses == "plain"


def _origins(config: Config) -> Mapping[str, str]:
    return {name: str(upstream.origin) for name, upstream in config.upstreams.items()}


def shown_config(config: Config, redaction: Redaction) -> Mapping[str, object]:
    """Return the effective configuration. Values of rules are redacted like header fields, since they may be secrets."""
    values = plain(config)
    assert isinstance(values, dict)  # noqa: S101  # a section
    shown = {**values, "devices": without_identifiers(values["devices"])}
    found: dict[str, object] = without_secrets(shown, redaction)
    return found


class SessionMaker:
    """Makes sessions from the main gateway's configuration."""

    def __init__(self, main: MainGateway, environ: Mapping[str, str], lasting: Lasting, observing: Observing) -> None:
        self._main = main
        self._environ = environ
        self._lasting = lasting
        self._observing = observing
        self._ports: deque[int] = deque(maxlen=PORTS)

    async def open(self, choice: Choice, faults: Sequence[object] | None = None) -> RunningSession:
        """Start a session on the main gateway's host, on a free port."""
        alone = replace(self._main.config, workers=1)  # a session is one process
        config = same_for_all(await chosen(alone, choice))
        if faults is not None:
            config = replace(config, faults=())
            await to_thread(_check, faults, config)  # report mistakes before anything is started
        watch = Watch(None if config.mode == "replay" else config.cassettes.record)

        def observing(redaction: Redaction, state: SharedState) -> Sequence[Observer]:
            watch.of(redaction)
            return [*self._observing(redaction, state), watch]

        journal = Journal(MOST_KEPT, KEPT_BYTES)
        try:
            steered = await to_thread(
                SteeredGateway, config, self._environ, observing, lasting=self._lasting, journal=journal
            )
        except Mistake as error:
            raise NotPossibleError(str(error)) from error
        server = Server(steered.handler, Limits(head_seconds=config.limits.head_timeout))
        try:
            for said in faults or ():
                await steered.give_fault(said)
            tls = await to_thread(tls_of, config)
            port = await server.start(config.listen.host, 0, tls)
            while port in self._ports:  # an app of an ended session may still call this port
                await server.stop(0)
                port = await server.start(config.listen.host, 0, tls)
        except BaseException:
            await steered.close(0.0)
            raise
        self._ports.append(port)
        host = f"[{config.listen.host}]" if ":" in config.listen.host else config.listen.host
        steered.url = f"{'http' if tls is None else 'https'}://{host}:{port}"
        return RunningSession(steered, server, watch)


class RunningSession:
    """A separate gateway on its own port."""

    def __init__(self, steered: SteeredGateway, server: Server, watch: Watch) -> None:
        self.steered = steered
        self._server = server
        self._watch = watch

    @property
    def busy(self) -> bool:
        """Whether an exchange is in flight."""
        return self.steered.handler.in_flight > 0

    async def close(self) -> SessionReport:
        """Let the exchanges in flight finish, stop the gateway, and return the report."""
        await self._server.stop(GRACE_SECONDS)
        await self.steered.close(GRACE_SECONDS)
        steered, player = self.steered, self.steered.player
        outcome = self._watch.outcome(steered.setting.cassette, steered.counts.lost)
        redaction = steered.redaction
        unplayed = [] if player is None else [line_of(player.interactions[at], redaction) for at in player.unplayed]
        return SessionReport(
            exchanges=steered.journal.count,
            recorded=steered.counts.recorded,
            misses=list(outcome.misses),
            missed=outcome.missed,
            unplayed=unplayed,
            unmet=[*map(str, steered.overrides.waiting), *unmet(steered.faults.given)],
            findings=[str(found) for found in outcome.findings],
            warnings=list(outcome.warnings),
            lost=dict(outcome.lost),
            upstream_connections=steered.upstream_connections,
        )


def _check(faults: Sequence[object], config: Config) -> None:
    """Check the faults of a session. Raises ValueError, which names every mistake with its place in the list."""
    wrong: list[str] = []
    for at, said in enumerate(faults):
        try:
            one_fault(said, config)
        except ValueError as error:
            wrong.append(f"faults[{at}]: {error}")
    if wrong:
        raise ValueError("; ".join(wrong))
