"""The values that the API shows and takes for cassettes. No shown value has a secret."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from gateway.control.model import Limit


class CassetteShown(Struct, frozen=True):
    """A cassette in a list."""

    name: str
    size: int
    """Bytes."""
    interactions: int | None
    """How many interactions it has; null if it cannot be read."""
    recorded_at: str
    """When its last interaction was recorded."""
    sources: list[str]
    in_use: bool
    """Whether this gateway plays or records it."""
    problem: str
    """Why it cannot be read; empty if it can."""


class InteractionShown(Struct, frozen=True):
    """One interaction of a cassette."""

    number: int
    """From 1, as `gateway cassette show` counts."""
    line: int
    method: str
    target: str
    status: int
    device: str
    recorded_at: str
    source: str
    played: bool | None
    """Whether it has answered a request; null if this gateway does not play the cassette."""


class CassetteQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a cassette is listed."""

    after: Annotated[int, Meta(ge=0)] = 0
    """Only interactions with a larger number."""
    limit: Limit = 1000


class CassetteDetail(Struct, frozen=True):
    """A cassette and its interactions."""

    name: str
    total: int
    """How many interactions the cassette has."""
    interactions: list[InteractionShown]
    """The interactions that the query asked for."""
    version: str
    """Identifies the content of the file. A request that removes an interaction must repeat it."""


class DifferenceShown(Struct, frozen=True):
    """A place at which two interactions differ."""

    where: str
    left: str
    right: str


class PairShown(Struct, frozen=True):
    """A request that is in both cassettes, with its number in each."""

    left: int
    right: int
    request: str
    differences: list[DifferenceShown]


class AloneShown(Struct, frozen=True):
    """A request that is in only one of the cassettes."""

    number: int
    request: str


class CassetteDiff(Struct, frozen=True):
    """Where two cassettes differ."""

    pairs: list[PairShown]
    """The requests that are in both, and differ."""
    same: int
    """How many requests are equal in both."""
    only_left: list[AloneShown]
    only_right: list[AloneShown]


class LeakShown(Struct, frozen=True):
    """The place and the kind of a secret in a cassette, never the secret itself."""

    line: int
    kind: str
    where: str


class LintResult(Struct, frozen=True):
    """What `lint` found in a cassette."""

    leaks: list[LeakShown]
    problem: str
    """Why the cassette could not be read; empty if it could."""


class Saving(Struct, frozen=True, forbid_unknown_fields=True):
    """An exchange to save into a cassette."""

    exchange: str
    """Its id."""


class Saved(Struct, frozen=True):
    """How many interactions were saved."""

    interactions: int
