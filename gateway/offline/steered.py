"""The gateway of one command, or of one test, as the control listener sees it: it can be looked at and rewound, and keeps its mode and cassette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from gateway.config import Config
from gateway.control.naming import shown_name
from gateway.control.steering import Choice, NotPossibleError, Setting
from gateway.core.model import Leg
from gateway.core.redaction import Redaction
from gateway.core.state import SharedState
from gateway.exchanges.journal import Journal
from gateway.transports.overrides import Overrides
from gateway.transports.player import Player
from gateway.wiring.assembly import Gateway

KEPT = "What became of this gateway's own cassette is said in the end, so that one stays. Open a session: POST /api/sessions."


class CommandGateway:
    """What `gateway exec` runs beside its command, and the fixture `gateway` for a test."""

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

    @property
    def setting(self) -> Setting:
        """How it stands."""
        config = self.config
        return Setting(config.mode, config.upstream, shown_name(config.cassettes.dir, config.cassette_path()))

    @property
    def redaction(self) -> Redaction:
        """What removes secrets, and knows those that were met."""
        return self._gateway().redaction

    @property
    def state(self) -> SharedState:
        """What outlives its exchanges."""
        return self._gateway().state

    @property
    def player(self) -> Player | None:
        """What plays the cassette; None where nothing does."""
        return self._gateway().player

    @property
    def cassette(self) -> Path | None:
        """The file that is played or recorded."""
        return self._gateway().cassette

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
