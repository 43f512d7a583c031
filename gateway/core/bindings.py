"""The recorded device that a live device replays: itself if its pseudonym was recorded, otherwise one device for the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from gateway.core.matching import Candidates, DeviceChoice
from gateway.core.state import SharedState

LONGEST = 64
"""Longest pseudonym of a device that is remembered as text, in characters. A longer one is remembered as a digest."""


class Bindings:
    """Binds each live device to a recorded device, if the recording's key is missing. Two live devices replay two recorded devices."""

    def __init__(self, choice: DeviceChoice, state: SharedState, *, same_key: bool = False, scope: str = "") -> None:
        """`same_key`: recording and replay share a key. Then a device with an unknown pseudonym was not recorded.

        `scope` keeps the bindings of one cassette apart from the bindings of another.
        """
        self._scope = f"{scope} " if scope else ""
        self._choice = choice
        self._state = state
        self._same_key = same_key

    async def choose(
        self, candidates: Candidates, device: str, target: str, further: Sequence[bytes] = ()
    ) -> Sequence[int]:
        """Return the positions that `device`, a pseudonym, may play. `target`: the live target with its pseudonyms, if the recorded targets differ.

        `further`: the other parts of the live request that choose (`Matcher.further_choice`). The result is one of the candidates' own
        sequences. It is the same object for the same device, target and further parts. Each of them costs one look-up.
        """
        if self._choice == "ignore":
            return candidates.positions
        recorded, by_device = device, candidates.by_device
        if device not in by_device:
            if self._choice == "require" and self._same_key:
                return ()
            recorded = await self._state.bind(self._name(device), by_device)
        own = by_device.get(recorded, ())
        if not own:
            return () if self._choice == "require" else candidates.positions
        if further or candidates.differ_in_target:
            return candidates.of(recorded, target, further)
        return own

    def bound_as(self, candidates: Candidates, device: str) -> str:
        """Return the name under which a device is bound, for `still`. Empty if it needs no binding."""
        return "" if self._choice == "ignore" or device in candidates.by_device else self._name(device)

    def still(self, bound_as: str) -> bool:
        """Whether a device still replays the same recorded device."""
        return not bound_as or self._state.bound(bound_as)

    def plays(self, device: str) -> str:
        """Return the recorded device that a device replays. Empty if it is not bound."""
        return self._state.plays(self._name(device))

    def is_bound(self, device: str) -> bool:
        """Whether a device replays the recordings of another device."""
        return self._state.bound(self._name(device))

    def _name(self, device: str) -> str:
        if len(device) > LONGEST:
            device = blake2b(device.encode("utf-8", "replace"), digest_size=16).hexdigest()
        return self._scope + device
