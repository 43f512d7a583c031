"""The emulator: its catalogue, its state, and its one entry function."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from gateway.emulator.asked_for import asked_for
from gateway.emulator.catalogue import Catalogue, built_in
from gateway.emulator.errors import plain_error
from gateway.emulator.model import Answer, Asked, Call, Options
from gateway.emulator.routes import find
from gateway.emulator.setting import Setting
from gateway.emulator.state import Memory, State
from gateway.emulator.throttle import CAPACITY, Bucket, address, is_throttled, too_many


class Emulator:
    """A stand-in for the Adobe Pass API. It has a state for each device and client.

    To see what an app does after a failure, send the request header `X-Emulator-Status` with the name of a documented code, or with 500 or
    429. The answer is this failure, in its documented form, on any path. Nothing else happens. A proxy passes this header on.
    """

    def __init__(
        self,
        options: Options | None = None,
        catalogue: Catalogue | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` is for settings from tests. A call has its own time. Both are seconds since the epoch."""
        self.clock = clock
        self.options = options or Options()
        self.catalogue = catalogue or built_in()
        self.state = State(self.options.remember)
        self._buckets: Memory[Bucket] = Memory(self.options.remember)

    def handle(self, call: Call) -> Answer:
        """Answer a call. No bytes make it raise an error."""
        answered = self._answer(call)
        # RFC 9110 section 9.3.2: the head describes the body that a GET would get.
        return replace(answered, body=b"") if call.method == "HEAD" else answered

    @property
    def setting(self) -> Setting:
        """Read and set the state, for tests."""
        return Setting(self)

    def reset(self) -> None:
        """Forget every call."""
        self.state.reset()
        self._buckets.clear()

    def _answer(self, call: Call) -> Answer:
        if self.options.throttle and is_throttled(call):
            key = address(call)
            allowed, bucket = (self._buckets.get(key) or Bucket(CAPACITY, call.now)).take(call.now)
            self._buckets.keep(key, bucket)
            if not allowed:
                return too_many(call)
        found = find(call)
        named: Mapping[str, str] = found.named
        asked = Asked(call, self.options, self.catalogue, self.state, **named, swapped=found.swapped)
        if (failure := asked_for(asked)) is not None:
            return failure
        if found.route is None:
            return plain_error(
                call, 501, f"The emulator does not know {call.method[:20]} {call.path[:200]}. It may exist at Adobe."
            )
        if found.allowed:
            methods = ", ".join(found.allowed)
            return plain_error(call, 405, f"The path accepts {methods}, not {call.method[:20]}.", ("Allow", methods))
        return found.route.handler(asked)
