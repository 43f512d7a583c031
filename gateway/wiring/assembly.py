"""Puts the pieces together: a configuration becomes a gateway. A mode is nothing but which `send` is made here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from errno import EACCES
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import asdict

import gateway
from gateway.auditing.auditor import Auditor
from gateway.auditing.live import LiveAudit
from gateway.cassettes.appender import Appender
from gateway.cassettes.errors import CassetteReadOnlyError
from gateway.cassettes.writer import Writer
from gateway.config import PRODUCTION, Config
from gateway.config.to_core import forwarded_of, routing_of, rules_of
from gateway.core.age import warnings_of
from gateway.core.audit import Audit, Defect, Setting
from gateway.core.checking import Check
from gateway.core.checks import CHECKS
from gateway.core.devices import Devices
from gateway.core.matching import Matcher
from gateway.core.model import Interaction, Request, Response, Rule, Send
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState, SharedState
from gateway.exchanges.driver import Exchanges, Observer
from gateway.redacting.redactor import Redactor
from gateway.transports.player import Player
from gateway.transports.recorder import Counts, Recorder
from gateway.transports.upstream import Destination, Upstream
from gateway.wiring.lasting import Lasting

if TYPE_CHECKING:
    from gateway.transports.emulator import EmulatorBridge

CLOSING = 0.1
"""Seconds that each part may take to close when the grace is over."""

O = TypeVar("O", bound=Observer)  # noqa: E741  # an observer

Observe: TypeAlias = Callable[[Redaction], O]


class Gateway(Struct, Generic[O]):
    """What a configuration becomes: what is done with messages, and what that takes. It listens nowhere yet."""

    exchanges: Exchanges
    observer: O
    cassette: Path | None
    """The cassette that is read or written; None in passthrough."""
    counts: Counts
    redaction: Redaction
    player: Player | None = None
    _redactor: Redactor | None = None
    _recorder: Recorder | None = None
    _upstreams: list[Upstream] = field(default_factory=list)
    _closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def upstream_connections(self) -> int:
        """How many connections to upstreams were opened; in a replay there is nothing that could open one."""
        return sum(upstream.connections for upstream in self._upstreams)

    @property
    def holds_nothing(self) -> bool:
        """Whether there is nothing to write out or to close."""
        return self._recorder is None and not self._closers and (self._redactor is None or self._redactor.is_idle)

    async def close(self, grace: float) -> None:
        """Write out what is being recorded, within `grace` seconds, and close everything in the order in which it was made.

        A client's token request is waited for before the upstream that it goes to is closed; what takes longer is given up.
        """
        end = monotonic() + grace
        if self._recorder is not None:
            await self._recorder.drain(grace)
        while self._closers:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(CLOSING, end - monotonic())):
                    await self._closers.pop(0)()
        if self._redactor is not None:
            await self._redactor.aclose()


def assemble(
    config: Config,
    environ: Mapping[str, str],
    observe: Observe[O],
    *,
    around: Callable[[Send], Send] = lambda send: send,
    cassette: Path | None = None,
    lasting: Lasting | None = None,
) -> Gateway[O]:
    """Put together what `config` describes.

    `observe` makes what hears of exchanges and warnings; `around` wraps what sends the rules' requests; `cassette` goes
    before the one that is configured; `lasting` is what this gateway shares with others.

    A cassette that is missing or broken is a CassetteError, a key that is none a RedactionKeyError, secrets of the client that are
    missing a ClientError.
    """
    lasting = lasting or Lasting()
    redaction, state = lasting.redaction(config, environ), MemoryState()
    observer = observe(redaction)
    rules = rules_of(config)
    parts = _Parts(config, cassette or config.cassette_path(), lasting, redaction, state, environ, rules, observer.warn)
    exchanges = Exchanges(
        around(parts.send()),
        routing=routing_of(config),
        forwarded=forwarded_of(config),
        observer=observer,
        devices=Devices(redaction.key, state),
        state=state,
        rules=rules,
        audit=_live_audit(config, state, parts.origin, redaction, observer.warn),
        max_body=config.limits.max_body,
        max_head=config.limits.max_head,
    )
    return Gateway(
        exchanges,
        observer,
        cassette=parts.cassette if config.mode != "passthrough" else None,
        counts=parts.counts,
        redaction=redaction,
        player=parts.player,
        _redactor=parts.redactor,
        _recorder=parts.recorder,
        _upstreams=parts.reached,
        _closers=parts.closers,
    )


class _Parts:
    """Makes the transports of one gateway; what has to be closed is noted in `closers`."""

    def __init__(
        self,
        config: Config,
        cassette: Path,
        lasting: Lasting,
        redaction: Redaction,
        state: SharedState,
        environ: Mapping[str, str],
        rules: Sequence[Rule],
        warn: Callable[..., None],
    ) -> None:
        self.config = config
        self.environ = environ
        self.rules = rules
        self.state = state
        self.lasting = lasting
        self.warn = warn
        self.redaction = redaction
        added = config.redaction.rules or config.redaction.keep
        settings = (
            config.redaction.model_dump_json(include={"rules", "keep"}, by_alias=True, exclude_none=True).encode()
            if added
            else None
        )
        self.redactor = Redactor(redaction, settings)
        self.cassette = cassette
        self.counts = Counts()
        self.player: Player | None = None
        self.recorder: Recorder | None = None
        self.closers: list[Callable[[], Awaitable[None]]] = []
        self.made: dict[str, Send] = {}
        self.reached: list[Upstream] = []

    def send(self) -> Send:
        match self.config.mode:
            case "passthrough":
                return self.authorized(self.upstreams)
            case "record":
                return self.authorized(self.recording().send)
            case "replay":
                self.player = self.play(self.lasting.cassette(self.cassette).interactions, otherwise=None)
            case "auto":
                held = self.lasting.cassette(self.cassette).interactions if self.cassette.exists() else ()
                self.player = self.play(held, otherwise=self.authorized(self.recording().send))
        return self.player.send

    async def upstreams(self, request: Request) -> Response:
        """Send to the upstream that a request names; each is made when it is first needed."""
        transport = self.made.get(request.upstream)
        if transport is None:
            transport = self.made[request.upstream] = self.upstream(request.upstream)
        return await transport(request)

    def authorized(self, send: Send) -> Send:
        """Return a `send` that supplies access tokens, where a rule asks for any; the requests for them go straight to the upstream."""
        if not self.rules:
            return send
        from gateway.core.rules.v1_logout import V1Logout
        from gateway.transports.authorized import Authorized, Client
        from gateway.transports.clients import ClientError, Forgetful, StateFile, read_client

        asking = [rule for rule in self.rules if isinstance(rule, V1Logout)]
        if not any(rule.authorization == "client" and not rule.dry_run for rule in asking):
            return send
        client = read_client(dict(self.config.clients.default), self.environ)
        reachable = self.config.upstreams if self.config.route_by_host else [self.config.upstream]
        state: StateFile | Forgetful = Forgetful()
        if client is not None:
            state = StateFile(self.config.clients.state_file)
            state.load("")  # what cannot be read is said before anything listens
        elif not all(self.config.upstreams[name].origin.is_emulator for name in reachable):
            needed = (
                "software_statement_file, or client_id_file and client_secret_file (rules: v1_logout sends in its name)"
            )
            raise ClientError(where="clients.default", expected=needed, found="none")
        transport = Authorized(
            send,
            ask=self.upstreams,
            clients={"default": client or Client(software_statement="any, to the emulator")},
            state=state,
            clock=time.time,
            origins=lambda name: str(self.config.upstreams[name].origin),
            warn=self.warn,
        )
        self.closers.append(transport.aclose)
        return transport.send

    def upstream(self, name: str) -> Send:
        transport = transport_to(self.config, name)
        if isinstance(transport, Upstream):
            self.reached.append(transport)
            self.closers.append(transport.aclose)
        return transport.send

    def recording(self) -> Recorder:
        writer = Writer(self.cassette)
        append: Callable[[Sequence[bytes]], None] = writer.append
        hindrances = []
        try:
            writer.check()
        except CassetteReadOnlyError as error:
            if self.config.mode == "record":
                raise
            hindrances.append(str(error))
        if self.config.mode == "record" and self.cassette.exists():
            self.lasting.cassette(self.cassette)  # what does not load would be told at the first replay
        if self.lasting.keyless:
            hindrances.append(self.lasting.keyless)
            append = _refuses(self.lasting.keyless)
        if hindrances:
            self.warn("nothing can be recorded", why="; ".join(hindrances), hint="what the cassette holds is replayed")
        self.recorder = Recorder(
            send_on=self.upstreams,
            tape=Appender(append),
            redactor=self.redactor,
            on_leak=self.config.redaction.on_leak,
            routes=self.config.cassettes.record,
            origins=self.origin,
            about=self.about,
            warn=self.warn,
            max_body=self.config.limits.max_body,
            counts=self.counts,
        )

        async def close() -> None:
            writer.close()

        self.closers.append(close)
        return self.recorder

    def play(self, interactions: tuple[Interaction, ...], otherwise: Send | None) -> Player:
        for event, about in warnings_of(interactions, now=time.time(), max_age=self.config.cassettes.max_age):
            self.warn(event, **about)
        matcher = Matcher(tuple(self.config.cassettes.match))
        return Player(
            interactions,
            redaction=self.redaction,
            redactor=self.redactor,
            warn=self.warn,
            matcher=matcher,
            device=self.config.cassettes.device,
            on_exhausted=self.config.cassettes.on_exhausted,
            state=self.state,
            origins=self.origin,
            max_body=self.config.limits.max_body,
            otherwise=otherwise,
            stands_in=lambda name: self.config.upstreams[name].origin.is_emulator,
            index=self.lasting.index(self.cassette, matcher, self.redaction) if interactions else None,
        )

    def origin(self, name: str) -> str:
        origin = self.config.upstreams[name].origin
        return PRODUCTION if origin.is_emulator else str(origin)

    def about(self, request: Request) -> dict[str, object]:
        return {
            "id": request.id,
            "recorded_with": gateway.__version__,
            "device": request.device.name,
            "rewritten_from": None,  # whoever redacts the leg says it
            "findings": [asdict(finding) for finding in request.findings],
        }


def _refuses(why: str) -> Callable[[Sequence[bytes]], None]:
    """Return what takes nothing to be written, and says why."""

    def append(_: Sequence[bytes]) -> None:
        raise OSError(EACCES, why)

    return append


def transport_to(config: Config, name: str) -> Upstream | EmulatorBridge:
    """Return what sends to an upstream; an `Upstream` has to be closed."""
    upstream = config.upstreams[name]
    if upstream.origin.is_built_in:
        from gateway.emulator import Emulator
        from gateway.transports.emulator import EmulatorBridge

        return EmulatorBridge(Emulator(), time.time, config.limits.max_body)
    return Upstream(
        Destination(
            name=name,
            origin=f"http://{upstream.origin.authority}" if upstream.origin.is_emulator else str(upstream.origin),
            source="emulator" if upstream.origin.is_emulator else "upstream",
            connect_to=str(upstream.connect_to) if upstream.connect_to is not None else None,
            ca_file=str(upstream.ca_file) if upstream.ca_file is not None else None,
            connect_seconds=upstream.timeout.connect,
            read_seconds=upstream.timeout.read,
            max_head=config.limits.max_head,
        )
    )


def _live_audit(
    config: Config,
    state: SharedState,
    origins: Callable[[str], str],
    redaction: Redaction,
    warn: Callable[..., None],
) -> LiveAudit | None:
    settings = config.audit
    if settings.mode == "off":
        return None

    def failed(defect: Defect) -> None:
        warn("check failed", check=defect.id, error=defect.error)

    return LiveAudit(
        Auditor(_audit(CHECKS, tuple(sorted(settings.checks.items()))), clock=time.time, on_defect=failed, state=state),
        origins=origins,
        redaction=redaction,
        enforce_at=settings.enforce_at if settings.mode == "enforce" else None,
        response_header=settings.response_header,
    )


@lru_cache(maxsize=8)
def _audit(checks: tuple[Check, ...], settings: tuple[tuple[str, Setting], ...]) -> Audit:
    """Return the audit of these settings: what it remembers is true for every gateway, and tests start many in a row."""
    return Audit(checks, dict(settings))
