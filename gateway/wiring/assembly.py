"""Puts the pieces together: a configuration becomes a gateway."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from gateway.config import Config
from gateway.config.of_devices import deprecated_of_all, each_way, of_device, with_settings
from gateway.config.to_core import forwarded_of, named_devices_of, routing_of, rules_of
from gateway.core.devices import Devices
from gateway.core.model import Send
from gateway.core.named_devices import NamedDevices
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState, SharedState
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.health import Health
from gateway.exchanges.observers import Observers
from gateway.exchanges.pipeline import Pipeline
from gateway.exchanges.traced import as_it_is, untraced_by
from gateway.transports.faults import Faults
from gateway.transports.player import Player
from gateway.transports.recorder import Counts
from gateway.wiring.audit import live_audit
from gateway.wiring.decks import Deck, Decks
from gateway.wiring.given_fault import given_of
from gateway.wiring.keys import RedactionKeyError
from gateway.wiring.lasting import Lasting
from gateway.wiring.parts import Parts

if TYPE_CHECKING:
    from gateway.emulator import Emulator
    from gateway.fleet.member import Member

OTHER_KEY = "redaction.key_file: expected the key of the fleet, found another key; restart the gateway"

Observe: TypeAlias = Callable[[Redaction, SharedState], Observers]


class Gateway(Struct):
    """A gateway made from a configuration: the handler for messages, with all its parts. It does not listen yet."""

    exchanges: Exchanges
    decks: Sequence[Deck]
    """The players and recorders: first the deck for all devices, then decks for devices with their own settings."""
    redaction: Redaction
    state: MemoryState
    """The data that outlives an exchange."""
    faults: Faults
    """The faults of its calls."""
    named: NamedDevices
    """The devices that the configuration names."""
    _parts: Parts
    scope: str = ""
    """Identifies the played cassette and its matching within a fleet."""

    @property
    def cassette(self) -> Path | None:
        """The cassette that is read or written; None in passthrough."""
        return self.decks[0].cassette if self.decks[0].mode != "passthrough" else None

    @property
    def player(self) -> Player | None:
        """The player of the cassette; None without a player."""
        return self.decks[0].sending.player

    @property
    def players(self) -> Mapping[Path, Player]:
        """The players, by cassette."""
        return {deck.cassette: deck.sending.player for deck in reversed(self.decks) if deck.sending.player is not None}

    @property
    def recorded(self) -> Collection[Path]:
        """The cassettes that it records into."""
        return {deck.cassette for deck in self.decks if deck.records}

    @property
    def counts(self) -> Counts:
        """The counts of its recordings."""
        return self._parts.counts

    @property
    def parts(self) -> Parts:
        """Its parts."""
        return self._parts

    @property
    def config(self) -> Config:
        """The configuration that it was made from."""
        return self._parts.config

    @property
    def emulators(self) -> dict[str, Emulator]:
        """The built-in emulators in use, by their settings."""
        return self._parts.emulators

    @property
    def upstream_connections(self) -> int:
        """How many connections to upstreams were opened; in a replay always 0."""
        return self._parts.connections

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, if requests go to it; None in a replay, or with another upstream."""
        return self._parts.emulator

    @property
    def holds_nothing(self) -> bool:
        """Whether there is nothing to write out or to close."""
        return self._parts.closing.is_idle

    async def close(self, grace: float) -> None:
        """Finish all recordings, and close all parts, latest part first, within `grace` seconds. What takes longer is given up.

        This order closes an upstream only after the token requests to it have ended.
        """
        await self._parts.closing.aclose(grace)


def scope_of(config: Config, decks: Sequence[Deck]) -> str:
    """Return the scope of places in a cassette. Gateways that play the same cassette in the same way have the same scope.

    In a replay the scope depends on the cassette's content. In mode auto it depends on its name: the cassette grows, and places stay.
    """
    digest = blake2b(repr(config.cassettes.match).encode(), digest_size=16)
    for deck in decks:
        digest.update(repr((deck.mode, deck.cassette.name)).encode())
        if deck.mode == "replay":
            with deck.cassette.open("rb") as file:
                while part := file.read(1 << 20):
                    digest.update(part)
    return digest.hexdigest()


def assemble(
    config: Config,
    environ: Mapping[str, str],
    observe: Observe,
    *,
    around: Callable[[Send], Send] = lambda send: send,
    cassette: Path | None = None,
    lasting: Lasting | None = None,
    faults: Faults | None = None,
    before: Gateway | None = None,
    health: Health | None = None,
    member: Member | None = None,
) -> Gateway:
    """Put together what `config` describes.

    * `observe` makes the observers. `around` wraps the sender of the rules' requests. `health` answers probes.
    * `cassette` replaces the configured cassette. `faults` are a test's; more may be added later.
    * `lasting` has what the gateways of this process share. `member` is this gateway's part in a fleet.
    * `before` is the gateway that this one replaces. `wiring/taking_over.py` says which memory about devices is kept.

    Raises CassetteError for a missing or broken cassette, RedactionKeyError for an invalid key, and ClientError for missing secrets of the
    client.
    """
    lasting = lasting or Lasting()
    redaction = lasting.redaction(config, environ)
    state = _state_of(redaction, before, member)
    observers = observe(redaction, state)
    for place, instead in deprecated_of_all(config):
        if lasting.says(place):
            observers.warn("deprecated configuration", where=place, hint=f"write {instead}")
    if before is not None:
        observers = observers.after(before.exchanges.observers)
    parts = Parts(
        config,
        environ=environ,
        lasting=lasting,
        redaction=redaction,
        state=state,
        warn=observers.warn,
        counts=before.counts if before is not None else Counts(),
        emulators=before.emulators if before is not None else {},
        member=member,
    )
    for writing in (parts.history(), parts.shared()):
        observers = observers if writing is None else observers.and_also(writing)
    decks = Decks(parts, observers, cassette)
    main = decks.of(config)
    own = {name: of_device(config, name) for name in with_settings(config)}
    for of in own.values():
        decks.of(of)
    parts.audit = live_audit(
        config, state=state, origins=parts.origin, redaction=redaction, observers=observers, lasting=lasting
    )
    is_faulty = any(of.faults for _, of in each_way(config)) or faults is not None
    faults, begun = Faults() if faults is None else faults, monotonic()
    faults.configured = given_of(config.faults, begun)

    def wrapped(deck: Deck, faults: Faults) -> Send:
        send = faults.around(deck.sending.send, state, monotonic) if is_faulty else deck.sending.send
        send = around(deck.cross_origin.around(send, recorded=deck.preflights))
        return send if member is None else member.outage.guard(send)

    def pipeline(name: str, of: Config) -> Pipeline:
        deck, said = decks.of(of), config.devices[name].faults
        return Pipeline(
            wrapped(deck, faults if said is None else faults.of_device(given_of(said, begun, name))),
            observers=deck.observers,
            state=state,
            rules=rules_of(of),
            audit=parts.audit,
            cross_origin=deck.cross_origin,
            max_body=config.limits.max_body,
        )

    named = named_devices_of(config)
    exchanges = Exchanges(
        wrapped(main, faults),
        routing=routing_of(config),
        forwarded=forwarded_of(config),
        observers=main.observers,
        devices=Devices(redaction.key, state, named.name_of),
        named=named,
        state=state,
        rules=rules_of(config),
        audit=parts.audit,
        cross_origin=main.cross_origin,
        max_body=config.limits.max_body,
        max_head=config.limits.max_head,
        health=health,
        finishing=faults.waits.end,
        pipelines={name: pipeline(name, of) for name, of in own.items()},
        untraced=as_it_is if _reads_traces(config, redaction) else untraced_by(redaction),
    )
    return Gateway(
        exchanges,
        decks=decks.all,
        redaction=redaction,
        state=state,
        faults=faults,
        named=named,
        _parts=parts,
        scope=scope_of(config, decks.all) if member is not None else "",
    )


def _reads_traces(config: Config, redaction: Redaction) -> bool:
    """Whether a part of a configuration may read the header fields that number or trace a call."""
    if redaction.policy.patterns:
        return True
    return any(of.rules or any("header" in entry for entry in of.cassettes.match) for _, of in each_way(config))


def _state_of(redaction: Redaction, before: Gateway | None, member: Member | None) -> MemoryState:
    """Return the state for a gateway: the state of the gateway before it, if both have the same redaction key."""
    if before is not None and redaction.key == before.redaction.key:  # under another key, devices have other keys
        return before.state
    if before is not None and member is not None:
        raise RedactionKeyError(OTHER_KEY)
    return MemoryState() if member is None else member.state
