"""State that outlives an exchange: one interface, and its implementation in the memory of one process.

Facts
-----
* Several processes may share a state (`gateway/fleet/`). If all of them must see the same value, a change is one operation: a caller
  never reads, decides and writes. These operations are awaited. In the memory of one process they never wait.
* All other operations are synchronous. Their answer may come from a copy that is a little old.
* For slices, the processes agree: a caller judges by its copy, and asks whether the others agree (`agree`). If they do not, its copy is
  corrected, and the caller judges again.
* Keys are hashes or pseudonyms, and values are numbers, names and slices. So a state has no secret of a message.
* Each memory is bounded in bytes, since a client chooses the number of devices, codes and tokens. The entry that was unused for the
  longest is forgotten, and then starts again.
* The view of the throttle also consists of slices, the slices of the THR checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import heapify, heapreplace
from sys import getsizeof
from typing import Literal, NamedTuple, Protocol, TypeAlias

from gateway.core.bounded import Bounded, size_of

OnExhausted: TypeAlias = Literal["last", "error", "cycle"]
Changes: TypeAlias = Sequence[tuple[str, object]]
"""Slices by their keys; None for a slice that must be forgotten."""

CURSORS = 32 << 20
"""Limit of the places of devices in sequences, in bytes: about 100,000 places."""
BOUND = 32 << 20
"""Limit of the bound live devices, in bytes: about 100,000 devices."""
SLICES = 16 << 20
"""Limit of the slices, in bytes: about 50,000 slices."""
NAMES = 16 << 20
"""Limit of the names of devices, in bytes: about 40,000 names. The devices by name have the same limit."""
SIGNS = 16 << 20
"""Limit of the codes and tokens, in bytes: about 50,000."""
SAID = 1 << 20
"""Limit of the warnings that were given, in bytes."""
TOLD = 16 << 20
"""Limit of the counts of messages about devices, in bytes: about 20,000 devices."""
COUNTS = 16 << 20
"""Limit of the counts of devices' calls, in bytes: about 60,000 counts. Marks and buckets have the same limit each."""
_KEY = 92
"""Size of a device's key, which has 32 characters, in bytes."""
MOST_TOLD = 100
"""Largest number of different messages that are counted for one device. Beyond it, all counts of the device start again."""


class Slices(Protocol):
    """Slices of earlier exchanges, for checks over time. A dict is one implementation."""

    def get(self, key: str, /) -> object | None:
        """Return the slice that is kept under this key."""


class SharedState(Protocol):
    """State that several gateways share."""

    @property
    def alone(self) -> bool:
        """Whether nobody else changes this state. Then a copy is never old, and no agreement is needed."""

    # operations on values that all processes must see alike

    async def advance(self, cursor: str, length: int, on_exhausted: OnExhausted) -> int | None:
        """Return the place, from 0, of the next answer in a sequence of `length` answers, and go on by one.

        After the last place, it returns the last one again, or None (`error`), or the first one (`cycle`).
        """

    async def bind(self, device: str, choices: Collection[str]) -> str:
        """Return the recorded device that a live one replays: the same as before, or else the device in `choices` that the fewest replay.

        Equal `choices` must always be the same, unchanged object.
        """

    async def count(self, counter: str, now: float) -> Counted:
        """Count one more at `now`, in seconds. Return the number, from 1, and the time of the first count."""

    async def take(self, bucket: str, now: float, *, rate: float, capacity: float) -> bool:
        """Take one token out of a bucket. A bucket is full at first, and gets `rate` tokens per second. False if it is empty."""

    async def agree(self, changes: Changes) -> bool:
        """Replace slices.

        False if another process has changed one of them meanwhile. Then nothing is replaced, and `slices` has the others' values.
        """

    async def latest(self, keys: Collection[str]) -> Mapping[str, object]:
        """Return the slices that are kept under these keys, whichever process has changed them last."""

    def once(self, event: str, about: str, say: Callable[[], None]) -> None:
        """Call `say` if this warning is new: a warning is given once for each subject. It may be called a little later."""

    async def first(self, event: str, about: str) -> bool:
        """Return whether this is the first call for this event and this subject."""

    # operations on values that may be a little old

    def bound(self, device: str) -> bool:
        """Whether a live device replays a recorded device."""

    def plays(self, device: str) -> str:
        """Return the recorded device that a live device replays; empty if it is not bound."""

    def rewind(self) -> None:
        """Start every sequence again, for every device, and also every count and bucket."""

    @property
    def slices(self) -> Slices:
        """The slices of the checks over time."""

    def keep(self, changes: Changes) -> None:
        """Replace the slices."""

    def name(self, device: str, names: Iterable[str]) -> str:
        """Return the name of a device. A device without a name gets the first of `names` that no other device has, or else the last one."""

    def named(self, device: str) -> str:
        """Return the name of a device; empty if it has no name."""

    def mark(self, device: str, mark: str) -> str:
        """Return the mark of a device. A device without a mark gets this one."""

    def gave(self, sign: str, by: str = "") -> None:
        """Note that a code or a token was issued. `by`: the client that got it, if it is known."""

    def saw(self, sign: str, device: str) -> None:
        """Note that a device used a code or a token."""

    def sign(self, sign: str) -> Sign:
        """Return the facts about a code or a token."""

    def tell(self, device: str, things: Sequence[str]) -> list[int]:
        """Count messages about a device, and return the count of each: 1 is new."""


class Counted(NamedTuple):
    """The result of a count."""

    number: int
    since: float
    """The time of the first count, in seconds, by the clock of the caller."""


class Sign(NamedTuple):
    """The facts about a code, a token or a client."""

    given: int = 0
    """How often it was issued: 0, 1, or 2 for more often."""
    devices: tuple[str, ...] = ()
    """The first two devices that used it."""
    by: str = ""
    """The client that it was issued to."""

    @property
    def device(self) -> str:
        """The only device that used it; empty if no device used it, or several did."""
        return self.devices[0] if len(self.devices) == 1 and self.given <= 1 else ""


_UNKNOWN = Sign()


class MemoryState:
    """The state of one process, in its memory."""

    alone = True

    def __init__(self, *, room: int = SLICES) -> None:
        """`room`: bytes that slices may take."""
        self._cursors: Bounded[str, int] = Bounded("cursors", CURSORS, size=_size_of_value)
        self._bound: Bounded[str, str] = Bounded("bound devices", BOUND, size=_size_of_key)
        self._shares: Counter[str] = Counter()
        """The number of live devices that were bound to each recorded device."""
        self._fewest: dict[int, tuple[Collection[str], list[tuple[int, int, str]]]] = {}
        """For each set of choices, by its identity: a heap of share, place and recorded device."""
        self.slices: Bounded[str, object] = Bounded("audit slices", room, size=_size_of_slice)
        self._names: Bounded[str, str] = Bounded("names of devices", NAMES, size=_size_of_value)
        self._taken: Bounded[str, str] = Bounded("devices by name", NAMES, size=_size_of_value)
        self._signs: Bounded[str, Sign] = Bounded("codes and tokens", SIGNS, size=_size_of_sign)
        self._said: Bounded[tuple[str, str], bool] = Bounded("warnings said", SAID)
        self._told: Bounded[str, dict[str, int]] = Bounded(
            "told of devices", TOLD, longest=64 << 10, size=_size_of_told
        )

        self._counts: Bounded[str, Counted] = Bounded("counts of calls", COUNTS)
        self._buckets: Bounded[str, tuple[float, float]] = Bounded("buckets of addresses", COUNTS)
        self._marks: Bounded[str, str] = Bounded("marks of devices", COUNTS)

        # each call asks for these, and a dict's own look-up is the fastest
        self._recent_name, self._recent_device = self._names.recent.get, self._taken.recent.get
        self._recent_bound, self._recent_told = self._bound.recent.get, self._told.recent.get
        self._recent_slice = self.slices.recent.get

    async def advance(self, cursor: str, length: int, on_exhausted: OnExhausted) -> int | None:
        """Go on in a sequence. A sequence of one answer that may be repeated needs no memory."""
        if length == 1 and on_exhausted != "error":
            return 0
        turn: int = self._cursors.get(cursor, 0)
        if turn >= length:
            if on_exhausted == "error":
                return None
            turn = 0 if on_exhausted == "cycle" else length - 1
        self._cursors.put(cursor, turn + 1)
        return turn

    def rewind(self) -> None:
        """Forget the places of devices, the counts and the buckets."""
        self._cursors.clear()
        self._counts.clear()
        self._buckets.clear()

    async def count(self, counter: str, now: float) -> Counted:
        """Count one more."""
        known: Counted = self._counts.get(counter, Counted(0, now))
        counted = Counted(known.number + 1, known.since)
        self._counts.put(counter, counted)
        return counted

    async def take(self, bucket: str, now: float, *, rate: float, capacity: float) -> bool:
        """Refill the bucket, and take a token if there is one."""
        tokens, at = self._buckets.get(bucket, (capacity, now))
        tokens = min(capacity, tokens + rate * max(0.0, now - at))
        left = tokens - 1 if tokens >= 1 else tokens
        self._buckets.put(bucket, (left, now))
        return left < tokens

    def release(self) -> None:
        """Forget the places and the bindings of devices, since another cassette is played now."""
        self.rewind()
        self._bound.clear()
        self._shares.clear()
        self._fewest.clear()

    async def bind(self, device: str, choices: Collection[str]) -> str:
        """Bind a device when it first asks."""
        bound: str | None = self._bound.get(device)
        if bound is None:
            bound = self._least(choices)
            self._bound.add(device, bound)
            self._shares[bound] += 1
        return bound

    def bound(self, device: str) -> bool:
        """Return whether it was bound. Asking for a device keeps it in memory."""
        return self._recent_bound(device) is not None or self._bound.get(device) is not None

    def plays(self, device: str) -> str:
        """Return the recorded device that it was bound to."""
        return self._bound.get(device, "")

    def _least(self, choices: Collection[str]) -> str:
        """Return the recorded device with the fewest shares. Among several, the first recorded wins. Shares only grow."""
        known = self._fewest.get(id(choices))
        if known is None:
            heap = [(self._shares[name], place, name) for place, name in enumerate(choices)]
            heapify(heap)
            self._fewest[id(choices)] = choices, heap  # kept, so that no other object gets this identity
        else:
            heap = known[1]
        while True:
            share, place, name = heap[0]
            if share == self._shares[name]:
                return name
            heapreplace(heap, (self._shares[name], place, name))

    def keep(self, changes: Changes) -> None:
        """Keep slices, or forget them."""
        for key, value in changes:
            if value is None:
                self.slices.pop(key)
                continue
            before = self._recent_slice(key)
            if before is not None and type(value) is type(before) and type(getattr(type(value), "size", None)) is int:
                self.slices.exchange(key, value)  # a type with a `size` has slices of this one size
            else:
                self.slices.put(key, value)

    def name(self, device: str, names: Iterable[str]) -> str:
        """Name a device when it is first met."""
        name = self.named(device)
        if name:
            return name
        for name in names:
            if self._taken.get(name, device) == device:
                break
        self._names.add(device, name)
        self._taken.put(name, device)
        return name

    def named(self, device: str) -> str:
        """Return the name of a device."""
        name: str = self._recent_name(device) or self._names.get(device, "")
        if name and self._recent_device(name) is None:
            self._taken.get(name)  # keeps the name as long as the device
        return name

    def mark(self, device: str, mark: str) -> str:
        """Mark a device when it is first met."""
        known: str = self._marks.get(device, "")
        if not known:
            self._marks.put(device, mark)
        return known or mark

    def gave(self, sign: str, by: str = "") -> None:
        """Count how often it was issued, and remember the client."""
        known = self.sign(sign)
        self._signs.put(sign, Sign(min(known.given + 1, 2), known.devices, by or known.by))

    def saw(self, sign: str, device: str) -> None:
        """Remember the device, also as a device of the client that got the token."""
        self._see(sign, device)

    def _see(self, sign: str, device: str) -> None:
        known: Sign = self._signs.get(sign, _UNKNOWN)
        if device in known.devices or len(known.devices) > 1:
            return
        self._signs.put(sign, Sign(known.given, (*known.devices, device), known.by))
        if known.by:
            self._see(known.by, device)

    def sign(self, sign: str) -> Sign:
        """Return the facts about a code or a token."""
        return self._signs.get(sign, _UNKNOWN)

    async def agree(self, changes: Changes) -> bool:
        """Replace slices, or forget them. The answer is always True, since nobody else changes them."""
        self.keep(changes)
        return True

    async def latest(self, keys: Collection[str]) -> Mapping[str, object]:
        """Return the slices that are kept under these keys."""
        return {key: value for key in keys if (value := self.slices.get(key)) is not None}

    def once(self, event: str, about: str, say: Callable[[], None]) -> None:
        """Give the warning the first time. A warning that is too long to be remembered is not given."""
        if self._is_first(event, about):
            say()

    async def first(self, event: str, about: str) -> bool:
        """Remember event and subject. If they are too long to be remembered, this is never the first call."""
        return self._is_first(event, about)

    def _is_first(self, event: str, about: str) -> bool:
        return not self._said.get((event, about), default=False) and self._said.put((event, about), value=True)

    def tell(self, device: str, things: Sequence[str]) -> list[int]:
        """Count known messages in place. A new message makes the entry larger, so it is stored again."""
        told: dict[str, int] = self._recent_told(device) or self._told.get(device) or {}
        if len(things) == 1:  # the usual case
            thing = things[0]
            if times := told.get(thing):
                told[thing] = times + 1
                return [times + 1]
            self._told.put(device, {**told, thing: 1} if len(told) < MOST_TOLD else {thing: 1})
            return [1]
        different = set(things)
        if not told.keys() >= different:
            kept = told if len(told) + len(different) <= MOST_TOLD else {}
            told = kept | {thing: told.get(thing, 0) for thing in different}
            self._told.put(device, told)
        for thing in different:
            told[thing] += 1
        return [told[thing] for thing in things]


def _size_of_value(key: str, value: str | int) -> int:
    """Return the size of a text and a plain value, in bytes."""
    return getsizeof(key) + getsizeof(value)


def _size_of_sign(sign: str, known: Sign) -> int:
    """Return the size of an entry, in bytes: two tuples, and texts. A text takes at most 60 bytes more than its characters."""
    return 300 + len(sign) + len(known.by) + _KEY * len(known.devices)


def _size_of_slice(key: str, value: object) -> int:
    """Return the rough size of a slice, in bytes. A slice that changes with every exchange has a `size`: counting its parts is slow."""
    size: int | None = getattr(value, "size", None)
    return getsizeof(key) + (size if size is not None else size_of(value))


def _size_of_told(device: str, told: dict[str, int]) -> int:
    """Return the size of an entry, in bytes, for numbers of any size: they grow while it is kept."""
    return 320 + len(device) + sum([100 + getsizeof(thing) for thing in told])


def _size_of_key(device: str, _: str) -> int:
    """Return the size of an entry, in bytes, by its key alone. The recorded device's name belongs to the cassette, so it does not count."""
    return getsizeof(device)
