"""What the API shows and takes of cassettes, as values. Nothing in what is shown is secret."""

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
    """Null for one that cannot be read."""
    recorded_at: str
    """When its last interaction was recorded."""
    sources: list[str]
    in_use: bool
    """Whether this gateway plays or records it."""
    problem: str
    """Why it cannot be read."""


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
    """Whether it has answered something; null where this gateway does not play the cassette."""


class CassetteQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of a cassette is listed."""

    after: Annotated[int, Meta(ge=0)] = 0
    """Only interactions with a larger number."""
    limit: Limit = 1000


class CassetteDetail(Struct, frozen=True):
    """What a cassette holds."""

    name: str
    total: int
    """How many interactions it has."""
    interactions: list[InteractionShown]
    """Those that were asked for."""
    version: str
    """Changes whenever the file does; to be said when an interaction is removed."""


class DifferenceShown(Struct, frozen=True):
    """A place at which two interactions differ."""

    where: str
    left: str
    right: str


class PairShown(Struct, frozen=True):
    """A request that is in two cassettes, by its number in either."""

    left: int
    right: int
    request: str
    differences: list[DifferenceShown]


class AloneShown(Struct, frozen=True):
    """A request that is in one cassette alone."""

    number: int
    request: str


class CassetteDiff(Struct, frozen=True):
    """Where two cassettes differ."""

    pairs: list[PairShown]
    """Those that differ."""
    same: int
    """How many requests are in both, and equal."""
    only_left: list[AloneShown]
    only_right: list[AloneShown]


class LeakShown(Struct, frozen=True):
    """A secret in a cassette: where it stands and of what kind it is, never what it says."""

    line: int
    kind: str
    where: str


class LintResult(Struct, frozen=True):
    """What `lint` found in a cassette."""

    leaks: list[LeakShown]
    problem: str
    """Why it could not be looked into."""


class Saving(Struct, frozen=True, forbid_unknown_fields=True):
    """An exchange to be saved into a cassette."""

    exchange: str
    """Its id."""


class Saved(Struct, frozen=True):
    """How many interactions were saved."""

    interactions: int
