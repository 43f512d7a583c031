"""The gateway of one command or one test for the control listener. The API can read it and rewind it. It keeps its mode and cassette."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gateway.config import Config
from gateway.control.naming import shown_name
from gateway.control.steering import Choice, NotPossibleError, Setting
from gateway.core.model import Leg
from gateway.core.named_devices import NamedDevices
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.journal import Journal
from gateway.transports.faults import Faults
from gateway.transports.overrides import Override, Overrides
from gateway.transports.player import Player
from gateway.wiring.assembly import Gateway
from gateway.wiring.given_fault import given_fault

if TYPE_CHECKING:
    from gateway.emulator import Emulator

KEPT = "This gateway keeps its mode and cassette, since the report at the end is about them. Open a session: POST /api/sessions."


class CommandGateway:
    """Gives the control API access to the gateway of `gateway exec`, or of a test."""

    def __init__(
        self, config: Config, url: str, gateway: Callable[[], Gateway], journal: Journal, overrides: Overrides
    ) -> None:
        """`gateway` returns the present gateway."""
        self.config = config
        self.url = url
        """The gateway's address for the command."""
        self.journal = journal
        self.overrides = overrides
        self.closed = False
        self._gateway = gateway
        self._next_fault = 1

    @property
    def setting(self) -> Setting:
        """The present setting."""
        config = self.config
        return Setting(config.mode, config.upstream, shown_name(config.cassettes.dir, config.cassette_path()))

    def setting_of(self, device: str) -> Setting:
        """Return the present setting. It is the same for all devices."""
        del device
        return self.setting

    @property
    def faults(self) -> Faults:
        """The faults."""
        return self._gateway().faults

    async def end_faults(self, key: str | None = None) -> bool:
        """End the added fault with this key; without a key, end all added faults. Return whether there was one."""
        return self.faults.end(key)

    async def expect(self, override: Override) -> None:
        """Give this answer to the next matching request."""
        self.overrides.waiting.append(override)

    async def forget_expectations(self) -> None:
        """Remove all waiting answers."""
        self.overrides.waiting.clear()

    async def caught_up(self) -> None:
        """Do nothing: all exchanges are always here."""

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator. None if requests go to another upstream."""
        return self._gateway().emulator

    @property
    def redaction(self) -> Redaction:
        """The redaction, with the secrets that it has met."""
        return self._gateway().redaction

    @property
    def state(self) -> SharedState:
        """The state that outlives its exchanges."""
        return self._gateway().state

    @property
    def players(self) -> Mapping[Path, Player]:
        """The players, by cassette."""
        return self._gateway().players

    async def played(self, cassette: Path) -> Sequence[bool]:
        """Return for each interaction of a cassette whether it was played; empty if the cassette is not played."""
        player = self.players.get(cassette)
        return player.played if player is not None else ()

    @property
    def recorded(self) -> Collection[Path]:
        """The files into which the gateway records."""
        return self._gateway().recorded

    @property
    def named(self) -> NamedDevices:
        """The devices that the configuration names."""
        return self._gateway().named

    @property
    def cassette(self) -> Path | None:
        """The file that is played or recorded."""
        return self._gateway().cassette

    @property
    def configured_cassette(self) -> Path:
        """The file that the configuration names, in every mode."""
        return self.config.cassette_path()

    async def give_fault(self, said: object) -> None:
        """Add a fault from an entry of `faults`. A ValueError names its mistake."""
        key = f"f{self._next_fault}"
        self._next_fault += 1  # before the wait, since another fault may come meanwhile
        given = await to_thread(given_fault, said, self.config, key)
        self.faults.given.append(given)

    async def choose(self, choice: Choice) -> NoReturn:
        """Refuse: raises NotPossibleError."""
        del choice
        raise NotPossibleError(KEPT)

    async def rewind(self) -> None:
        """Let every sequence play from its start. NotPossibleError in mode auto, which needs a new gateway for this."""
        if self.config.mode == "auto":
            raise NotPossibleError(KEPT)
        self.state.rewind()

    async def saved(self, cassette: Path, legs: Sequence[Leg], exchange_id: str, at: float) -> NoReturn:
        """Refuse: raises NotPossibleError."""
        del cassette, legs, exchange_id, at
        raise NotPossibleError(KEPT)
