"""What a gateway is put together from: each part is made when a mode asks for it, and notes itself what has to be closed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from errno import EACCES
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict

import gateway
from gateway.auditing.live import LiveAudit
from gateway.cassettes.appender import Appender
from gateway.cassettes.errors import CassetteReadOnlyError
from gateway.cassettes.writer import Writer
from gateway.config import Config
from gateway.core.adobe.routes import is_of_clients
from gateway.core.age import warnings_of
from gateway.core.matching import Matcher
from gateway.core.model import Interaction, Request, Response, Rule, Send
from gateway.core.recorded import heads_of
from gateway.core.redaction import Redaction
from gateway.core.rules import name_of
from gateway.core.state import SharedState
from gateway.exchanges.log import LogSettings
from gateway.exchanges.noting import Noting
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.addressed import Addressed
from gateway.transports.cross_origin import CrossOrigin
from gateway.transports.player import Player
from gateway.transports.recorder import Counts, Recorder
from gateway.transports.registrar import Registrar
from gateway.wire.pool import Way
from gateway.wiring.closing import Closing
from gateway.wiring.lasting import Lasting
from gateway.wiring.resolving import look_up_of
from gateway.wiring.upstreams import Upstreams, is_public, origin_of

if TYPE_CHECKING:
    from gateway.emulator import Emulator

TO_THE_EMULATOR = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aGUtZ2F0ZXdheSIsImlzcyI6ImF1dGguYWRvYmUuY29tIn0."
"""A software statement that opens nothing: {"alg": "none"}, {"sub": "the-gateway", "iss": "auth.adobe.com"}, and no signature."""

if TYPE_CHECKING:
    from gateway.emulator import Emulator
    from gateway.fleet.member import Member
    from gateway.history.keeping import Keeping


class Parts:
    """The parts of one gateway."""

    def __init__(
        self,
        config: Config,
        cassette: Path,
        *,
        environ: Mapping[str, str],
        lasting: Lasting,
        redaction: Redaction,
        state: SharedState,
        rules: Sequence[Rule],
        warn: Callable[..., None],
        counts: Counts,
        emulators: dict[str, Emulator],
        member: Member | None = None,
    ) -> None:
        self.config = config
        self.emulators = emulators
        self.cassette = cassette
        self.counts = counts
        self.audit: LiveAudit | None = None
        """The audit of live traffic, which is put together behind the parts: what it found of a call is recorded with it."""
        self.keeping: Keeping | None = None
        """What keeps a history."""
        self.closing = Closing(warn)
        self._member = member
        self._environ = environ
        self._lasting = lasting
        self._redaction = redaction
        self._state = state
        self._rules = rules
        self._warn = warn
        self._origins: dict[str, str] = {}  # of the upstreams that are configured

    @cached_property
    def redactor(self) -> BackgroundRedactor:
        """What redacts, at once or in a process of its own."""
        settings = self.config.redaction
        added = (
            settings.model_dump_json(include={"rules", "keep"}, by_alias=True, exclude_none=True).encode()
            if settings.rules or settings.keep
            else None
        )
        redactor = BackgroundRedactor(self._redaction, added)
        self.closing.add(redactor.aclose, idle=lambda: redactor.is_idle)
        return redactor

    @cached_property
    def upstreams(self) -> Upstreams:
        """What reaches a network. Who never asks for it opens no connection."""
        way = Way(look_up_of(self.config), self._lasting.listening.leads_here)
        upstreams = Upstreams(self.config, self.emulators, way)
        self.closing.add(upstreams.aclose)
        return upstreams

    @cached_property
    def to_upstreams(self) -> Send:
        """Sends a request to the upstream that it names, and says so where the device's address is a private one."""
        public = {name: is_public(self.config, name) for name in self.config.upstreams}.__getitem__
        return Addressed(self.upstreams.send, is_public=public, state=self._state, warn=self._warn).send

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, where the configured upstream is it; none in a replay, which has no upstream."""
        stands_in = self.config.upstreams[self.config.upstream].origin.is_built_in
        return self.upstreams.emulator if stands_in and self.config.mode != "replay" else None

    @property
    def connections(self) -> int:
        """How many connections to upstreams were opened."""
        return self.upstreams.connections if "upstreams" in self.__dict__ else 0

    def held(self) -> Sequence[Interaction]:
        """Return what the cassette holds; raises what `load` does."""
        return self._lasting.cassette(self.cassette).interactions

    def recorder(self) -> Recorder:
        """Return what records; a cassette that cannot be written stops a recording, and in mode auto is said."""
        config, redactor = self.config, self.redactor
        writer = Writer(self.cassette)
        findings = self._lasting.findings(self.cassette)

        def append(blocks: Sequence[bytes]) -> None:
            with suppress(OSError):  # they are no reason to lose a recording
                findings.begin()  # those that an earlier run left are not of this recording
            writer.append(blocks)

        taken: Callable[[Sequence[bytes]], None] = append
        hindrances = []
        try:
            writer.check()
        except CassetteReadOnlyError as error:
            if config.mode == "record":
                raise
            hindrances.append(str(error))
        if config.mode == "record":
            if self.cassette.exists():
                self.held()  # what does not load would be told at the first replay
            with suppress(OSError):  # said as soon as something is to be written
                findings.begin()
        if self._lasting.keyless:
            hindrances.append(self._lasting.keyless)
            taken = _refuses(self._lasting.keyless)
        if hindrances:
            self._warn("nothing can be recorded", why="; ".join(hindrances), hint="what the cassette holds is replayed")
        recorder = Recorder(
            send_on=self.to_upstreams,
            tape=Appender(taken),
            redactor=redactor,
            on_leak=config.redaction.on_leak,
            routes=config.cassettes.record,
            origins=self.origin,
            about=self.about,
            warn=self._warn,
            max_body=config.limits.max_body,
            counts=self.counts,
        )

        async def close() -> None:
            await asyncio.to_thread(writer.close)  # which waits a little for a write that is on its way

        self.closing.add(close)
        self.closing.add(lambda: recorder.drain(self.closing.left))
        return recorder

    def noting(self) -> Noting | None:
        """Return what writes down what was found of calls that are not recorded; None where nothing is to be, or may be, written."""
        config = self.config
        if config.mode not in {"record", "auto"} or config.audit.mode == "off" or config.audit.record != "all":
            return None
        if self._lasting.keyless:
            return None
        noting = Noting(
            routes=config.cassettes.record,
            redactor=self.redactor,
            tape=Appender(self._lasting.findings(self.cassette).append),
            origins=self.origin,
            recorded_with=gateway.__version__,
            on_leak=config.redaction.on_leak,
            counts=self.counts,
            warn=self._warn,
        )
        self.closing.add(lambda: noting.drain(self.closing.left), idle=lambda: noting.is_idle)
        return noting

    def history(self) -> Keeping | None:
        """Return what keeps exchanges in a file; None where nothing is to be, or may be, kept."""
        settings = self.config.history
        if settings is None:
            return None
        if self._lasting.keyless:
            self._warn("history not written", why=self._lasting.keyless, hint="nothing is kept in this run")
            return None
        from gateway.history.database import Database
        from gateway.history.keeping import InFile, Keeping, losing

        keeping = Keeping(
            InFile(Database(settings.file, max_age=settings.max_age, max_size=settings.max_size)),
            redactor=self.redactor,
            redaction=self._redaction,
            origins=self.origin,
            lose=losing(self.counts, self._warn),
            warn=self._warn,
            bodies=settings.bodies,
            on_leak=self.config.redaction.on_leak,
            gateway=self._member.place.gateway if self._member is not None else "",
        )
        self.keeping = keeping
        self.closing.add(lambda: keeping.drain(self.closing.left), idle=lambda: keeping.is_idle)
        return keeping

    def shared(self) -> Keeping | None:
        """Return what puts exchanges where all gateways of the fleet see them; None where there is no fleet."""
        member = self._member
        if member is None:
            return None
        from gateway.fleet.stream import WAITING
        from gateway.history.keeping import Keeping

        outage, warn = member.outage, self._warn

        def lose(number: int, why: str) -> None:
            before = outage.lost
            outage.lost += number
            if outage.lost.bit_length() > before.bit_length():
                warn("exchange not shared", why=why, lost=outage.lost)

        keeping = Keeping(
            member.publishing,
            redactor=self.redactor,
            redaction=self._redaction,
            origins=self.origin,
            lose=lose,
            warn=warn,
            on_leak="refuse",
            waiting=WAITING,
            gateway=member.place.gateway,
        )
        self.closing.add(lambda: keeping.drain(self.closing.left), idle=lambda: keeping.is_idle)
        return keeping

    def player(self, interactions: Sequence[Interaction], otherwise: Send | None = None) -> Player:
        """Return what plays these interactions of the cassette."""
        config = self.config
        for event, about in warnings_of(interactions, now=time.time(), max_age=config.cassettes.max_age):
            self._warn(event, **about)
        if not interactions and otherwise is None:
            self._warn("empty file", file=str(self.cassette), hint="a replay has no answer for anything")
        matcher = Matcher(tuple(config.cassettes.match))
        return Player(
            interactions,
            redaction=self._redaction,
            redactor=self.redactor,
            warn=self._warn,
            matcher=matcher,
            device=config.cassettes.device,
            on_exhausted=config.cassettes.on_exhausted,
            state=self._state,
            origins=self.origin,
            max_body=config.limits.max_body,
            otherwise=otherwise,
            stands_in=lambda name: config.upstreams[name].origin.is_emulator,
            times=config.cassettes.time,
            index=self._lasting.index(self.cassette, matcher, self._redaction) if interactions else None,
        )

    def registrar(self, player: Player) -> Registrar:
        """Return what answers client registration in a replay, where the cassette does not."""
        recorded = any(is_of_clients(head.path) for head in heads_of(player.interactions))
        return Registrar(player.send, time.time, recorded)

    def cross_origin(self) -> CrossOrigin:
        """Return what apps in a browser are allowed: everything of a stand-in, nothing of a real upstream."""
        config = self.config

        def stands_in(name: str) -> bool:
            return config.mode == "replay" or config.upstreams[name].origin.is_emulator

        def says_off() -> None:
            hint = "an app in a browser asked from another origin; cors: on lets it"
            self._state.once("cors", "", lambda: self._warn("cors is off", hint=hint))

        return CrossOrigin(stands_in, is_on=config.cors == "on", says_off=says_off)

    def authorized(self, send: Send) -> Send:
        """Return a `send` that supplies access tokens, where a rule asks for any; the requests for them go straight to the upstream."""
        asking = [rule for rule in self._rules if rule.needs_credentials]
        if not asking:
            return send
        from gateway.transports.authorized import Authorized
        from gateway.transports.clients import ClientError, Forgetful, StateFile, read_client
        from gateway.transports.token_holder import Client, ClientState

        config = self.config
        client = read_client(dict(config.clients.default), self._environ)
        reachable = config.upstreams if config.route_by_host else [config.upstream]
        state: ClientState = Forgetful()
        if client is not None:
            state = file = StateFile(config.clients.state_file)
            file.load("")  # what cannot be read is said before anything listens
            if self._member is not None:
                from gateway.fleet.client_state import FleetClients

                state = FleetClients(self._member.link, self._member.names, file)
        elif not all(config.upstreams[name].origin.is_emulator for name in reachable):
            files = "software_statement_file, or client_id_file and client_secret_file"
            needed = f"{files} (rules: {name_of(asking[0])} sends in its name)"
            raise ClientError(where="clients.default", expected=needed, found="none")
        transport = Authorized(
            send,
            ask=self.upstreams.send,
            clients={"default": client or Client(software_statement=TO_THE_EMULATOR)},
            state=state,
            clock=time.time,
            origins=lambda name: str(config.upstreams[name].origin),
            warn=self._warn,
        )
        self.closing.add(transport.aclose)
        return transport.send

    def origin(self, name: str) -> str:
        """Return the origin that an upstream's name stands for in a cassette: the same text each time."""
        known = self._origins.get(name)
        if known is None:
            known = self._origins[name] = origin_of(self.config, name)
        return known

    def about(self, request: Request, response: Response) -> dict[str, object]:
        """Return what is said of an interaction besides its messages."""
        findings = self.audit.recorded(request, response) if self.audit is not None else ()
        return {
            "id": request.id,
            "recorded_with": gateway.__version__,
            "device": request.device.name,
            "rewritten_from": None,  # whoever redacts the leg says it
            "findings": [asdict(finding) for finding in findings],
            **({"audited": request.audited} if request.audited else {}),
        }


def log_settings(config: Config) -> LogSettings:
    """Return how is logged."""
    log = config.log
    return LogSettings(log.format, log.level, log.repeat, log.addresses)


def _refuses(why: str) -> Callable[[Sequence[bytes]], None]:
    """Return what takes nothing to be written, and says why."""

    def append(_: Sequence[bytes]) -> None:
        raise OSError(EACCES, why)

    return append
