"""The redaction that transports use. It may take long, so it is awaited, and it may give up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from gateway.core.model import Interaction, Request, Response


class NotRedactedError(Exception):
    """A message was not redacted, so nothing of it may be kept. The error's text quotes nothing of the message."""


class Recording(Struct, frozen=True):
    """A leg without its secrets, in the form of a cassette. Only redaction makes this value."""

    block: bytes
    """The text that is appended to the cassette, or to the file of findings."""
    leaks: tuple[str, ...] = ()
    """The places where the last search found a remaining secret, each with its kind. Such a recording must not be written."""


class RepeatedBlock(Protocol):
    """The block of a leg that repeats, with blanks for the values that differ each time."""

    @property
    def is_valid(self) -> bool:
        """Whether no secret was met since the block was made."""

    def filled(self, id_: str, recorded_at: str, elapsed_ms: int) -> bytes:
        """Return the block of one more leg. Its id must be harmless."""


class Redactor(Protocol):
    """Redacts without blocking the loop. Each method raises NotRedactedError if the work is too much, or fails."""

    async def record(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make a recording of a leg whose bodies are whole."""

    def form(
        self, request: Request, response: Response, *, origin: str, notes: Mapping[str, object]
    ) -> RepeatedBlock | None:
        """Return the block of a leg that repeats an earlier one; None if `record` must make the block. `notes` are the notes about the leg."""

    def are_harmless(self, ids: Sequence[str]) -> bool:
        """Whether all these ids may fill blanks: each id has the usual form, and no id contains a secret or looks like a secret."""

    async def noted(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make an entry of the file of findings from a call, without its bodies. It is not a block of a cassette."""

    async def kept(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make an entry of the history from an exchange. A body that is not kept is empty."""

    async def compared(self, request: Request, *, whole: bool) -> Request:
        """Return a request with a wildcard for each secret. Header fields and body are included only if `whole`."""

    async def shown(self, request: Request) -> Request:
        """Return a request with a pseudonym for each secret, to be compared with recorded ones."""

    async def target(self, target: str) -> str:
        """Return a request target without its secrets."""

    async def answer(self, interaction: Interaction) -> Response:
        """Return the answer of an interaction without its secrets. It was redacted under another policy, or never."""
