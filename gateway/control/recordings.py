"""The cassettes that are being recorded. Two gateways never record into one cassette at the same time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.control.errors import ControlError
from gateway.control.steering import Steered

RECORDS = frozenset({"record", "auto"})


class Recordings:
    """The cassettes that the gateways of this process record into, or are about to record into."""

    def __init__(self, gateways: Callable[[], Iterable[Steered]]) -> None:
        """`gateways` returns the gateways that exist now."""
        self._gateways = gateways
        self._claimed: list[tuple[str, Steered | None]] = []

    @contextmanager
    def alone(self, mode: str, cassette: Path | None, gateway: Steered | None = None) -> Iterator[None]:
        """Reserve a cassette for the block, in which `gateway` or a new gateway begins to record into it.

        Raises ControlError 409 if another gateway records into it already. Modes that record nothing need no reservation.
        """
        file = _file(cassette)
        if mode not in RECORDS or not file:
            yield
            return
        recorded = [(_file(path), one) for one in self._gateways() for path in one.recorded]
        if any(file == other and (by is None or by is not gateway) for other, by in (*recorded, *self._claimed)):
            message = "Another gateway records into this cassette. Choose another cassette."
            raise ControlError(409, "cassette_in_use", message)
        claim = file, gateway
        self._claimed.append(claim)
        try:
            yield
        finally:
            self._claimed.remove(claim)


def _file(cassette: Path | None) -> str:
    """Return the real path of a file, which several paths may lead to."""
    return os.path.realpath(cassette) if cassette is not None else ""
