"""Applies faults to calls: it answers in place of the upstream, waits, or marks an answer for the wire to break.

Facts
-----
* Faults are outside of everything that sends, also outside of the recorder. So the answer of a fault is never recorded. If a fault only
  delays, slows or cuts off an answer, the upstream's answer is recorded whole.
* Faults look at each request that is sent: an app's request, and a request that a rule sends in its place. So a rule gets a fault's answer
  like an upstream's answer. A fault that no answer can express, such as a reset, happens to the app's connection. It does not matter
  whether the app's request or a rule's request met the fault.
* When the gateway stops, it ends delays early. An app that tests its own time limit has left by then.
* All faults of a call happen together, up to the first one that answers. If two faults break the answer, only the first one in the list
  happens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.asking import Ask, ask_of
from gateway.core.damage import Damage
from gateway.core.fault import Effect, Occasion
from gateway.core.model import Request, Response, Send
from gateway.core.planned_fault import PlannedFault
from gateway.core.standing import AllStand, Standing, Stands, standing_of
from gateway.core.state import SharedState
from gateway.transports.bodies import close, gather
from gateway.transports.waits import Waits

LONGEST = 1 << 16
"""Largest number of bytes of a request's body that a fault reads."""


class GivenFault(Struct):
    """A fault of a configuration or of a test, with its counts."""

    planned: PlannedFault
    said: object = None
    """The fault as `config.yaml` writes it."""
    met: int = 0
    """Number of calls that matched the fault."""
    happened: int = 0
    """Number of calls that the fault changed."""
    device: str = ""
    """The named device whose calls can match. Empty: the calls of all devices without their own faults."""

    def __str__(self) -> str:
        return str(self.planned)


def unmet(faults: Sequence[GivenFault]) -> tuple[str, ...]:
    """Return the faults that matched no call, as texts. Their routes may be misspelt."""
    return tuple(str(one) for one in faults if not one.met)


class Faults(Struct):
    """All faults, in their order: first the faults of a test, which may add more, then the faults of the configuration."""

    given: list[GivenFault] = field(default_factory=list)
    configured: list[GivenFault] = field(default_factory=list)
    waits: Waits = field(default_factory=Waits)
    of_devices: list[GivenFault] = field(default_factory=list)
    """The faults of single devices in the configuration. They replace `configured` for these devices."""

    @property
    def all(self) -> Sequence[GivenFault]:
        """All faults: first the faults of a test, then the faults of the configuration."""
        return (*self.given, *self.configured, *self.of_devices)

    def of_device(self, configured: list[GivenFault]) -> Faults:
        """Return the faults for a device with its own faults. The faults of a test apply to it, too."""
        self.of_devices += configured
        return Faults(self.given, configured, self.waits)

    def end(self, key: str | None = None) -> bool:
        """End the test's fault with this key; without a key, end all faults of the test. Return whether there was one."""
        left = [one for one in self.given if key is not None and one.planned.key != key]
        ended = len(left) < len(self.given)
        self.given[:] = left
        return ended

    def around(self, send: Send, state: SharedState, clock: Callable[[], float]) -> Send:
        """Return a `send` with these faults. `clock` returns seconds."""
        return _Faulty(self, send, state, clock, self.are_none, standing_of(send)).send

    def are_none(self, _: float) -> bool:
        """Whether there is no fault."""
        return not (self.given or self.configured)

    def __bool__(self) -> bool:
        return bool(self.given or self.configured)


class _Faulty(Struct, frozen=True):
    """A `send` with faults."""

    faults: Faults
    behind: Send
    state: SharedState
    clock: Callable[[], float]
    are_none: Stands
    standing_behind: Standing

    def standing(self, request: Request) -> AllStand | None:
        """Return how to see whether the next such request gets the same answer: no fault is there, and the sender behind says so."""
        behind = self.standing_behind(request)
        return None if behind is None or self.faults else (self.are_none, *behind)

    def asking(self, request: Request) -> Ask | None:
        """Return the `asking` of the sender behind. It is used only while there is no fault."""
        behind, faults = ask_of(self.behind, request), self.faults
        if behind is None:
            return None
        ask = behind
        return lambda asker: None if faults.given or faults.configured else ask(asker)

    def send(self, request: Request) -> Awaitable[Response]:
        """Apply the faults to a call, and pass it on if no fault answers."""
        return self._sent_with_faults(request) if self.faults else self.behind(request)

    async def _sent_with_faults(self, request: Request) -> Response:
        faults, send = self.faults, self.behind
        met = [one for one in (*faults.given, *faults.configured) if one.planned.meets(request)]
        if not met:
            return await send(request)
        if any(one.planned.fault.needs_body for one in met):
            request = replace(request, body=await gather(request.body, LONGEST))
        effects = await _effects(met, request, self.state, self.clock())
        if not effects:
            return await send(request)
        return await _done(effects, request, send, faults.waits)


async def _effects(
    faults: Sequence[GivenFault], request: Request, state: SharedState, now: float
) -> list[tuple[str, Effect]]:
    """Count the call for each fault. Return the names of the faults that happen, each with its effect."""
    occasions: list[tuple[GivenFault, Occasion]] = []
    for one in faults:
        one.met += 1
        occasions.append((one, await one.planned.occasion(request, state, now)))
    effects: list[tuple[str, Effect]] = []
    for one, occasion in occasions:
        effect = await one.planned.strike(occasion)
        if effect is not None:
            one.happened += 1
            effects.append((one.planned.name, effect))
            if effect.answer is not None:
                break
    return effects


async def _done(effects: Sequence[tuple[str, Effect]], request: Request, send: Send, waits: Waits) -> Response:
    """Wait, answer or send, and mark the answer with its damage."""
    delay = sum(effect.delay for _, effect in effects)
    instead = effects[-1][1].answer
    if instead is not None:
        await close(request.body)
    if delay:
        await waits.wait(delay)
    answer = replace(instead, source="fault") if instead is not None else await send(request)
    damage: Damage | None = None
    for name, effect in reversed(effects):
        damage = effect.damage(name).and_(damage)
    assert damage is not None  # noqa: S101  # there is an effect
    return replace(answer, damage=damage)
