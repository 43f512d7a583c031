"""A memory that is bounded in bytes. Every memory that traffic fills is of this type.

Facts
-----
* A memory has two dicts: young entries and old entries. An entry is young after it was put or asked for. When the young entries fill
  half of the limit, they become the newest of the old entries. If there is no space left, the oldest old entries are forgotten. So a
  young entry costs one look-up. An entry stays at least until other entries of half the limit were used. If all entries fit, all stay.
* In a memory for `regulars`, a client that puts only new entries does not displace the entries of others.
* In a memory where new entries are `waiting`, they take the free space. After that they take an eighth of the limit, and displace only
  other waiting entries. A waiting entry becomes young when it is asked for, or put again. So a client that comes again pays once.
* A memory for `regulars`, or with `waiting` entries, has no old entries until it is nearly full. Until then nothing is forgotten, so the
  memory need not know which entries were used last. When it fills up for the first time, it may forget an entry that is needed soon. The
  entry is then made again.
* If a key comes again only after more other keys than a full memory holds, it counts as new each time (`newcomers.py`). So if many
  devices take turns, a small memory keeps the entries of some devices, and does not replace each entry before it is needed again.
* A limit on the number of entries bounds nothing, since a client chooses the length of its path. So each entry has a size in bytes, an
  honest estimate. An entry larger than `longest` is not kept.
* Several threads may use one memory. Then the count of bytes may be off by an entry, until the young entries become old.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from functools import wraps
from itertools import chain, islice
from sys import getsizeof
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import ref

from msgspec import Struct

from gateway.core.newcomers import Newcomers

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")

ENTRY = 112
"""Bytes that a dict takes for an entry at most, besides key and value. It takes as much just after it has grown."""
_TOGETHER = 64
"""Largest number of entries that are forgotten together. The first entry of a dict is found slowly if many before it were taken out."""
_NOTHING: Any = object()
_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})
"""Types of values that have no parts."""


_MADE: set[ref[Bounded[Any, Any]]] = set()
"""All memories of the process. A WeakSet would call Python for each memory that is made or freed, and a gateway has two dozen."""


def memories() -> list[Bounded[Any, Any]]:
    """Return all memories of the process, for code that looks at each of them."""
    return [memory for made in list(_MADE) if (memory := made()) is not None]


def size_of(value: object) -> int:
    """Return the size of a value with all its parts, in bytes. A part that occurs twice counts twice."""
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
    for entry in inner:  # most parts are plain, and this runs for each new entry
        size += getsizeof(entry) if entry.__class__ in _PLAIN else size_of(entry)
    return size


def size_of_entry(key: object, value: object) -> int:
    """Return the size of a key and its value, in bytes."""
    if key.__class__ in _PLAIN and value.__class__ in _PLAIN:
        return getsizeof(key) + getsizeof(value)
    return size_of(key) + size_of(value)


class Bounded(Generic[K, V]):
    """A cache in at most `limit` bytes. The entry that was unused for the longest is forgotten first."""

    __slots__ = (
        "__weakref__",
        "_ample",
        "_half",
        "_held",
        "_new",
        "_new_held",
        "_new_limit",
        "_newcomers",
        "_old",
        "_old_held",
        "_selects",
        "_size",
        "_young",
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
        """`longest`: size of the largest kept entry, in bytes. `size` returns the size of a key and its value, in bytes.

        `regulars`: an entry is kept when it is put for the second time. So a client with only new entries does not displace the kept ones.
        `waiting`: if there is no space left, an entry waits among the new ones, and is kept when it is asked for.
        """
        self.name = name
        self.limit = limit
        self._new_limit = limit // 8 if waiting else 0
        self._half = (limit - self._new_limit) // 2
        self._ample = self._half * 15 // 8 if waiting or regulars else self._half
        """Up to this number of bytes, all entries stay young."""
        self.longest = min(longest, self._half)
        self._size = size
        self._selects = regulars or waiting
        self._newcomers = Newcomers()
        self._young: dict[K, V] = {}
        self.recent: Mapping[K, V] = self._young
        """The young entries, always the same mapping. Code that looks up often reads it first, and calls `get` for a missing key."""
        self._old: dict[K, V] = {}
        self._new: dict[K, V] = {}
        self._held = 0
        """Size of the young and the old entries, in bytes."""
        self._old_held = 0
        """Size of the old entries, in bytes."""
        self._new_held = 0
        self.turns = 0
        """How often the young entries became old, or were forgotten. While it is unchanged, young entries stay young, unless taken out."""
        _MADE.add(ref(self, _MADE.discard))

    @property
    def held(self) -> int:
        """The size of all entries now, in bytes."""
        return self._held + self._new_held

    @property
    def has_others(self) -> bool:
        """Whether there are entries besides the recent ones."""
        return bool(self._old or self._new)

    @property
    def values(self) -> list[V]:
        """All kept values. As far as this is known, the value that was used last is at the end."""
        return [*self._old.values(), *self._young.values()]

    def get(self, key: K, default: Any = None) -> V | Any:
        """Return the value of `key`, or `default`. The entry is then the youngest."""
        value = self._young.get(key, _NOTHING)
        if value is not _NOTHING:
            return value
        if self._old:
            value = self._old.pop(key, _NOTHING)
            if value is not _NOTHING:
                size = self._size(key, value) + ENTRY
                self._held -= size
                self._old_held -= size
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

    def lacks(self, keys: Collection[K]) -> bool:
        """Return whether no entry has one of these keys. This is faster than a look-up of each key, and makes no entry younger."""
        return (
            self._young.keys().isdisjoint(keys)
            and (not self._old or self._old.keys().isdisjoint(keys))
            and (not self._new or self._new.keys().isdisjoint(keys))
        )

    def put(self, key: K, value: V, *, again: bool = False) -> bool:
        """Replace the value of `key`. Return whether the value is kept: a value that is too large is not.

        `again`: the caller knows that the key came before. Then a memory for `regulars` keeps the value at once.
        """
        young = self._young
        if key in young:
            return self._replace(key, value)
        is_new = self._selects and not again
        if (self._old and key in self._old) or (self._new and key in self._new):  # an empty dict hashes the key, too
            self.pop(key)
            is_new = False
        elif is_new and not self._new_limit:
            if self._newcomers.is_first(key):
                return False
            is_new = False
        size = self._size(key, value) + ENTRY
        held = self._held + size
        if held <= self._ample and size <= self.longest:
            young[key] = value
            self._held = held
            return True
        return self._put_in_place_of_others(key, value, size, is_new=is_new and self._newcomers.is_first(key))

    def add(self, key: K, value: V) -> None:
        """Put a value under a key that this memory lacks. It is faster than `put`, and not for memories with `regulars` or `waiting`."""
        size = self._size(key, value) + ENTRY
        held = self._held + size
        if held <= self._ample and size <= self.longest:
            self._young[key] = value
            self._held = held
        else:
            self._put_in_place_of_others(key, value, size, is_new=False)

    def _put_in_place_of_others(self, key: K, value: V, size: int, *, is_new: bool) -> bool:
        """Put an entry into a memory that has little space left, or whose entries grow old."""
        if is_new and self._held + size > 2 * self._half:
            if size > self._new_limit:
                return False
            self._wait(key, value, size)
            return True
        if size > self.longest:
            return False
        self._keep(key, value, size)
        return True

    def _replace(self, key: K, value: V) -> bool:
        """Replace the value of a young entry. It keeps its place."""
        size = self._size(key, value) + ENTRY
        before = self._young.get(key, value)  # another thread may have made it old meanwhile
        more = size - self._size(key, before) - ENTRY
        if size <= self.longest and self._held + more <= 2 * self._half:
            self._young[key] = value
            self._held += more
            return True
        self.pop(key)
        if size > self.longest:
            return False
        self._keep(key, value, size)
        return True

    def keeps(self, key: K) -> bool:
        """Return whether a value would be kept under `key`, as far as this depends on the key. If not, the value need not be made.

        In a memory for `regulars`, the first call of this counts as the first `put`.
        """
        return not self._selects or self._new_limit > 0 or not self._newcomers.is_first(key)

    def exchange(self, key: K, value: V) -> None:
        """Replace a recent value by one of the same size."""
        self._young[key] = value

    def _keep(self, key: K, value: V, size: int) -> None:
        """Put an entry among the young ones."""
        if self._held - self._old_held + size > self._half and self._held + size > self._ample:
            # into a new dict, the oldest entries first: a dict from which many entries were taken out would grow to twice the size
            self._old = self._old | self._young
            self._old_held = self._held
            self._young.clear()
            self.turns += 1
        if self._held + size > 2 * self._half:
            free = self._forget_first(self._old, self._held + size - 2 * self._half + self._half // 32)
            self._held -= free
            self._old_held -= free
            self._newcomers.was_full(len(self))
        self._young[key] = value
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

    def pop(self, key: K) -> None:
        """Forget a key, if it is there."""
        value = self._young.pop(key, _NOTHING) if self._young else _NOTHING
        if value is not _NOTHING:
            self._held -= self._size(key, value) + ENTRY
        value = self._old.pop(key, _NOTHING) if self._old else _NOTHING
        if value is not _NOTHING:
            size = self._size(key, value) + ENTRY
            self._held -= size
            self._old_held -= size
        value = self._new.pop(key, _NOTHING) if self._new else _NOTHING
        if value is not _NOTHING:
            self._new_held -= self._size(key, value) + ENTRY

    def clear(self) -> None:
        """Forget everything."""
        self._young.clear()
        self._old, self._new = {}, {}
        self._held = self._old_held = self._new_held = 0
        self.turns += 1
        self._newcomers.clear()

    def __len__(self) -> int:
        return len(self._young) + len(self._old) + len(self._new)

    def __contains__(self, key: K) -> bool:
        return key in self._young or key in self._old or key in self._new

    def __repr__(self) -> str:
        return f"Bounded({self.name}, {len(self)} entries, {self.held} of {self.limit} bytes)"


def remembered(
    *, limit: int = 2 << 20, longest: int = 4096, size: Callable[[Any, Any], int] = size_of_entry
) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """Cache the results of a pure function of texts, in at most `limit` bytes. It is like `lru_cache`, but bounded in bytes.

    `longest`: length of all arguments together, in characters. For longer arguments, nothing is cached. Arguments are positional.
    """

    def decorate(function: Callable[P, V]) -> Callable[P, V]:
        name = f"{function.__module__}.{function.__qualname__}"
        memory: Bounded[Any, V] = Bounded(name, limit, longest=limit, size=size)
        # one look-up, for what is asked thousands of times a second
        recent: Callable[[Any, Any], Any] = memory.recent.get

        @wraps(function)
        def of_one(text: Any) -> V:
            value = recent(text, _NOTHING)
            if value is not _NOTHING:
                return value  # type: ignore[no-any-return]
            if len(text) > longest:
                return function(text)  # type: ignore[call-arg]
            value = memory.get(text, _NOTHING) if memory._old else _NOTHING  # noqa: SLF001  # of this module
            if value is _NOTHING:
                value = function(text)  # type: ignore[call-arg]
                memory.add(text, value)
            return value  # type: ignore[no-any-return]

        @wraps(function)
        def of_many(*texts: Any) -> V:
            value = recent(texts, _NOTHING)
            if value is not _NOTHING:
                return value  # type: ignore[no-any-return]
            if sum(map(len, texts)) > longest:
                return function(*texts)  # type: ignore[call-arg]
            value = memory.get(texts, _NOTHING) if memory._old else _NOTHING  # noqa: SLF001  # of this module
            if value is _NOTHING:
                value = function(*texts)  # type: ignore[call-arg]
                memory.add(texts, value)
            return value  # type: ignore[no-any-return]

        number = function.__code__.co_argcount - isinstance(function, MethodType)
        recalled: Any = of_one if number == 1 else of_many
        recalled.memory = memory
        return recalled  # type: ignore[no-any-return]

    return decorate
