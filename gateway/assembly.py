"""Puts the pieces together: a configuration becomes a running gateway. A mode is nothing but which `send` is made here."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from time import monotonic
from typing import TextIO

import gateway
from gateway.auditor import Auditor
from gateway.cassettes.appender import Appender
from gateway.cassettes.reader import load
from gateway.cassettes.writer import Writer
from gateway.clients import ClientError, Forgetful, StateFile, read_client
from gateway.config import Config
from gateway.config import Redaction as RedactionSettings
from gateway.core.age import warnings_of
from gateway.core.audit import Audit, Defect, Setting
from gateway.core.checking import Check
from gateway.core.checks import CHECKS
from gateway.core.devices import DeviceNames
from gateway.core.headers import ForwardedFor, bare_host
from gateway.core.matching import Matcher
from gateway.core.model import Interaction, Request, Response, Rule, Send
from gateway.core.redaction import Redaction
from gateway.core.rules import RULES
from gateway.core.rules.v1_logout import V1Logout
from gateway.core.secrets.policy import HEADERS, PARAMETERS, Policy
from gateway.core.when import When
from gateway.emulator import ORIGIN as EMULATOR_STANDS_FOR
from gateway.emulator import Emulator
from gateway.keys import find, find_or_make
from gateway.live import LiveAudit
from gateway.logs import Log, configure
from gateway.server import GRACE_SECONDS, Observer, Routing, Server
from gateway.transports.authorized import Authorized, Client
from gateway.transports.emulator import EmulatorBridge
from gateway.transports.player import Player
from gateway.transports.recorder import Counts, Recorder
from gateway.transports.upstream import Destination, Upstream

PRODUCTION = "https://api.auth.adobe.com"


@dataclass(slots=True)
class Gateway:
    """A gateway that listens, and what it takes to stop it."""

    url: str
    server: Server
    cassette: Path | None
    """The cassette that is read or written; None in passthrough."""
    counts: Counts
    redaction: Redaction
    log: Log
    player: Player | None = None
    _recorder: Recorder | None = None
    _upstreams: list[Upstream] = field(default_factory=list)
    _closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def upstream_connections(self) -> int:
        """How many connections to upstreams were opened; in a replay there is nothing that could open one."""
        return sum(upstream.connections for upstream in self._upstreams)

    async def stop(self) -> None:
        """Let what is in flight finish, within the server's time for that, then write out and close everything."""
        end = monotonic() + GRACE_SECONDS
        await self.server.stop()
        if self._recorder is not None:
            await self._recorder.drain(max(0.0, end - monotonic()))
        for closer in reversed(self._closers):
            await closer()


async def start(
    config: Config,
    environ: Mapping[str, str],
    stream: TextIO | None = None,
    *,
    watch: Observer | None = None,
    around: Callable[[Send], Send] = lambda send: send,
    bound: socket.socket | None = None,
) -> Gateway:
    """Start what `config` describes, with its log on `stream` or stderr.

    `watch` hears of exchanges and warnings in the log's place; `around` wraps what sends the rules' requests; a socket that is `bound` already
    is listened on in place of the configured address.

    A cassette that is missing or broken is a CassetteError, a key that is none a RedactionKeyError, secrets of the client that are
    missing a ClientError, a port that is taken an OSError.
    """
    redaction = redaction_of(config, environ)
    log = Log(configure(stream), DeviceNames(token_bytes(16)), redaction)
    for kept in config.redaction.keep:
        log.logger.info("not redacted", **kept.model_dump(exclude_none=True, by_alias=True))
    rules = rules_of(config)
    observer = watch or log
    parts = _Parts(config, log, redaction, environ, rules, observer.warn)
    send = around(parts.send())
    routing = _routing(config)
    server = Server(
        send,
        routing=routing,
        forwarded=ForwardedFor(
            mode=config.forwarded_for.mode,
            trusted=config.forwarded_for.trusted_networks,
            fallback=str(config.forwarded_for.fallback) if config.forwarded_for.fallback is not None else None,
        ),
        observer=observer,
        rules=rules,
        audit=_live_audit(config, log, parts.origin),
        max_body=config.limits.max_body,
        max_head=config.limits.max_head,
    )
    try:
        port = await server.start(config.listen.host, config.listen.port, _tls(config), bound)
    except BaseException:
        for closer in reversed(parts.closers):
            await closer()
        raise
    scheme = "http" if config.listen.tls is None else "https"
    host = f"[{config.listen.host}]" if ":" in config.listen.host else config.listen.host
    return Gateway(
        url=f"{scheme}://{host}:{port}",
        server=server,
        cassette=parts.cassette if config.mode != "passthrough" else None,
        counts=parts.counts,
        redaction=redaction,
        log=log,
        player=parts.player,
        _recorder=parts.recorder,
        _upstreams=parts.reached,
        _closers=parts.closers,
    )


class _Parts:
    """Makes the transports of one gateway; what has to be closed is noted in `closers`."""

    def __init__(
        self,
        config: Config,
        log: Log,
        redaction: Redaction,
        environ: Mapping[str, str],
        rules: Sequence[Rule],
        warn: Callable[..., None],
    ) -> None:
        self.config = config
        self.environ = environ
        self.rules = rules
        self.log = log
        self.warn = warn
        self.redaction = redaction
        self.cassette = config.cassette_path()
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
                self.player = self.play(load(self.cassette).interactions, otherwise=None)
            case "auto":
                held = load(self.cassette).interactions if self.cassette.exists() else ()
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
        writer.check()
        self.recorder = Recorder(
            send_on=self.upstreams,
            tape=Appender(writer.append),
            redaction=self.redaction,
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
        return Player(
            interactions,
            redaction=self.redaction,
            warn=self.warn,
            matcher=Matcher(tuple(self.config.cassettes.match)),
            device=self.config.cassettes.device,
            on_exhausted=self.config.cassettes.on_exhausted,
            names=self.log.names,
            origins=self.origin,
            max_body=self.config.limits.max_body,
            otherwise=otherwise,
            stands_in=lambda name: self.config.upstreams[name].origin.is_emulator,
        )

    def origin(self, name: str) -> str:
        origin = self.config.upstreams[name].origin
        return EMULATOR_STANDS_FOR if origin.is_emulator else str(origin)

    def about(self, request: Request) -> dict[str, object]:
        return {
            "id": request.id,
            "recorded_with": gateway.__version__,
            "device": self.log.names(request),
            "rewritten_from": self.rewritten_from(request) if request.rewritten_from else None,
            "findings": [asdict(finding) for finding in request.findings],
        }

    def rewritten_from(self, request: Request) -> str:
        """Return the line of the app's request, redacted."""
        method, _, target = request.rewritten_from.partition(" ")
        app_sent, _ = self.redaction.redacted(Request(method, target))
        return f"{method} {app_sent.target}"


def transport_to(config: Config, name: str) -> Upstream | EmulatorBridge:
    """Return what sends to an upstream; one with connections has to be closed."""
    upstream = config.upstreams[name]
    if upstream.origin.is_built_in:
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


def rules_of(config: Config) -> tuple[Rule, ...]:
    """Return the rules of a configuration, in its order."""
    made: list[Rule] = []
    for entry in config.rules:
        name, section = entry.named
        options = dict(section)
        if "when" in options:
            options["when"] = When(**dict(options["when"]))
        if name == "v1_logout":
            options["response_header"] = config.audit.response_header
        made.append(RULES[name](**options))
    return tuple(made)


def redaction_of(config: Config, environ: Mapping[str, str]) -> Redaction:
    """Return the redaction that a configuration asks for; a mode that records makes a key where there is none."""
    settings = config.redaction
    records = config.mode in {"record", "auto"}
    key = (find_or_make if records else find)(settings.key_file, environ)
    return Redaction(key or token_bytes(32), policy_of(settings), lasting=key is not None)


def policy_of(settings: RedactionSettings) -> Policy:
    """Return the documentation's lists with a configuration's rules and exceptions."""
    if not settings.rules and not settings.keep:
        return Policy()
    import jsonpath  # noqa: PLC0415  # slow to import, and few configurations have rules

    environment = jsonpath.JSONPathEnvironment(strict=True)
    headers = {rule.header.lower(): rule.kind for rule in settings.rules if rule.header}
    parameters = {rule.query.lower(): rule.kind for rule in settings.rules if rule.query}
    kept_headers = {kept.header.lower(): "" for kept in settings.keep if kept.header}
    kept_parameters = {kept.query.lower(): "" for kept in settings.keep if kept.query}
    return Policy(
        headers={**HEADERS, **headers, **kept_headers},
        parameters={**PARAMETERS, **parameters, **kept_parameters},
        paths=tuple((environment.compile(rule.json_path), rule.kind) for rule in settings.rules if rule.json_path),
        patterns=tuple((re.compile(rule.pattern), rule.kind) for rule in settings.rules if rule.pattern),
        kept_paths=tuple(environment.compile(kept.json_path) for kept in settings.keep if kept.json_path),
        extra=sha256(settings.model_dump_json(include={"rules", "keep"}).encode()).hexdigest()[:6],
    )


def _live_audit(config: Config, log: Log, origins: Callable[[str], str]) -> LiveAudit | None:
    settings = config.audit
    if settings.mode == "off":
        return None

    def failed(defect: Defect) -> None:
        log.logger.warning("check failed", check=defect.id, error=defect.error)

    return LiveAudit(
        Auditor(_audit(CHECKS, tuple(sorted(settings.checks.items()))), clock=time.time, on_defect=failed),
        names=log.names,
        origins=origins,
        enforce_at=settings.enforce_at if settings.mode == "enforce" else None,
        response_header=settings.response_header,
    )


@lru_cache(maxsize=8)
def _audit(checks: tuple[Check, ...], settings: tuple[tuple[str, Setting], ...]) -> Audit:
    """Return the audit of these settings: what it remembers is true for every gateway, and tests start many in a row."""
    return Audit(checks, dict(settings))


def _routing(config: Config) -> Routing:
    by_host = {
        bare_host(upstream.origin.authority): name
        for name, upstream in config.upstreams.items()
        if not upstream.origin.is_emulator
    }
    own = {config.listen.host.lower(), "localhost", "127.0.0.1", "[::1]"}
    return Routing(
        upstream=config.upstream,
        by_host=by_host if config.route_by_host else {},
        own_hosts=frozenset(by_host) | own,
    )


def _tls(config: Config) -> ssl.SSLContext | None:
    if config.listen.tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(config.listen.tls.cert_file, config.listen.tls.key_file)
    return context


def first_line(config: Config, running: Gateway) -> str:
    """Return what `gateway run` says when it listens; that production can be reached is said in it."""
    parts = [f"gateway listening on {running.url}", f"mode {config.mode}", f"upstream {config.upstream}"]
    if running.cassette is not None:
        parts.append(f"cassette {_shown(running.cassette)}")
    reachable = config.upstreams if config.route_by_host else [config.upstream]
    if config.mode != "replay" and any(str(config.upstreams[name].origin) == PRODUCTION for name in reachable):
        parts.append("PRODUCTION: a logout ends somebody's session")
    return " · ".join(parts)


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
