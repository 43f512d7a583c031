"""Plays and records one cassette in one mode. Each mode is a function, which decides only which `send` is made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from errno import EACCES
from functools import cached_property
from pathlib import Path

from msgspec import Struct

import gateway
from gateway.cassettes.appender import Appender
from gateway.cassettes.errors import CassetteReadOnlyError
from gateway.cassettes.files import NO_FILE
from gateway.cassettes.writer import Writer
from gateway.config import Config, Mode
from gateway.control.naming import shown_name
from gateway.core.adobe.routes import is_of_clients
from gateway.core.age import warnings_of
from gateway.core.matching import matcher_of
from gateway.core.model import Interaction, Send
from gateway.core.recorded import heads_of
from gateway.exchanges.noting import Noting
from gateway.exchanges.observers import Observers
from gateway.transports.cross_origin import CrossOrigin
from gateway.transports.player import Player
from gateway.transports.recorder import Recorder
from gateway.transports.registrar import Registrar
from gateway.wiring.parts import Parts


class ModeParts(Struct, frozen=True):
    """The parts that a mode makes."""

    send: Send
    player: Player | None = None


def passthrough(deck: Deck) -> ModeParts:
    """Send every request on."""
    return ModeParts(deck.parts.authorized(deck.parts.to_upstreams))


def record(deck: Deck) -> ModeParts:
    """Send every request on, and record it."""
    return ModeParts(deck.parts.authorized(deck.recorder().send))


def replay(deck: Deck) -> ModeParts:
    """Answer from the cassette. No part of it can reach a network."""
    player = deck.player(deck.held())
    return ModeParts(deck.registrar(player).send, player)


def auto(deck: Deck) -> ModeParts:
    """Answer from the cassette, and record the calls that are missing there."""
    held = deck.held() if deck.cassette.exists() else ()
    player = deck.player(held, otherwise=deck.parts.authorized(deck.recorder().send))
    return ModeParts(player.send, player)


MODES: Mapping[Mode, Callable[[Deck], ModeParts]] = {
    "passthrough": passthrough,
    "record": record,
    "replay": replay,
    "auto": auto,
}


class Deck:
    """Plays and records one cassette in one mode. Devices with the same cassette and mode share a deck."""

    def __init__(self, parts: Parts, mode: Mode, cassette: Path, observers: Observers, scope: str = "") -> None:
        """`observers` are told of exchanges. `scope` distinguishes places in this cassette from places in other cassettes."""
        self.parts = parts
        self.mode: Mode = mode
        self.cassette = cassette
        self.scope = scope
        self._observers = observers

    @cached_property
    def sending(self) -> ModeParts:
        """The parts that its mode makes."""
        return MODES[self.mode](self)

    @property
    def preflights(self) -> bool:
        """Whether it is a replay of a cassette that answers OPTIONS itself."""
        player = self.sending.player
        return (
            self.mode == "replay"
            and player is not None
            and any(head.method == "OPTIONS" for head in heads_of(player.interactions))
        )

    @cached_property
    def observers(self) -> Observers:
        """The observers of its exchanges."""
        noting = self.noting()
        return self._observers if noting is None else self._observers.and_also(noting)

    @cached_property
    def cross_origin(self) -> CrossOrigin:
        """The permissions of apps in a browser: everything with the emulator or a cassette, nothing with a real upstream."""
        parts, config, is_replay = self.parts, self.parts.config, self.mode == "replay"

        def stands_in(name: str) -> bool:
            return is_replay or config.upstreams[name].origin.is_emulator

        def says_off() -> None:
            hint = "an app in a browser called from another origin; cors: on allows that"
            parts.state.once("cors", "", lambda: parts.warn("cors is off", hint=hint))

        return CrossOrigin(stands_in, is_on=config.cors == "on", says_off=says_off)

    @property
    def records(self) -> bool:
        """Whether it writes into its cassette."""
        return self.mode in {"record", "auto"}

    def held(self) -> Sequence[Interaction]:
        """Return the interactions of the cassette. Raises the same errors as `load`."""
        return self.parts.lasting.cassette(self.cassette).interactions

    def recorder(self) -> Recorder:
        """Return the recorder. For a read-only cassette, mode record raises CassetteReadOnlyError, and mode auto logs a warning."""
        parts, config, redactor = self.parts, self.parts.config, self.parts.redactor
        writer = Writer(self.cassette, self._tell_mended if parts.lasting.has_siblings else None)
        findings = parts.lasting.findings(self.cassette)

        def append(blocks: Sequence[bytes]) -> None:
            with suppress(OSError):  # findings are no reason to lose a recording
                findings.begin()  # removes the findings of an earlier run
            writer.append(blocks)

        taken: Callable[[Sequence[bytes]], None] = append
        hindrances = []
        try:
            writer.check()
        except CassetteReadOnlyError as error:
            if self.mode == "record":
                raise
            hindrances.append(str(error))
        if self.mode == "record":
            if self.cassette.exists() and not parts.lasting.has_siblings:  # with siblings, the supervisor has read it
                self.held()  # otherwise only the first replay would report a broken cassette
            with suppress(OSError):  # reported at the first write
                findings.begin()
        if parts.lasting.keyless:
            hindrances.append(parts.lasting.keyless)
            taken = _refuses(parts.lasting.keyless)
        if hindrances:
            parts.warn("nothing can be recorded", why="; ".join(hindrances), hint="recorded calls are replayed")
        tape = Appender(taken)
        recorder = Recorder(
            send_on=parts.to_upstreams,
            tape=tape,
            redactor=redactor,
            on_leak=config.redaction.on_leak,
            routes=config.cassettes.record,
            origins=parts.origin,
            about=parts.about,
            warn=parts.warn,
            max_body=config.limits.max_body,
            counts=parts.counts,
        )

        async def close() -> None:
            tape.close()
            await asyncio.to_thread(writer.close)  # waits a little for a write that has begun

        parts.closing.add(close)
        parts.closing.add(lambda: recorder.drain(parts.closing.left))
        return recorder

    def _tell_mended(self, cut: int) -> None:
        about = {"cassette": str(self.cassette), "bytes": cut}
        self.parts.warn("torn recording cut off", **about, hint="a worker ended during a write")

    def noting(self) -> Noting | None:
        """Return the writer of findings about calls that are not recorded; None if nothing should or may be written."""
        parts, config = self.parts, self.parts.config
        if not self.records or config.audit.mode == "off" or config.audit.record != "all":
            return None
        if parts.lasting.keyless:
            return None
        tape = Appender(parts.lasting.findings(self.cassette).append)
        noting = Noting(
            routes=config.cassettes.record,
            redactor=parts.redactor,
            tape=tape,
            origins=parts.origin,
            recorded_with=gateway.__version__,
            on_leak=config.redaction.on_leak,
            counts=parts.counts,
            warn=parts.warn,
        )

        async def close() -> None:
            await noting.drain(parts.closing.left)
            tape.close()

        parts.closing.add(close, idle=lambda: noting.is_idle and tape.is_closed)
        return noting

    def player(self, interactions: Sequence[Interaction], otherwise: Send | None = None) -> Player:
        """Return the player of these interactions."""
        parts, config = self.parts, self.parts.config
        for event, about in warnings_of(interactions, now=time.time(), max_age=config.cassettes.max_age):
            parts.warn(event, **about)
        if not interactions and otherwise is None and self.cassette != NO_FILE:
            parts.warn("empty file", file=str(self.cassette), hint="a replay can answer no request")
        matcher = matcher_of(tuple(config.cassettes.match))
        return Player(
            interactions,
            redaction=parts.redaction,
            redactor=parts.redactor,
            warn=parts.warn,
            matcher=matcher,
            device=config.cassettes.device,
            on_exhausted=config.cassettes.on_exhausted,
            state=parts.state,
            scope=self.scope,
            origins=parts.origin,
            max_body=config.limits.max_body,
            otherwise=otherwise,
            stands_in=lambda name: config.upstreams[name].origin.is_emulator,
            times=config.cassettes.time,
            index=parts.lasting.index(self.cassette, matcher, parts.redaction) if interactions else None,
        )

    def registrar(self, player: Player) -> Registrar:
        """Return the registrar: it answers client registration in a replay, if the cassette has no answer."""
        recorded = any(is_of_clients(head.path) for head in heads_of(player.interactions))
        return Registrar(player.send, time.time, recorded)


class Decks:
    """The decks of a gateway, by mode and cassette."""

    def __init__(self, parts: Parts, observers: Observers, cassette: Path | None) -> None:
        """`cassette` replaces the configured general cassette."""
        self._parts = parts
        self._observers = observers
        self._given = cassette
        self._made: dict[tuple[Mode, Path], Deck] = {}

    @property
    def all(self) -> Sequence[Deck]:
        """All decks, in the order in which they were made."""
        return tuple(self._made.values())

    def of(self, config: Config) -> Deck:
        """Return the deck for a configuration, general or of a device. Raises the errors of its mode."""
        path, common = config.cassette_path(), self._parts.config
        if self._given is not None and (config is common or path == common.cassette_path()):
            path = self._given
        deck = self._made.get((config.mode, path))
        if deck is None:
            scope = shown_name(config.cassettes.dir, path) if self._made else ""
            deck = self._made[config.mode, path] = Deck(self._parts, config.mode, path, self._observers, scope)
            _ = deck.sending, deck.observers
        return deck


def _refuses(why: str) -> Callable[[Sequence[bytes]], None]:
    """Return a writer that always raises OSError with this reason."""

    def append(_: Sequence[bytes]) -> None:
        raise OSError(EACCES, why)

    return append
