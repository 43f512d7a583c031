"""Puts the pieces together: a configuration becomes a gateway. A mode is nothing but which `send` is made: one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from gateway.config import Config, deprecated
from gateway.config.faults import planned
from gateway.config.plain_values import plain
from gateway.config.to_core import forwarded_of, named_devices_of, routing_of, rules_of
from gateway.core.devices import Devices
from gateway.core.model import Send
from gateway.core.recorded import heads_of
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState, SharedState
from gateway.exchanges.driver import Exchanges
from gateway.exchanges.health import Health
from gateway.exchanges.observers import Observers
from gateway.transports.faults import Faults, GivenFault
from gateway.transports.player import Player
from gateway.transports.recorder import Counts
from gateway.wiring.audit import live_audit
from gateway.wiring.keys import RedactionKeyError
from gateway.wiring.lasting import Lasting
from gateway.wiring.parts import Parts

if TYPE_CHECKING:
    from gateway.emulator import Emulator
    from gateway.fleet.member import Member

OTHER_KEY = (
    "redaction.key_file: expected the key that the fleet's gateways have, found another one; start the gateway again"
)

Observe: TypeAlias = Callable[[Redaction, SharedState], Observers]


class ModeParts(Struct, frozen=True):
    """What a mode comes to."""

    send: Send
    player: Player | None = None


def passthrough(parts: Parts) -> ModeParts:
    """Send everything on."""
    return ModeParts(parts.authorized(parts.to_upstreams))


def record(parts: Parts) -> ModeParts:
    """Send everything on, and record it."""
    return ModeParts(parts.authorized(parts.recorder().send))


def replay(parts: Parts) -> ModeParts:
    """Answer from the cassette: there is nothing that could reach a network."""
    player = parts.player(parts.held())
    return ModeParts(parts.registrar(player).send, player)


def auto(parts: Parts) -> ModeParts:
    """Answer from the cassette, and record what it lacks."""
    held = parts.held() if parts.cassette.exists() else ()
    player = parts.player(held, otherwise=parts.authorized(parts.recorder().send))
    return ModeParts(player.send, player)


MODES: Mapping[str, Callable[[Parts], ModeParts]] = {
    "passthrough": passthrough,
    "record": record,
    "replay": replay,
    "auto": auto,
}


class Gateway(Struct):
    """What a configuration becomes: what is done with messages, and what that takes. It listens nowhere yet."""

    exchanges: Exchanges
    cassette: Path | None
    """The cassette that is read or written; None in passthrough."""
    redaction: Redaction
    player: Player | None
    state: MemoryState
    """What outlives its exchanges."""
    faults: Faults
    """What is done to its calls on purpose."""
    _parts: Parts
    scope: str = ""
    """What is played, and how, as a fleet tells it from what else is played."""

    @property
    def counts(self) -> Counts:
        """What became of what was to be recorded."""
        return self._parts.counts

    @property
    def parts(self) -> Parts:
        """What it was put together from."""
        return self._parts

    @property
    def config(self) -> Config:
        """What it was made of."""
        return self._parts.config

    @property
    def emulators(self) -> dict[str, Emulator]:
        """The built-in emulator, where one was used, by what the configuration says of it."""
        return self._parts.emulators

    @property
    def upstream_connections(self) -> int:
        """How many connections to upstreams were opened; in a replay there is nothing that could open one."""
        return self._parts.connections

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, where requests go to it; None in a replay, and with another upstream."""
        return self._parts.emulator

    @property
    def holds_nothing(self) -> bool:
        """Whether there is nothing to write out or to close."""
        return self._parts.closing.is_idle

    async def close(self, grace: float) -> None:
        """Write out what is being recorded, and close everything, within `grace` seconds: what was made last first.

        So a client's token request is waited for before the upstream that it goes to is closed. What takes longer is given up.
        """
        await self._parts.closing.aclose(grace)


def scope_of(config: Config, cassette: Path) -> str:
    """Return what tells the places in a cassette from those in another one, the same in each gateway that plays it alike.

    In mode auto that is its name: it grows, and the places in it stay.
    """
    if config.mode not in {"replay", "auto"}:
        return config.mode
    digest = blake2b(repr((config.mode, cassette.name, config.cassettes.match)).encode(), digest_size=16)
    if config.mode == "replay":
        with cassette.open("rb") as file:
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

    `observe` makes what hears of exchanges and warnings; `around` wraps what sends the rules' requests; `cassette` goes
    before the one that is configured; `lasting` is what this gateway shares with others; `faults` are a test's, which may grow.
    `before` is the gateway whose place
    this one takes: what is known of devices goes on, as far as it still means the same (`wiring/taking_over.py`). `health` answers probes.
    `member`: its part in a fleet.

    A cassette that is missing or broken is a CassetteError, a key that is none a RedactionKeyError, secrets of the client that are
    missing a ClientError.
    """
    lasting = lasting or Lasting()
    redaction = lasting.redaction(config, environ)
    state = MemoryState() if member is None else member.state
    if before is not None and redaction.key == before.redaction.key:  # under another key every device has another one
        state = before.state
    elif before is not None and member is not None:
        raise RedactionKeyError(OTHER_KEY)
    observers = observe(redaction, state)
    for place, instead in deprecated(config):
        if lasting.says(place):
            observers.warn("deprecated configuration", where=place, hint=f"write {instead}")
    rules = rules_of(config)
    if before is not None:
        observers = observers.after(before.exchanges.observers)
    parts = Parts(
        config,
        cassette or config.cassette_path(),
        environ=environ,
        lasting=lasting,
        redaction=redaction,
        state=state,
        rules=rules,
        warn=observers.warn,
        counts=before.counts if before is not None else Counts(),
        emulators=before.emulators if before is not None else {},
        member=member,
    )
    sending = MODES[config.mode](parts)
    cross_origin, player = parts.cross_origin(), sending.player
    asked_before = (
        config.mode == "replay"
        and player is not None
        and any(head.method == "OPTIONS" for head in heads_of(player.interactions))
    )
    for writing in (parts.noting(), parts.history(), parts.shared()):
        observers = observers if writing is None else observers.and_also(writing)
    parts.audit = live_audit(
        config, state=state, origins=parts.origin, redaction=redaction, observers=observers, lasting=lasting
    )
    send = sending.send
    is_faulty = bool(config.faults) or faults is not None
    faults = Faults() if faults is None else faults
    if is_faulty:
        faults.configured = [
            GivenFault(fault, plain(entry))
            for fault, entry in zip(planned(config.faults, monotonic()), config.faults, strict=True)
        ]
        send = faults.around(send, state, monotonic)
    named = named_devices_of(config)
    send = around(cross_origin.around(send, recorded=asked_before))
    exchanges = Exchanges(
        send if member is None else member.outage.guard(send),
        routing=routing_of(config),
        forwarded=forwarded_of(config),
        observers=observers,
        devices=Devices(redaction.key, state, named.name_of),
        named=named,
        state=state,
        rules=rules,
        audit=parts.audit,
        cross_origin=cross_origin,
        max_body=config.limits.max_body,
        max_head=config.limits.max_head,
        health=health,
        finishing=faults.waits.end,
    )
    return Gateway(
        exchanges,
        cassette=parts.cassette if config.mode != "passthrough" else None,
        redaction=redaction,
        player=sending.player,
        state=state,
        faults=faults,
        _parts=parts,
        scope=scope_of(config, parts.cassette) if member is not None else "",
    )
