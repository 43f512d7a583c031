"""The emulator: the pure answers, and the bounded memory between them."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec.structs import replace

from gateway.emulator.catalogue import Catalogue, built_in
from gateway.emulator.model import LOGGED_IN, LoggedOut, Options
from gateway.emulator.routes import answer, read
from gateway.emulator.throttle import CAPACITY, Bucket, address, is_throttled, too_many

if TYPE_CHECKING:
    from gateway.emulator.model import Answer, Call

T = TypeVar("T")


class Emulator:
    """A stand-in for the Adobe Pass API that remembers which device logged out of what.

    To see how an app takes a failure, send the request header `X-Emulator-Status: 500` or `X-Emulator-Status: 429`: the answer
    is that failure, in its documented form and on any path, and nothing is logged out. Any other value is ignored. A proxy
    passes the header on like any that it does not know.
    """

    def __init__(self, options: Options | None = None, catalogue: Catalogue | None = None) -> None:
        self.options = options or Options()
        self.catalogue = catalogue or built_in()
        self._gone: _Memory[LoggedOut] = _Memory(self.options.remember)
        self._buckets: _Memory[Bucket] = _Memory(self.options.remember)

    def handle(self, call: Call) -> Answer:
        """Answer a call; whatever its bytes are, it does not raise."""
        answered = self._answer(call)
        # RFC 9110 section 9.3.2: the head says what the body would have been.
        return replace(answered, body=b"") if call.method == "HEAD" else answered

    def _answer(self, call: Call) -> Answer:
        if self.options.throttle and is_throttled(call):
            key = address(call)
            allowed, bucket = self._buckets.get(key, Bucket(CAPACITY, call.now)).take(call.now)
            self._buckets.keep(key, bucket)
            if not allowed:
                return too_many(call)
        route, asked = read(call, self.options, self.catalogue)
        before = self._gone.get(asked.slice, LOGGED_IN)
        answered, after = answer(route, asked, before)
        if after != before:
            self._gone.keep(asked.slice, after)
        return answered


class _Memory(Generic[T]):
    """A mapping that forgets what it has not heard of for longest when it is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: bytes, default: T) -> T:
        if key not in self._kept:
            return default
        self._kept.move_to_end(key)
        return self._kept[key]

    def keep(self, key: bytes, value: T) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
