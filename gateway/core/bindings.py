"""Which recorded device a live one plays: its own where its pseudonym was recorded, otherwise one for the whole run."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence

from gateway.core.matching import Candidates, DeviceChoice

DEVICES = 100_000
"""How many live devices are remembered; the one bound longest ago is forgotten, and bound anew."""


class Bindings:
    """Binds live devices to recorded ones, so that two devices stay two in a build that has not the recording's key."""

    def __init__(self, choice: DeviceChoice, *, same_key: bool = False) -> None:
        """`same_key`: the recorded pseudonyms are of the key of the live ones, so that a device without one was not recorded."""
        self._choice = choice
        self._same_key = same_key
        self._bound: OrderedDict[str, str] = OrderedDict()
        self._shares: Counter[str] = Counter()

    def choose(self, candidates: Candidates, device: str, target: Callable[[], str]) -> Sequence[int]:
        """Return the positions that `device`, a pseudonym, may play; `target` makes the live one with its pseudonyms."""
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
            same_target = set(candidates.by_target.get(target(), ()))
            return [position for position in own if position in same_target] or own
        return own

    def is_bound(self, device: str) -> bool:
        """Whether a device plays another one's recordings."""
        return device in self._bound

    def _binding(self, candidates: Candidates, device: str) -> str:
        """Return the recorded device that `device` plays, chosen when it first asks: the one with the fewest who play it."""
        bound = self._bound.get(device)
        if bound is None:
            bound = min(candidates.by_device, key=lambda recorded: self._shares[recorded])
            self._bound[device] = bound
            self._shares[bound] += 1
            if len(self._bound) > DEVICES:
                _, forgotten = self._bound.popitem(last=False)
                self._shares[forgotten] -= 1
        return bound
