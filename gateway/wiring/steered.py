"""A gateway whose mode, cassette and upstream may change while it runs: the gateway of `gateway run`, or a session's.

Each change assembles a new gateway, which replaces the old one. Exchanges in flight finish in the old gateway.
"""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from gateway.cassettes.errors import CassetteError
from gateway.config import Config
from gateway.config.combinations import clashes
from gateway.config.of_devices import modes_of, of_device
from gateway.control.naming import shown_name
from gateway.control.steering import Choice, NotAllowedError, NotPossibleError, Setting
from gateway.core.mistake import Mistake
from gateway.core.model import Leg
from gateway.core.named_devices import NamedDevices
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState, SharedState
from gateway.exchanges.current import CurrentExchanges
from gateway.exchanges.health import Health
from gateway.exchanges.journal import Journal
from gateway.exchanges.observers import Observer, Observers, Unheard
from gateway.system.tasks import Tasks
from gateway.transports.faults import Faults, GivenFault
from gateway.transports.overrides import Override, Overrides
from gateway.transports.player import Player
from gateway.transports.recorder import Counts
from gateway.wire.server import GRACE_SECONDS
from gateway.wiring.assembly import Gateway, assemble
from gateway.wiring.given_fault import given_fault
from gateway.wiring.lasting import Lasting
from gateway.wiring.saving import save
from gateway.wiring.taking_over import learn, plays_on, take_over

if TYPE_CHECKING:
    from gateway.emulator import Emulator
    from gateway.fleet.member import Member

FOREVER = 365 * 86400.0
"""How many seconds an exchange may take if nothing waits for its end."""
LEAST = 0.1
"""How many seconds a gateway gets to close if it has no exchange in flight."""
Observing: TypeAlias = Callable[[Redaction, SharedState], Sequence[Observer]]
"""Makes the observers of one gateway, besides the journal."""


class SteeredGateway:
    """A gateway that can be replaced. Handler, journal and expectations stay the same."""

    def __init__(
        self,
        config: Config,
        environ: Mapping[str, str],
        observing: Observing,
        *,
        lasting: Lasting,
        health: Health | None = None,
        cassette: Path | None = None,
        journal: Journal | None = None,
        member: Member | None = None,
    ) -> None:
        """`cassette` replaces the configured cassette, until another one is chosen. Without a `journal` no exchange is kept.

        `member`: its part in a fleet.

        Raises the same errors as `assemble`.
        """
        self.config = config
        self.url = ""
        """The address for apps; the code that listens sets it."""
        self.journal = journal or Journal()
        self.closed = False
        self.overrides = Overrides()
        self._faults: list[GivenFault] = []
        """The faults that were added while it runs."""
        self._next_fault = 1
        self._keeping = [] if journal is None else [journal]
        self._member = member
        self._environ = environ
        self._observing = observing
        self._lasting = lasting
        self._health = health
        self._given = cassette
        self.reading = asyncio.Lock()
        """Lock for reading and applying the configuration, so that an older one never replaces a newer one."""
        self._changing = asyncio.Lock()
        self._ending = Tasks()
        self._leaving: list[Gateway] = []
        """The replaced gateways that still have exchanges in flight."""
        self._connections = 0
        """How many connections to upstreams the closed gateways had opened."""
        self.changed: Callable[[Config], None] = lambda _: None
        """Is called with each new configuration."""
        self.left: Callable[[], None] = lambda: None
        """Is called, in a thread, when a replaced gateway is closed."""
        self.commanded: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
        """A context that each change by a person or the API enters, so that the fleet follows it. Raises NotPossibleError if the fleet
        cannot follow."""
        self.gateway = self._assembled(config, cassette, None)
        self._play()
        self.handler = CurrentExchanges(self.gateway.exchanges)

    # --- the present setting ---------------------------------------------------------------------------------------------

    @property
    def setting(self) -> Setting:
        """Its present setting."""
        return setting_of(self.config)

    def setting_of(self, device: str) -> Setting:
        """Return the setting for the calls of a named device."""
        return setting_of(self.config, device)

    @property
    def state(self) -> MemoryState:
        """The data that outlives an exchange."""
        return self.gateway.state

    @property
    def counts(self) -> Counts:
        """The counts of recordings, in all gateways together."""
        return self.gateway.counts

    @property
    def unheard(self) -> Unheard:
        """The failures of observers."""
        return self.gateway.exchanges.observers.unheard

    @property
    def leaving(self) -> Sequence[Gateway]:
        """The replaced gateways that still have exchanges in flight."""
        return self._leaving

    @property
    def faults(self) -> Faults:
        """Its faults."""
        return self.gateway.faults

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, if requests go to it."""
        return self.gateway.emulator

    @property
    def redaction(self) -> Redaction:
        """Removes secrets. It knows the secrets that this gateway has met."""
        return self.gateway.redaction

    @property
    def player(self) -> Player | None:
        """The player of the cassette; None without a player."""
        return self.gateway.player

    @property
    def players(self) -> Mapping[Path, Player]:
        """The players, by cassette."""
        return self.gateway.players

    async def played(self, cassette: Path) -> Sequence[bool]:
        """Return for each interaction of a cassette whether it was played; empty if the cassette is not played."""
        player = self.players.get(cassette)
        return player.played if player is not None else ()

    @property
    def recorded(self) -> Collection[Path]:
        """The files that it records into."""
        return self.gateway.recorded

    @property
    def named(self) -> NamedDevices:
        """The devices that the configuration names."""
        return self.gateway.named

    @property
    def cassette(self) -> Path | None:
        """The file that is played or recorded; None in passthrough."""
        return self.gateway.cassette

    @property
    def upstream_connections(self) -> int:
        """How many connections to upstreams were opened so far."""
        return self._connections + sum(one.upstream_connections for one in (*self._leaving, self.gateway))

    # --- changes ---------------------------------------------------------------------------------------------------------

    async def choose(self, choice: Choice) -> None:
        """Change mode, upstream or cassette. Raises NotAllowedError and NotPossibleError. After an error nothing has changed."""
        if self._given is not None and choice != Choice():
            message = "The cassette is being recorded again (--re-record). Until the end of the run, mode, upstream and cassette stay."
            raise NotPossibleError(message)
        try:
            async with self.commanded():
                await self.become(await chosen(self.config, choice))
                self.state.rewind()
        except CassetteError as error:
            raise NotPossibleError(_without_folder(error, self.config.cassettes.dir)) from error
        except Mistake as error:
            raise NotPossibleError(str(error)) from error

    async def become(self, config: Config, observing: Observing | None = None) -> None:
        """Change to `config` for all new exchanges. Raises the same errors as `assemble`; after an error nothing has changed.

        `observing` replaces the maker of observers. `taking_over.py` says which memory about devices is kept. The change and the caller's
        next lines are one step of the event loop.
        """
        async with self._changing:
            before = self.gateway
            given = self._given if config.cassette_path() == self.config.cassette_path() else None
            heard = observing or self._observing
            gateway, same = await to_thread(self._taking_over, config, given, before, heard)
            known = await learn(before, gateway, 0)
            # from here on: one step of the event loop
            take_over(before, gateway, plays_on=same)
            self.config, self.gateway, self._given, self._observing = config, gateway, given, heard
            self._play()
            self.handler.hand_to(gateway.exchanges)
            self._leaving.append(before)
            self.changed(config)
            self._ending.start(self._end(before, known))

    @property
    def configured_cassette(self) -> Path:
        """The file to play or record. In passthrough it waits for another mode."""
        return self.config.cassette_path()

    async def give_fault(self, said: object) -> None:
        """Add a fault, in force from now on. `said` is an entry of `faults`. Raises ValueError, which says what is wrong."""
        async with self.commanded():
            key = f"f{self._next_fault}"
            self._next_fault += 1  # before the wait, since another fault may come meanwhile
            self._faults.append(await to_thread(given_fault, said, self.config, key))
            await self._told()

    async def end_faults(self, key: str | None = None) -> bool:
        """End the added fault with this key; without a key, all added faults. Return whether there was one."""
        async with self.commanded():
            ended = self.gateway.faults.end(key)
            await self._told()
            return ended

    async def have_faults(self, faults: Sequence[GivenFault]) -> None:
        """Replace the added faults with `faults`, which come from another gateway of the fleet."""
        self._faults[:] = faults
        numbers = [int(one.planned.key[1:]) for one in faults if one.planned.key[1:].isdecimal()]
        self._next_fault = max([self._next_fault - 1, *numbers]) + 1
        await self._told()

    async def _told(self) -> None:
        """Is called after a change of faults or expectations. Here there is nothing to do: every reader sees the change."""

    async def expect(self, override: Override) -> None:
        """Let `override` answer the next request that fits. Raises NotPossibleError."""
        self.overrides.waiting.append(override)

    async def forget_expectations(self) -> None:
        """Drop all expectations."""
        self.overrides.waiting.clear()

    async def caught_up(self) -> None:
        """Fetch everything that will be shown. Here there is nothing to fetch."""

    async def rewind(self) -> None:
        """Let every sequence play from its start. In mode auto, interactions that were recorded in this run play, too."""
        if "auto" in modes_of(self.config):
            await self.choose(Choice())
        self.state.rewind()

    async def saved(self, cassette: Path, legs: Sequence[Leg], exchange_id: str, at: float) -> int:
        """Redact legs, append them to a cassette, and return how many. Raises NotPossibleError."""
        return await save(self.gateway, self._environ, cassette, legs, exchange_id, at)

    async def close(self, grace: float) -> None:
        """Finish recordings and close everything within `grace` seconds. Exchanges that are then still in flight are given up."""
        self.closed = True
        end = monotonic() + grace
        if self._ending:
            await asyncio.wait(self._ending, timeout=LEAST)
        for ending in self._ending:
            ending.cancel()
        for gateway in (*self._leaving, self.gateway):
            await gateway.close(max(0.0, end - monotonic()))

    async def _end(self, gateway: Gateway, known: int) -> None:
        """Let a gateway's exchanges in flight finish without a time limit, and close the gateway."""
        await gateway.exchanges.finish(FOREVER)
        await learn(gateway, self.gateway, known)
        await gateway.close(GRACE_SECONDS)
        self._leaving.remove(gateway)
        self._connections += gateway.upstream_connections
        del gateway
        await to_thread(self.left)

    def _taking_over(
        self, config: Config, cassette: Path | None, before: Gateway, observing: Observing
    ) -> tuple[Gateway, bool]:
        gateway = self._assembled(config, cassette, before, observing)
        return gateway, plays_on(before, gateway)

    def _assembled(
        self, config: Config, cassette: Path | None, before: Gateway | None, observing: Observing | None = None
    ) -> Gateway:
        def observe(redaction: Redaction, state: SharedState) -> Observers:
            first = [self._member.began] if self._member is not None else []
            return Observers([*first, *(observing or self._observing)(redaction, state), *self._keeping])

        with self._lasting.lock:
            return assemble(
                config,
                self._environ,
                observe,
                around=self.overrides.around,
                faults=Faults(self._faults),
                cassette=cassette,
                lasting=self._lasting,
                before=before,
                health=self._health,
                member=self._member,
            )

    def _play(self) -> None:
        """Tell the fleet which cassette is played from now on."""
        if self._member is not None:
            self._member.state.scope = self.gateway.scope


def setting_of(config: Config, device: str = "") -> Setting:
    """Return the setting that a configuration has in general, or for a named device."""
    of, upstream = config, None
    if device in config.devices:
        of, upstream = of_device(config, device), config.devices[device].upstream
    return Setting(of.mode, upstream or of.upstream, shown_name(of.cassettes.dir, of.cassette_path()))


async def chosen(config: Config, choice: Choice) -> Config:
    """Return the configuration with a change.

    Raises NotAllowedError if `control.allow` does not allow it, and NotPossibleError if it contradicts the rest of the configuration.
    """
    changed = _changed(config, choice)
    if wrong := await to_thread(lambda: [clash.message for clash in clashes(changed, frozenset())]):
        raise NotPossibleError("; ".join(wrong))
    return changed


def _changed(config: Config, choice: Choice) -> Config:
    allowed = "network" in config.control.allow
    if choice.mode not in {None, "replay"} and config.mode == "replay" and not allowed:
        message = "To leave mode replay, set control.allow: [network] in the configuration."
        raise NotAllowedError(message)
    if choice.upstream is not None:
        upstream = config.upstreams.get(choice.upstream)
        if upstream is None:
            message = f"Expected the name of an upstream: {', '.join(config.upstreams)}."
            raise NotPossibleError(message)
        if choice.upstream != config.upstream and not upstream.origin.is_built_in and not allowed:
            message = "To use an upstream on a network, set control.allow: [network] in the configuration."
            raise NotAllowedError(message)
    cassettes = config.cassettes
    if choice.cassette is not None:
        cassettes = replace(cassettes, name=str(choice.cassette.absolute()))
    return replace(
        config, mode=choice.mode or config.mode, upstream=choice.upstream or config.upstream, cassettes=cassettes
    )


def _without_folder(error: CassetteError, folder: Path) -> str:
    """Return the text of an error, with the cassette's name in place of its path."""
    return str(error).replace(f"{folder.absolute()}/", "").replace(f"{folder}/", "")
