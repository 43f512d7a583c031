"""A memory that is bounded in bytes: all that traffic fills is one of these.

Facts
-----
* It is two dicts, the young and the old. An entry that is put or asked for is young. When the young ones fill half of the limit,
  they become the newest of the old. Where there is no room left, old entries are forgotten, the oldest first. So to get a young entry
  is one look-up, what was used within the last half of the limit is always there, and so is everything as long as all of it fits.
* Who puts only new entries displaces nobody's in a memory for `regulars`. In one where new entries are `waiting` they take what room is
  left, and then an eighth of the limit, where they displace others that wait; one is young when it is asked for, or put once more. So
  who comes again pays once.
* A memory whose new entries are `waiting` has no old ones until it is nearly full: nothing will be forgotten soon, so it need not know what
  was used last. When it fills up for the first time, it may forget an entry that comes soon, and that is then made once more.
* Who comes again only after more others than a full memory holds is new each time. To keep it would displace what comes sooner, and
  save nothing: it would be forgotten before it comes. So many devices that take turns leave a small memory to some of them.
* A limit of entries bounds nothing: a client chooses how long its path is. So each entry has a size in bytes, which is an
  honest estimate, and one that is larger than `longest` is not kept.
* Several threads may use one: the count of bytes may then be off by an entry, until the young become the old.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import wraps
from itertools import chain, islice
from sys import getsizeof
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakSet

from msgspec import Struct

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")

ENTRY = 112
"""Bytes that a dict takes for an entry, besides key and value: at most, just after it has grown, with room of what was taken out."""
NEWCOMERS = 1 << 14
"""How many keys that were put once are known at most, by their hashes: 128 KB of them. A power of two."""
MEMORIES: WeakSet[Bounded[Any, Any]] = WeakSet()
"""Every memory that there is, for who wants to look at all of them."""
_TOGETHER = 64
"""How many entries are forgotten in one go at most: to find the first of a dict takes as long as many were taken out before it."""
_NOTHING: Any = object()
_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
"""Types of values that consist of nothing else."""


def size_of(value: object) -> int:
    """Return the bytes of a value with all its parts. A part that is in it twice counts twice."""
    size = getsizeof(value)
    if value.__class__ in _PLAIN:
        return size
    inner: Iterable[object]
    if isinstance(value, tuple | list | frozenset | set):
        inner = value
    elif isinstance(value, dict):
        inner = chain(value, value.values())
    elif isinstance(value, Struct):
        inner = [getattr(value, name) for name in value.__struct_fields__]
    else:
        inner = [getattr(value, name, None) for name in getattr(value, "__slots__", ())]
    for entry in inner:  # most are plain, and this is asked of each entry that is new
        size += getsizeof(entry) if entry.__class__ in _PLAIN else size_of(entry)
    return size


def size_of_entry(key: object, value: object) -> int:
    """Return the bytes that a key and its value take."""
    return size_of(key) + size_of(value)


class Bounded(Generic[K, V]):
    """A cache in at most `limit` bytes. The entry that was unused for the longest is forgotten first."""

    __slots__ = (
        "__weakref__",
        "_ample",
        "_half",
        "_held",
        "_met",
        "_met_places",
        "_new",
        "_new_held",
        "_new_limit",
        "_old",
        "_selects",
        "_size",
        "_young",
        "_young_held",
        "limit",
        "longest",
        "name",
        "recent",
        "turns",
    )

    def __init__(
        self,
        name: str,
        limit: int,
        *,
        longest: int = 4096,
        size: Callable[[K, V], int] = size_of_entry,
        regulars: bool = False,
        waiting: bool = False,
    ) -> None:
        """`longest`: bytes of the largest entry that is kept; `size` returns the bytes of a key and its value.

        `regulars`: an entry is kept when it is put for the second time, so who puts only new ones displaces nobody's. `waiting`: where
        there is no room left, it waits until then among the new ones, and is kept when it is asked for.
        """
        self.name = name
        self.limit = limit
        self._new_limit = limit // 8 if waiting else 0
        self._half = (limit - self._new_limit) // 2
        self._ample = self._half * 15 // 8 if waiting else 0
        """Up to this number of bytes, all entries stay young."""
        self.longest = min(longest, self._half)
        self._size = size
        self._selects = regulars or waiting
        self._met: array[int] | None = None
        """The hashes of keys that were put once, from the first on: each has one place, which it leaves to the next whose place is the same."""
        self._met_places = NEWCOMERS
        """How many places there are; in a full memory about as many as it has entries."""
        self._young: dict[K, V] = {}
        self.recent: Mapping[K, V] = self._young
        """The young entries, always the same mapping: for who looks up often, and asks `get` for what is not there."""
        self._old: dict[K, V] = {}
        self._new: dict[K, V] = {}
        self._held = 0
        """Bytes of the young and the old entries."""
        self._young_held = 0
        self._new_held = 0
        self.turns = 0
        """How often the young entries became the old ones, or were forgotten: unchanged, what was young once still is, unless it was taken out."""
        MEMORIES.add(self)

    @property
    def held(self) -> int:
        """The bytes that are held now."""
        return self._held + self._new_held

    @property
    def values(self) -> list[V]:
        """All that is kept: what was used last at the end, as far as that is known."""
        return [*self._old.values(), *self._young.values()]

    def get(self, key: K, default: Any = None) -> V | Any:
        """Return the value of `key`, which is then the youngest, or `default`."""
        value = self._young.get(key, _NOTHING)
        if value is not _NOTHING:
            return value
        if self._old:
            value = self._old.pop(key, _NOTHING)
            if value is not _NOTHING:
                size = self._size(key, value) + ENTRY
                self._held -= size
                self._keep(key, value, size)
                return value
        if self._new:
            value = self._new.pop(key, _NOTHING)
            if value is not _NOTHING:
                size = self._size(key, value) + ENTRY
                self._new_held -= size
                self._keep(key, value, size)
                return value
        return default

    def put(self, key: K, value: V) -> bool:
        """Keep a value in place of the one that `key` had, and return whether it is kept: one that is too large is not."""
        before = self._young.get(key, _NOTHING)
        if before is not _NOTHING:
            size = self._size(key, value) + ENTRY
            more = size - self._size(key, before) - ENTRY
            if size <= self.longest and self._held + more <= 2 * self._half:  # it is changed where it is
                self._young[key] = value
                self._held += more
                self._young_held += more
                return True
            self.pop(key)
        elif key in self._old or key in self._new:
            self.pop(key)
        elif self._selects and self._is_met_first(key):
            return self._new_limit > 0 and self._put_new(key, value)
        size = self._size(key, value) + ENTRY
        if size > self.longest:
            return False
        self._keep(key, value, size)
        return True

    def _put_new(self, key: K, value: V) -> bool:
        """Keep a value of a key that is put for the first time where new entries wait."""
        size = self._size(key, value) + ENTRY
        waits = self._held + size > 2 * self._half
        if size > (self._new_limit if waits else self.longest):
            return False
        if waits:
            self._wait(key, value, size)
        else:
            self._keep(key, value, size)
        return True

    def keeps(self, key: K) -> bool:
        """Return whether a value of `key` that is put now is kept, as far as that depends on the key: what is only made to be kept needs not be made.

        In a memory for `regulars` the first time that this is asked counts as the first time that it is put.
        """
        return not self._selects or self._new_limit > 0 or not self._is_met_first(key)

    def exchange(self, key: K, value: V) -> None:
        """Put a value in the place of a recent one, of the same size."""
        self._young[key] = value

    def _keep(self, key: K, value: V, size: int) -> None:
        """Put an entry among the young ones."""
        if self._young_held + size > self._half and self._held + size > self._ample:
            self._old.update(self._young)  # behind what is older still
            self._young.clear()
            self._young_held = 0
            self.turns += 1
        if self._held + size > 2 * self._half:
            self._held -= self._forget_first(self._old, self._held + size - 2 * self._half + self._half // 32)
            self._met_places = min(NEWCOMERS, 1 << len(self).bit_length())
        self._young[key] = value
        self._young_held += size
        self._held += size

    def _wait(self, key: K, value: V, size: int) -> None:
        """Put an entry among the new ones."""
        if self._new_held + size > self._new_limit:
            self._new_held -= self._forget_first(self._new, size + self._new_limit // 32)
        self._new[key] = value
        self._new_held += size

    def _forget_first(self, entries: dict[K, V], wanted: int) -> int:
        """Forget the first entries until enough bytes are free, or no entry is left. Return the number of bytes."""
        free = 0
        while entries and free < wanted:
            for key in list(islice(entries, _TOGETHER)):
                value = entries.pop(key, _NOTHING)
                if value is not _NOTHING:
                    free += self._size(key, value) + ENTRY
                if free >= wanted:
                    break
        return free

    def _is_met_first(self, key: K) -> bool:
        """Return whether a key is put for the first time, for all that is known of the last few thousand; of two hashes alike the second may pass."""
        met = self._met
        if met is None:
            met = self._met = array("q", bytes(8 * NEWCOMERS))
        digest = hash(key)
        place = digest & (self._met_places - 1)
        if met[place] == digest:
            return False
        met[place] = digest
        return True

    def pop(self, key: K) -> None:
        """Forget a key, if it is there."""
        value = self._young.pop(key, _NOTHING)
        if value is not _NOTHING:
            size = self._size(key, value) + ENTRY
            self._young_held -= size
            self._held -= size
        value = self._old.pop(key, _NOTHING)
        if value is not _NOTHING:
            self._held -= self._size(key, value) + ENTRY
        value = self._new.pop(key, _NOTHING)
        if value is not _NOTHING:
            self._new_held -= self._size(key, value) + ENTRY

    def clear(self) -> None:
        """Forget everything."""
        self._young.clear()
        self._old, self._new = {}, {}
        self._held = self._young_held = self._new_held = 0
        self.turns += 1
        self._met = None

    def __len__(self) -> int:
        return len(self._young) + len(self._old) + len(self._new)

    def __contains__(self, key: K) -> bool:
        return key in self._young or key in self._old or key in self._new

    def __repr__(self) -> str:
        return f"Bounded({self.name}, {len(self)} entries, {self.held} of {self.limit} bytes)"


def remembered(
    *, limit: int = 2 << 20, longest: int = 4096, size: Callable[[Any, Any], int] = size_of_entry
) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """Keep what a pure function of texts returned, in at most `limit` bytes; like `lru_cache`, but bounded in bytes.

    `longest`: characters of all its arguments together, which are positional; for longer ones the function is called anew.
    """

    def decorate(function: Callable[P, V]) -> Callable[P, V]:
        name = f"{function.__module__}.{function.__qualname__}"
        memory: Bounded[Any, V] = Bounded(name, limit, longest=limit, size=size)

        @wraps(function)
        def of_one(text: Any) -> V:
            value = memory._young.get(text, _NOTHING)  # noqa: SLF001  # one look-up, for what is asked thousands of times a second
            if value is _NOTHING:
                if len(text) > longest:
                    return function(text)  # type: ignore[call-arg]
                value = memory.get(text, _NOTHING)
            if value is _NOTHING:
                value = function(text)  # type: ignore[call-arg]
                memory.put(text, value)
            return value  # type: ignore[no-any-return]

        @wraps(function)
        def of_many(*texts: Any) -> V:
            value = memory._young.get(texts, _NOTHING)  # noqa: SLF001
            if value is _NOTHING:
                if sum(map(len, texts)) > longest:
                    return function(*texts)  # type: ignore[call-arg]
                value = memory.get(texts, _NOTHING)
            if value is _NOTHING:
                value = function(*texts)  # type: ignore[call-arg]
                memory.put(texts, value)
            return value  # type: ignore[no-any-return]

        recalled: Any = of_one if function.__code__.co_argcount == 1 else of_many
        recalled.memory = memory
        return recalled  # type: ignore[no-any-return]

    return decorate
