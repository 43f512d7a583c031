"""The redaction that transports need. It may take long, so it is awaited, and may be given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from gateway.core.model import Interaction, Request, Response


class NotRedactedError(Exception):
    """A message was not redacted, so nothing of it may be kept. Its text quotes nothing of the message."""


class Recording(Struct, frozen=True):
    """A leg without its secrets, as a cassette holds it: only redaction makes one, or nothing does."""

    block: bytes
    """What is appended to the cassette, or to the file of findings."""
    leaks: tuple[str, ...] = ()
    """Where the last look found a secret that is left, and of which kind: what must not be written."""


class RepeatedBlock(Protocol):
    """The block of a leg that repeats, with blanks for what differs each time."""

    def filled(self, id_: str, recorded_at: str, elapsed_ms: int) -> bytes | None:
        """Return the block of one more leg; None where a secret was met meanwhile, or its id looks like one."""


class Redactor(Protocol):
    """Redacts while the loop goes on. Each method raises NotRedactedError for what is too much work, or cannot be done."""

    async def record(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make a recording of a leg whose bodies are whole."""

    def form(
        self, request: Request, response: Response, *, origin: str, notes: Mapping[str, object]
    ) -> RepeatedBlock | None:
        """Return the block of a leg of which the same was recorded before; None where that is to be made by `record`.

        `notes` are what is said about it each time.
        """

    async def noted(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make of a call without its bodies what the file of findings holds, which is no block of a cassette."""

    async def kept(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make of an exchange what the history holds; a body that is not kept is empty."""

    async def compared(self, request: Request, *, whole: bool) -> Request:
        """Return a request with a wildcard for each secret; header fields and body only when `whole`."""

    async def shown(self, request: Request) -> Request:
        """Return a request with a pseudonym for each secret, to be compared with recorded ones."""

    async def target(self, target: str) -> str:
        """Return a request target without its secrets."""

    async def answer(self, interaction: Interaction) -> Response:
        """Return the answer of an interaction that another policy redacted, or none, without its secrets."""
