"""Index entries of recorded interactions: enough to find them, without their headers and bodies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from sys import intern

from msgspec import Struct

from gateway.core.adobe.tokens import Jwt, read_jwt
from gateway.core.devices import device_identifier
from gateway.core.model import Interaction
from gateway.core.secrets.scrub import JWT


class RecordedHead(Struct, frozen=True, gc=False):
    """The parts of a recorded interaction that find it. A cassette has thousands, so equal parts are one object."""

    origin: str
    method: str
    target: str
    device: str
    """The device's identifier, as `device_identifier` reads it from the whole request."""
    recorded_at: str
    source: str
    """The source of the answer, from `x_gateway.source`."""
    policy: str | None
    """The number of the policy that redacted it; None if it was not redacted."""
    key_id: str | None
    """The name of the key of its pseudonyms; empty if it is unknown, None if the interaction was not redacted."""
    expires: tuple[float, ...]
    """The times at which the tokens in its answer expire, in seconds since the epoch."""
    line: int
    """The number of its first line in the cassette, from 1; 0 if it was not read from a file."""
    size: int
    """Number of bytes to read when it is asked for; 0 if it is in memory."""

    @classmethod
    def of(cls, interaction: Interaction, size: int = 0) -> RecordedHead:
        """Return the head of an interaction."""
        request, made_by = interaction.request, interaction.about.get("redaction")
        return cls(
            intern(interaction.origin),
            intern(request.method),
            request.target,
            intern(device_identifier(request)),
            interaction.recorded_at,
            _word(interaction.about.get("source")),
            _word(made_by.get("policy")) if isinstance(made_by, Mapping) else None,
            _word(made_by.get("key_id")) if isinstance(made_by, Mapping) else None,
            tuple(_expiries(interaction)),
            interaction.line,
            size,
        )

    @property
    def path(self) -> str:
        """The target up to its query."""
        return self.target.partition("?")[0]


def _word(value: object) -> str:
    return intern(value) if type(value) is str else ""


class Headed(Sequence[Interaction]):
    """Interactions whose heads are known. Each may be read only when it is asked for."""

    @property
    @abstractmethod
    def heads(self) -> Sequence[RecordedHead]:
        """The heads, in the order of the interactions."""


def heads_of(interactions: Sequence[Interaction]) -> Sequence[RecordedHead]:
    """Return the index entries of interactions."""
    return interactions.heads if isinstance(interactions, Headed) else tuple(map(RecordedHead.of, interactions))


def _expiries(interaction: Interaction) -> Iterator[float]:
    body = interaction.response.body
    if not isinstance(body, bytes) or b"eyJ" not in body:
        return
    for found in JWT.finditer(body.decode("latin-1")):
        token = read_jwt(found[2])
        if isinstance(token, Jwt) and token.expires is not None:
            yield token.expires
