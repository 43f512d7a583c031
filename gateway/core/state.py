"""State that outlives an exchange: one interface, and its implementation in the memory of one process.

Facts
-----
* Several processes may share a state (`gateway/fleet/`). So what has to be one truth is one operation: a caller never gets, decides
  and puts. Such operations are awaited; in the memory of one process they never wait.
* Everything else is synchronous and may be answered from a copy that is a little old.
* A slice is one truth by agreement: a caller judges by its copy, and asks whether the others agree (`agree`). If they do not, its copy
  is put right, and it judges anew.
* Keys are hashes or pseudonyms, and values are numbers, names and slices: no secret of a message is in here.
* Each memory is bounded in bytes, since a client chooses how many devices, codes and tokens there are. What was not asked for the
  longest is forgotten, and begins again.
* The view of the throttle is slices too, those of the THR checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from heapq import heapify, heapreplace
from sys import getsizeof
from typing import Literal, NamedTuple, Protocol, TypeAlias

from gateway.core.bounded import Bounded, size_of

OnExhausted: TypeAlias = Literal["last", "error", "cycle"]
Changes: TypeAlias = Sequence[tuple[str, object]]
"""Slices by their keys; None for one that is to be forgotten."""

CURSORS = 32 << 20
"""Bytes that devices' places in sequences may take, some 100,000 of them."""
BOUND = 32 << 20
"""Bytes that the bound live devices may take, some 100,000 of them."""
SLICES = 16 << 20
"""Bytes that slices may take, some 50,000 of them."""
NAMES = 16 << 20
"""Bytes that names of devices may take, some 40,000 of them; and as many for whose names they are."""
SIGNS = 16 << 20
"""Bytes that codes and tokens may take, some 50,000 of them."""
SAID = 1 << 20
"""Bytes that warnings may take which were said."""
TOLD = 16 << 20
"""Bytes that may be taken by what was told of devices, some 20,000 of them."""
COUNTS = 16 << 20
"""Bytes that counts of devices' calls, their marks and their buckets may take, each, some 60,000 of them."""
MOST_TOLD = 100
"""Different things that are counted of one device; of one with more all are counted anew."""


class Slices(Protocol):
    """Slices of earlier exchanges, for checks over time. A dict is one implementation."""

    def get(self, key: str, /) -> object | None:
        """Return the slice that is kept under this key."""


class SharedState(Protocol):
    """State that several gateways share."""

    @property
    def alone(self) -> bool:
        """Whether nobody else changes this state: then a copy is never old, and nothing has to be agreed."""

    # what has to be one truth

    async def advance(self, cursor: str, length: int, on_exhausted: OnExhausted) -> int | None:
        """Return the place, from 0, of the next answer of a sequence of `length`, and go on by one.

        After the last one it is the last again, or None (`error`), or the first (`cycle`).
        """

    async def bind(self, device: str, choices: Collection[str]) -> str:
        """Return the recorded device that a live one plays: as before, or else the one of `choices` that the fewest play.

        `choices` are the same object, unchanged, each time they are the same.
        """

    async def count(self, counter: str, now: float) -> Counted:
        """Count one more, at `now`, in seconds; return the number, from 1, and when the first one was."""

    async def take(self, bucket: str, now: float, *, rate: float, capacity: float) -> bool:
        """Take one token out of a bucket, which is full at first and gets `rate` tokens a second; False if there is none left."""

    async def agree(self, changes: Changes) -> bool:
        """Keep slices in place of those before.

        False where somebody else changed one meanwhile: nothing is kept then, and `slices` are as the others left them.
        """

    def once(self, event: str, about: str, say: Callable[[], None]) -> None:
        """Call `say` if this warning is to be said: once for each thing that it is about. It may be called a little later."""

    async def first(self, event: str, about: str) -> bool:
        """Return whether nobody has asked this of the two before."""

    # what may be a little old

    def bound(self, device: str) -> bool:
        """Whether a live device plays a recorded one's part."""

    def plays(self, device: str) -> str:
        """Return the recorded device that a live one plays; empty for one that is not bound."""

    def rewind(self) -> None:
        """Let every sequence begin again, for every device, and every count and bucket."""

    @property
    def slices(self) -> Slices:
        """The slices of the checks over time."""

    def keep(self, changes: Changes) -> None:
        """Replace the slices."""

    def name(self, device: str, names: Iterable[str]) -> str:
        """Return the name of a device: the one that it has, or else the first of `names` that no other device has, or the last."""

    def named(self, device: str) -> str:
        """Return the name of a device; empty if it has no name."""

    def mark(self, device: str, mark: str) -> str:
        """Return the mark that a device got when it was first marked: this one, if it has none yet."""

    def gave(self, sign: str, by: str = "") -> None:
        """Note that a code or a token was handed out, to the client `by` where that is known."""

    def saw(self, sign: str, device: str) -> None:
        """Note that a device used a code or a token."""

    def sign(self, sign: str) -> Sign:
        """Return the facts about a code or a token."""

    def tell(self, device: str, things: Sequence[str]) -> list[int]:
        """Count messages about a device, and return the count of each: 1 is new."""


class Counted(NamedTuple):
    """How often something was counted."""

    number: int
    since: float
    """When it was counted first, in seconds by the clock of whoever counts."""


class Sign(NamedTuple):
    """The facts about a code, a token or a client."""

    given: int = 0
    """How often it was handed out: 0, 1, or 2 for more often."""
    devices: tuple[str, ...] = ()
    """The first two devices that used it."""
    by: str = ""
    """The client that it was handed out to."""

    @property
    def device(self) -> str:
        """The one device that used it; empty if no device did, or several."""
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
        """How many were bound to each recorded device."""
        self._fewest: dict[int, tuple[Collection[str], list[tuple[int, int, str]]]] = {}
        """For each of the choices that a stranger had, by their identity: a heap of share, place and recorded device."""
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

    async def advance(self, cursor: str, length: int, on_exhausted: OnExhausted) -> int | None:
        """Go on in a sequence; one of one answer that may be repeated needs no memory."""
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
        """Forget how far devices are."""
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
        """Forget how far devices are, and whose part each plays: another cassette is played."""
        self.rewind()
        self._bound.clear()
        self._shares.clear()
        self._fewest.clear()

    async def bind(self, device: str, choices: Collection[str]) -> str:
        """Bind a device when it first asks."""
        bound: str | None = self._bound.get(device)
        if bound is None:
            bound = self._least(choices)
            self._bound.put(device, bound)
            self._shares[bound] += 1
        return bound

    def bound(self, device: str) -> bool:
        """Return whether it was bound; who is asked for is not forgotten."""
        return self._bound.get(device) is not None

    def plays(self, device: str) -> str:
        """Return what it was bound to."""
        return self._bound.get(device, "")

    def _least(self, choices: Collection[str]) -> str:
        """Return the recorded device with the fewest shares, the first recorded of several; shares only grow."""
        known = self._fewest.get(id(choices))
        if known is None:
            heap = [(self._shares[name], place, name) for place, name in enumerate(choices)]
            heapify(heap)
            self._fewest[id(choices)] = choices, heap  # which keeps the identity from being another's
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
        self._names.put(device, name)
        self._taken.put(name, device)
        return name

    def named(self, device: str) -> str:
        """Say what a device is called."""
        name: str = self._names.get(device, "")
        if name:
            self._taken.get(name)  # or it would be forgotten before the device is
        return name

    def mark(self, device: str, mark: str) -> str:
        """Mark a device when it is first met."""
        known: str = self._marks.get(device, "")
        if not known:
            self._marks.put(device, mark)
        return known or mark

    def gave(self, sign: str, by: str = "") -> None:
        """Count how often it was handed out, and remember to whom."""
        known = self.sign(sign)
        self._signs.put(sign, Sign(min(known.given + 1, 2), known.devices, by or known.by))

    def saw(self, sign: str, device: str) -> None:
        """Remember the device, also as one of the client's to which the token was given."""
        self._see(sign, device)

    def _see(self, sign: str, device: str) -> None:
        known = self.sign(sign)
        if device in known.devices or len(known.devices) > 1:
            return
        self._signs.put(sign, Sign(known.given, (*known.devices, device), known.by))
        if known.by:
            self._see(known.by, device)

    def sign(self, sign: str) -> Sign:
        """Return the facts about it."""
        return self._signs.get(sign, _UNKNOWN)

    async def agree(self, changes: Changes) -> bool:
        """Keep slices, or forget them: nobody else changes them."""
        self.keep(changes)
        return True

    def once(self, event: str, about: str, say: Callable[[], None]) -> None:
        """Say it the first time; of what is too long to be remembered nothing is said."""
        if self._is_first(event, about):
            say()

    async def first(self, event: str, about: str) -> bool:
        """Remember the two; what is too long to be remembered is never the first."""
        return self._is_first(event, about)

    def _is_first(self, event: str, about: str) -> bool:
        return not self._said.get((event, about), default=False) and self._said.put((event, about), value=True)

    def tell(self, device: str, things: Sequence[str]) -> list[int]:
        """Count known messages in place. A new message makes the entry larger, so it is stored again."""
        told: dict[str, int] = self._told.get(device) or {}
        if len(things) == 1:  # as most often
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
    """Return the bytes of a text and of what is plain."""
    return getsizeof(key) + getsizeof(value)


def _size_of_sign(sign: str, known: Sign) -> int:
    """Return the bytes of an entry: two tuples, and texts, each of which is at most 60 bytes longer than its characters."""
    return 300 + len(sign) + len(known.by) + sum([60 + len(device) for device in known.devices])


def _size_of_slice(key: str, value: object) -> int:
    """Return about what a slice takes. Those that change with every exchange say it themselves: to count their parts takes longer than to change them."""
    size: int | None = getattr(value, "size", None)
    return getsizeof(key) + (size if size is not None else size_of(value))


def _size_of_told(device: str, told: dict[str, int]) -> int:
    """Return the bytes of an entry, whatever the numbers are: they grow while it is kept."""
    return 320 + len(device) + sum([100 + getsizeof(thing) for thing in told])


def _size_of_key(device: str, _: str) -> int:
    """Return the bytes of an entry: the recorded device's name is the cassette's, however long."""
    return getsizeof(device)
