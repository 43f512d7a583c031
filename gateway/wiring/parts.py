"""The parts of a gateway. A part is made when a mode asks for it, and is closed with the gateway."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from msgspec.json import encode
from msgspec.structs import asdict

import gateway
from gateway.auditing.live import LiveAudit
from gateway.config import Config
from gateway.config.of_devices import of_device, reached
from gateway.config.reading import said
from gateway.config.to_core import rules_of
from gateway.core.model import Request, Response, Send
from gateway.core.redaction import Redaction
from gateway.core.rules import name_of
from gateway.core.state import SharedState
from gateway.exchanges.log import LogSettings
from gateway.redacting.redactor import BackgroundRedactor
from gateway.transports.addressed import Addressed
from gateway.transports.recorder import Counts
from gateway.wire.pool import Way
from gateway.wiring.closing import Closing
from gateway.wiring.lasting import Lasting
from gateway.wiring.resolving import look_up_of
from gateway.wiring.upstreams import Upstreams, is_public, origin_of

if TYPE_CHECKING:
    from gateway.emulator import Emulator
    from gateway.fleet.member import Member
    from gateway.history.keeping import Keeping
    from gateway.transports.authorized import Authorized

TO_THE_EMULATOR = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0aGUtZ2F0ZXdheSIsImlzcyI6ImF1dGguYWRvYmUuY29tIn0."
"""A software statement for the emulator only: {"alg": "none"}, {"sub": "the-gateway", "iss": "auth.adobe.com"}, without a signature."""


class Parts:
    """The parts of one gateway."""

    def __init__(
        self,
        config: Config,
        *,
        environ: Mapping[str, str],
        lasting: Lasting,
        redaction: Redaction,
        state: SharedState,
        warn: Callable[..., None],
        counts: Counts,
        emulators: dict[str, Emulator],
        member: Member | None = None,
    ) -> None:
        self.config = config
        self.emulators = emulators
        self.counts = counts
        self.audit: LiveAudit | None = None
        """The audit of live traffic; None without an audit. It is set after the other parts, and its findings are recorded with a call."""
        self.keeping: Keeping | None = None
        """The writer of the history."""
        self.closing = Closing(warn)
        self._member = member
        self._environ = environ
        self.lasting = lasting
        self.redaction = redaction
        self.state = state
        self.warn = warn
        self.origin: Callable[[str], str] = cache(partial(origin_of, config))
        """Returns the origin of an upstream, as cassettes name it. It is always the same object."""

    @cached_property
    def redactor(self) -> BackgroundRedactor:
        """The redactor: it redacts at once, or in a separate process."""
        settings = self.config.redaction
        added = (
            encode({"rules": [*map(said, settings.rules)], "keep": [*map(said, settings.keep)]})
            if settings.rules or settings.keep
            else None
        )
        redactor = BackgroundRedactor(self.redaction, added)
        self.closing.add(redactor.aclose, idle=lambda: redactor.is_idle)
        return redactor

    @cached_property
    def upstreams(self) -> Upstreams:
        """The senders that reach a network. A mode that does not use them opens no connection."""
        way = Way(look_up_of(self.config), self.lasting.listening.leads_here)
        upstreams = Upstreams(self.config, self.emulators, way)
        self.closing.add(upstreams.aclose)
        return upstreams

    @cached_property
    def to_upstreams(self) -> Send:
        """Sends a request to the upstream that the request names, and warns if the device's address is private."""
        public = {name: is_public(self.config, name) for name in self.config.upstreams}.__getitem__
        return Addressed(
            self.upstreams.send, is_public=public, state=self.state, warn=self.warn, named=self.config.devices
        ).send

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, if it is the configured upstream, or a device's; None in a replay, which has no upstream."""
        config = self.config
        ways = [(config.mode, config.upstream)]
        ways += [(own.mode or config.mode, own.upstream or config.upstream) for own in config.devices.values()]
        stands_in = any(mode != "replay" and config.upstreams[name].origin.is_built_in for mode, name in ways)
        return self.upstreams.emulator if stands_in else None

    @property
    def connections(self) -> int:
        """How many connections to upstreams were opened."""
        return self.upstreams.connections if "upstreams" in self.__dict__ else 0

    def history(self) -> Keeping | None:
        """Return the writer of the history; None if nothing should or may be kept."""
        settings = self.config.history
        if settings is None:
            return None
        if self.lasting.keyless:
            self.warn("history not written", why=self.lasting.keyless, hint="this run keeps no history")
            return None
        from gateway.history.database import Database
        from gateway.history.keeping import InFile, Keeping, losing

        keeping = Keeping(
            InFile(Database(settings.file, max_age=settings.max_age, max_size=settings.max_size)),
            redactor=self.redactor,
            redaction=self.redaction,
            origins=self.origin,
            lose=losing(self.counts, self.warn),
            warn=self.warn,
            bodies=settings.bodies,
            on_leak=self.config.redaction.on_leak,
            gateway=self._member.place.gateway if self._member is not None else "",
        )
        self.keeping = keeping
        self.closing.add(lambda: keeping.drain(self.closing.left), idle=lambda: keeping.is_idle)
        return keeping

    def shared(self) -> Keeping | None:
        """Return the writer that shares exchanges with the fleet; None without a fleet."""
        member = self._member
        if member is None:
            return None
        from gateway.fleet.stream import WAITING
        from gateway.history.keeping import Keeping

        outage, warn = member.outage, self.warn

        def lose(number: int, why: str) -> None:
            before = outage.lost
            outage.lost += number
            if outage.lost.bit_length() > before.bit_length():
                warn("exchange not shared", why=why, lost=outage.lost)

        keeping = Keeping(
            member.publishing,
            redactor=self.redactor,
            redaction=self.redaction,
            origins=self.origin,
            lose=lose,
            warn=warn,
            on_leak="refuse",
            waiting=WAITING,
            gateway=member.place.gateway,
        )
        self.closing.add(lambda: keeping.drain(self.closing.left), idle=lambda: keeping.is_idle)
        return keeping

    def authorized(self, send: Send) -> Send:
        """Return a `send` that adds access tokens, if a rule needs them. The requests for tokens go straight to the upstream."""
        return send if self._authorized is None else self._authorized.beside(send).send

    @cached_property
    def _authorized(self) -> Authorized | None:
        """The keeper of access tokens, for all pipelines; None if no rule needs a token."""
        asking, upstreams = None, set()
        for device in (None, *self.config.devices):
            of = self.config if device is None else of_device(self.config, device)
            if rule := next((rule for rule in rules_of(of) if rule.needs_credentials), None):
                asking = asking or rule
                upstreams.update(reached(self.config, device))
        if asking is None:
            return None
        from gateway.transports.authorized import Authorized
        from gateway.transports.clients import ClientError, Forgetful, StateFile, read_client
        from gateway.transports.token_holder import Client, ClientState

        config = self.config
        client = read_client(asdict(config.clients.default), self._environ)
        state: ClientState = Forgetful()
        if client is not None:
            state = file = StateFile(config.clients.state_file)
            file.load("")  # a file that cannot be read stops the start
            if self._member is not None:
                from gateway.fleet.client_state import FleetClients

                state = FleetClients(self._member.link, self._member.names, file)
        elif not all(config.upstreams[name].origin.is_emulator for name in upstreams):
            files = "software_statement_file, or client_id_file and client_secret_file"
            needed = f"{files} (rules: {name_of(asking)} sends requests in the client's name)"
            raise ClientError(where="clients.default", expected=needed, found="none")
        transport = Authorized(
            self.to_upstreams,
            ask=self.upstreams.send,
            clients={"default": client or Client(software_statement=TO_THE_EMULATOR)},
            state=state,
            clock=time.time,
            origins=lambda name: str(config.upstreams[name].origin),
            warn=self.warn,
        )
        self.closing.add(transport.aclose)
        return transport

    def about(self, request: Request, response: Response) -> dict[str, object]:
        """Return the facts about an interaction that are recorded besides its messages."""
        findings = self.audit.recorded(request, response) if self.audit is not None else ()
        return {
            "id": request.id,
            "recorded_with": gateway.__version__,
            "device": request.device.name,
            "rewritten_from": None,  # filled in by the redaction of the leg
            "findings": [asdict(finding) for finding in findings],
            **({"audited": request.audited} if request.audited else {}),
        }


def log_settings(config: Config) -> LogSettings:
    """Return the settings of the log."""
    log = config.log
    return LogSettings(log.format, log.level, log.repeat, log.addresses)
