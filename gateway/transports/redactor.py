"""The redaction that transports use. It may take long, so it is awaited, and it may give up."""

from __future__ import annotations

from collections.abc import Mapping
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


class Redactor(Protocol):
    """Redacts without blocking the loop. Each method raises NotRedactedError if the work is too much, or fails."""

    async def record(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make a recording of a leg whose bodies are whole."""

    def again(
        self,
        request: Request,
        response: Response,
        *,
        origin: str,
        notes: Mapping[str, object],
        blanks: Mapping[str, object],
    ) -> bytes | None:
        """Return the block of a leg that equals an earlier one except for `blanks`. None if `record` must make the block.

        `notes` and `blanks` are the facts about the leg. `blanks` are its id, its time and its duration.
        """

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
