"""Which recorded device a live one plays: its own where its pseudonym was recorded, otherwise one for the whole run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b

from gateway.core.matching import Candidates, DeviceChoice
from gateway.core.state import SharedState

LONGEST = 64
"""Characters of a device's pseudonym that is remembered as it is; of a longer one, its digest."""


class Bindings:
    """Binds each live device to a recorded device, for builds without the recording's key: two devices stay two."""

    def __init__(self, choice: DeviceChoice, state: SharedState, *, same_key: bool = False, scope: str = "") -> None:
        """`same_key`: the recorded pseudonyms are of the key of the live ones, so that a device without one was not recorded.

        `scope` tells parts in one cassette from those in another one.
        """
        self._scope = f"{scope} " if scope else ""
        self._choice = choice
        self._state = state
        self._same_key = same_key

    async def choose(
        self, candidates: Candidates, device: str, target: Callable[[], str], further: Sequence[bytes] = ()
    ) -> Sequence[int]:
        """Return the positions that `device`, a pseudonym, may play; `target` makes the live one with its pseudonyms.

        `further`: what else of the live request chooses (`Matcher.further_choice`). The result is a sequence of the candidates' own,
        the same one for the same device, target and further parts, and takes one look-up each to find.
        """
        if self._choice == "ignore":
            return candidates.positions
        recorded = device
        if device not in candidates.by_device:
            if self._choice == "require" and self._same_key:
                return ()
            recorded = await self._state.bind(self._name(device), candidates.by_device)
        own = candidates.by_device.get(recorded, ())
        if not own:
            return () if self._choice == "require" else candidates.positions
        if further or len(candidates.by_target) > 1:
            return candidates.of(recorded, target(), further)
        return own

    def knows(self, candidates: Candidates, device: str) -> bool:
        """Whether a device plays its own part, or any, whichever others there are: it is not bound, and will not be."""
        return self._choice == "ignore" or device in candidates.by_device

    def bound_as(self, candidates: Candidates, device: str) -> str:
        """Return under which name a device is bound, for `still`; empty if it plays its own part, or any."""
        return "" if self.knows(candidates, device) else self._name(device)

    def still(self, bound_as: str) -> bool:
        """Whether a device plays the part that it played before."""
        return not bound_as or self._state.bound(bound_as)

    def plays(self, device: str) -> str:
        """Return the recorded device whose part a device plays; empty where it is not bound."""
        return self._state.plays(self._name(device))

    def is_bound(self, device: str) -> bool:
        """Whether a device plays another one's recordings."""
        return self._state.bound(self._name(device))

    def _name(self, device: str) -> str:
        return f"{self._scope}{_short(device)}"


def _short(device: str) -> str:
    return device if len(device) <= LONGEST else blake2b(device.encode("utf-8", "replace"), digest_size=16).hexdigest()
