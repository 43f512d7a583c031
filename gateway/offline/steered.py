"""The gateway of one command, or of one test, as the control listener sees it: it can be looked at and rewound, and keeps its mode and cassette."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gateway.config import Config
from gateway.control.naming import shown_name
from gateway.control.steering import Choice, NotPossibleError, Setting
from gateway.core.model import Leg
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.journal import Journal
from gateway.transports.faults import Faults
from gateway.transports.overrides import Overrides
from gateway.transports.player import Player
from gateway.wiring.assembly import Gateway
from gateway.wiring.given_fault import given_fault

if TYPE_CHECKING:
    from gateway.emulator import Emulator

KEPT = "What became of this gateway's own cassette is said in the end, so that one stays. Open a session: POST /api/sessions."


class CommandGateway:
    """Gives the control API access to the gateway of `gateway exec`, or of a test."""

    def __init__(
        self, config: Config, url: str, gateway: Callable[[], Gateway], journal: Journal, overrides: Overrides
    ) -> None:
        """`gateway` returns the one of the moment."""
        self.config = config
        self.url = url
        """Where the command reaches it."""
        self.journal = journal
        self.overrides = overrides
        self.closed = False
        self._gateway = gateway
        self._next_fault = 1

    @property
    def setting(self) -> Setting:
        """How it stands."""
        config = self.config
        return Setting(config.mode, config.upstream, shown_name(config.cassettes.dir, config.cassette_path()))

    @property
    def faults(self) -> Faults:
        """The faults."""
        return self._gateway().faults

    @property
    def emulator(self) -> Emulator | None:
        """The built-in emulator, where requests go to it."""
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
    def player(self) -> Player | None:
        """The player of the cassette; None if nothing does."""
        return self._gateway().player

    @property
    def cassette(self) -> Path | None:
        """The file that is played or recorded."""
        return self._gateway().cassette

    @property
    def configured_cassette(self) -> Path:
        """The file that is played or recorded as soon as its mode does either."""
        return self.config.cassette_path()

    async def give_fault(self, said: object) -> None:
        """Add a fault from an entry of `faults`; a ValueError names its mistake."""
        key = f"f{self._next_fault}"
        self._next_fault += 1  # before the wait, in which another one may come
        given = await to_thread(given_fault, said, self.config, key)
        self.faults.given.append(given)

    async def choose(self, choice: Choice) -> NoReturn:
        """Refuse: raises NotPossibleError."""
        del choice
        raise NotPossibleError(KEPT)

    async def rewind(self) -> None:
        """Let every sequence play from its start; raises NotPossibleError in mode auto, where that takes another gateway."""
        if self.config.mode == "auto":
            raise NotPossibleError(KEPT)
        self.state.rewind()

    async def saved(self, cassette: Path, legs: Sequence[Leg], exchange_id: str, at: float) -> NoReturn:
        """Refuse: raises NotPossibleError."""
        del cassette, legs, exchange_id, at
        raise NotPossibleError(KEPT)
