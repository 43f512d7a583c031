"""Selects interactions of a cassette by number, method, path, device and age. All conditions must fit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from gateway.core.adobe.routes import RoutePattern
from gateway.core.devices import device_identifier
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction
from gateway.core.recorded_devices import device_names
from gateway.core.times import seconds_of

_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


class Picked(Struct, frozen=True):
    """The conditions. An empty one fits every interaction."""

    numbers: frozenset[int] | None = None
    """The numbers that `cassette show` prints, from 1."""
    method: str = ""
    path: RoutePattern | None = None
    device: str = ""
    """The device's name, as `cassette show` prints it, or its pseudonym."""
    older_than: float | None = None
    """Smallest age in seconds. An interaction without a time never fits."""

    @property
    def is_everything(self) -> bool:
        """Whether no condition is set."""
        return self == Picked()

    def of(self, interactions: Sequence[Interaction], now: float) -> list[int]:
        """Return the positions, from 0. Raises Mistake for a number that no interaction has. `now` is in seconds since the epoch."""
        beyond = sorted(number for number in self.numbers or () if number > len(interactions))
        if beyond:
            message = f"expected numbers from 1 to {len(interactions)}, found {beyond[0]}"
            raise Mistake(message)
        names = device_names(interactions) if self.device else [""] * len(interactions)
        return [
            position
            for position, (one, name) in enumerate(zip(interactions, names, strict=True))
            if self._fits(position + 1, one, name, now)
        ]

    def _fits(self, number: int, one: Interaction, name: str, now: float) -> bool:
        return (
            (self.numbers is None or number in self.numbers)
            and (not self.method or one.request.method == self.method)
            and (self.path is None or self.path.matches(one.request.method, one.request.path))
            and (not self.device or self.device in {name, device_identifier(one.request)})
            and (self.older_than is None or _age(one, now) > self.older_than)
        )


def numbers_of(text: str) -> frozenset[int]:
    """Read numbers such as `3`, `1,4` or `2-5,9`. Raises Mistake for any other text."""
    numbers: set[int] = set()
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 1 <= first <= last or last - first > 1_000_000:  # noqa: PLR2004  # more than any cassette holds
            message = f"expected numbers from 1 on, such as 3 or 2-5,9, found {text!r}"
            raise Mistake(message)
        numbers.update(range(first, last + 1))
    return frozenset(numbers)


def _age(interaction: Interaction, now: float) -> float:
    at = seconds_of(interaction.recorded_at)
    return float("-inf") if at is None else now - at
