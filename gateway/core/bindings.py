"""Which recorded device a live one plays: its own where its pseudonym was recorded, otherwise one for the whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from heapq import heapify, heapreplace

from gateway.core.bounded import Bounded, size_of
from gateway.core.matching import Candidates, DeviceChoice

BOUND = 32 << 20
"""Bytes that the bound live devices may take, some 100,000 of them; the one that asked longest ago is forgotten, and bound anew."""
LONGEST = 64
"""Characters of a device's pseudonym that is remembered as it is; of a longer one, its digest."""


class Bindings:
    """Binds live devices to recorded ones, so that two devices stay two in a build that has not the recording's key."""

    def __init__(self, choice: DeviceChoice, *, same_key: bool = False) -> None:
        """`same_key`: the recorded pseudonyms are of the key of the live ones, so that a device without one was not recorded."""
        self._choice = choice
        self._same_key = same_key
        self._bound: Bounded[str, str] = Bounded("bound devices", BOUND, size=_size_of)
        self._shares: Counter[str] = Counter()
        """How many were bound to each recorded device."""
        self._fewest: dict[int, list[tuple[int, int, str]]] = {}
        """For each of the candidates that a stranger asked for, a heap of its recorded devices: share, place, name."""

    def choose(self, candidates: Candidates, device: str, target: Callable[[], str]) -> Sequence[int]:
        """Return the positions that `device`, a pseudonym, may play; `target` makes the live one with its pseudonyms.

        It is a sequence of the candidates' own, the same one for the same device and target, and takes one look-up to find.
        """
        if self._choice == "ignore":
            return candidates.positions
        recorded = device
        if device not in candidates.by_device:
            if self._choice == "require" and self._same_key:
                return ()
            recorded = self._binding(candidates, device)
        own = candidates.by_device.get(recorded, ())
        if not own:
            return () if self._choice == "require" else candidates.positions
        if len(candidates.by_target) > 1:
            return candidates.of(recorded, target()) or own
        return own

    def is_bound(self, device: str) -> bool:
        """Whether a device plays another one's recordings."""
        return _short(device) in self._bound

    def _binding(self, candidates: Candidates, device: str) -> str:
        """Return the recorded device that `device` plays, chosen when it first asks: the one with the fewest who play it."""
        name = _short(device)
        bound: str | None = self._bound.get(name)
        if bound is None:
            bound = self._least(candidates)
            self._bound.put(name, bound)
            self._shares[bound] += 1
        return bound

    def _least(self, candidates: Candidates) -> str:
        """Return the recorded device with the fewest shares, the first recorded of several; shares only grow."""
        heap = self._fewest.get(id(candidates))
        if heap is None:
            heap = [(self._shares[name], place, name) for place, name in enumerate(candidates.by_device)]
            heapify(heap)
            self._fewest[id(candidates)] = heap
        while True:
            share, place, name = heap[0]
            if share == self._shares[name]:
                return name
            heapreplace(heap, (self._shares[name], place, name))


def _size_of(device: str, _: str) -> int:
    """Return the bytes of an entry: the recorded device's name is the cassette's, however long."""
    return size_of(device)


def _short(device: str) -> str:
    return device if len(device) <= LONGEST else blake2b(device.encode("utf-8", "replace"), digest_size=16).hexdigest()
