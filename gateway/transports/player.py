"""Answers from a cassette: the recorded interactions that match, in their order, each device at its own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from time import time

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.bindings import Bindings
from gateway.core.device import Device
from gateway.core.errors import gateway_error
from gateway.core.matching import DeviceChoice, Index, Matcher, shortened
from gateway.core.memo import memo_of
from gateway.core.model import Interaction, Request, Response, Send
from gateway.core.nearest import LOOK_AT, Key
from gateway.core.recorded import RecordedHead, heads_of
from gateway.core.redaction import Redaction
from gateway.core.saying import LONGEST, Saying
from gateway.core.standing import AllStand
from gateway.core.state import OnExhausted, SharedState
from gateway.transports.bodies import close, gather
from gateway.transports.misses import Misses, Nearest
from gateway.transports.played_times import PlayedTimes, Times
from gateway.transports.redactor import NotRedactedError, Redactor

SHORT_BODY = 1 << 15
"""Largest body that is compared in the event loop, in bytes. A larger body is compared in a thread."""
SHORT_BLOCK = 1 << 17
"""Largest interaction that is read in the event loop, in bytes. A larger one is read in a thread."""
DIFFERENCES = 20
"""Largest number of differences that are shown for one recorded request."""
BOUND = "devices bound"
BOUND_HINT = "this device is not in the cassette under this key; it replays what another device recorded"
ANOTHER_DEVICE = "device: recorded others, got one that is not among them"


class _Found(Struct, frozen=True):
    """The key of a head, and the position of the interaction that answers it. No position if the answer may change."""

    upstream: str
    key: Key
    position: int | None = None
    bound_as: str = ""
    """The name under which the device is bound; empty if it is not bound. The answer stays the same while the binding does."""


class Player:
    """Plays interactions. `otherwise` sends the requests that were not found. Without it, the gateway itself answers a miss."""

    def __init__(
        self,
        interactions: Sequence[Interaction],
        *,
        redaction: Redaction,
        redactor: Redactor,
        matcher: Matcher,
        device: DeviceChoice,
        on_exhausted: OnExhausted,
        state: SharedState,
        origins: Callable[[str], str],
        max_body: int,
        warn: Callable[..., None],
        otherwise: Send | None = None,
        stands_in: Callable[[str], bool] = lambda _: False,
        index: Index | None = None,
        times: Times = "as_recorded",
        clock: Callable[[], float] = time,
        scope: str = "",
    ) -> None:
        """Take the interactions, and how they are played.

        `scope`: keeps the places in this cassette apart from the places in other cassettes, if they share the state.
        `stands_in`: whether the upstream of a name is the emulator. Only then are recordings of the emulator played for it.
        `index`: the index of these interactions, if another player has made it. `times`: how the times in answers are changed.
        """
        self.interactions = interactions
        self._answers: list[Response | None] = [None] * len(interactions)
        self._heads = heads_of(interactions)
        self._emulated = {number for number, head in enumerate(self._heads) if head.source == "emulator"}
        self._redaction = redaction
        self._redactor = redactor
        self._matcher = matcher
        self._index = index if index is not None else Index(matcher, self._known(interactions), self._compared)
        self._bindings = Bindings(device, state, same_key=all(map(self._of_this_key, self._heads)), scope=scope)
        self._scope = f"{scope} " if scope else ""
        self._on_exhausted = on_exhausted
        self._state = state
        self._origins = origins
        self._max_body = max_body
        self._warn = warn
        self._otherwise = otherwise
        self._stands_in = stands_in
        self._not_emulated: dict[int, list[int]] = {}
        """Sequences without the emulator's answers, by the identity of the index's own sequence."""
        self._repeats = otherwise is None and on_exhausted != "error"
        """Whether a sequence of one answer repeats that answer."""
        self._misses = Misses(partial(_nearest, self._index, self._heads, redaction))
        self._times = PlayedTimes(interactions, times, clock=clock, state=state, warn=warn)
        if otherwise is None:
            _ = self._index.nearby  # made now, so that no request waits for it

    async def send(self, request: Request) -> Response:
        """Answer from the cassette. If the cassette has no answer, use `otherwise`, or answer with a miss."""
        memo = memo_of(request)
        met: _Found | None = memo.get(self) if memo is not None else None
        if met is not None:
            if met.upstream != request.upstream:
                met = None
            elif met.position is not None and self._bindings.still(met.bound_as):
                return await self._answer(met.position)
        if self._matcher.needs_body:
            request = replace(request, body=await gather(request.body, self._max_body))
        try:
            origin = self._origins(request.upstream)
            known = met.key if met is not None else self._index.key_of(request, origin)
            key = known or await self._key(request, origin)
            answer = await self.find(request, key)
        except NotRedactedError as error:
            self._warn("not compared", id=request.id, why=str(error))
            key, answer = (), None
        if answer is None and self._otherwise is not None:
            return await self._otherwise(request)
        if request.body != b"":
            await close(request.body)
        return answer or (await self._miss(request, key) if key else _too_much_work())

    async def find(self, request: Request, key: Key) -> Response | None:
        """Return the next recorded answer for this device; None for a miss. `key` is the key of the request.

        Raises NotRedactedError if the comparison takes too long.
        """
        candidates = self._index.find(key)
        if candidates is None:
            return None
        emulated_stay_out = self._otherwise is not None and self._emulated and not self._stands_in(request.upstream)
        if emulated_stay_out and not self._without_emulated(candidates.positions):
            return None  # before the device is bound to a recorded device that it does not replay
        device = self._redaction.device(request)
        target = await self._target(request) if candidates.differ_in_target else ""
        further = await self._further(request) if candidates.differ_further else ()
        positions = await self._bindings.choose(candidates, device, target, further)
        if emulated_stay_out:
            positions = self._without_emulated(positions)
        if not positions:
            return None
        bound_as = self._bindings.bound_as(candidates, device)
        if device and (bound_as or self._bindings.is_bound(device)):
            self._state.once(BOUND, "", self._warn_of_bound)
        if not self._repeats or len(positions) > 1:
            return await self._next(positions, request.device, has_our_token=request.credentials is not None)
        answer = await self._answer(positions[0])
        memo = memo_of(request)
        if memo is not None:
            memo[self] = _Found(request.upstream, key, positions[0], bound_as)
        return answer

    def standing(self, request: Request) -> AllStand | None:
        """Return how to see whether the next such request gets the same answer. None if it may get another answer."""
        memo = memo_of(request)
        met: _Found | None = memo.get(self) if memo is not None else None
        if met is None or met.position is None or met.upstream != request.upstream:
            return None
        as_it_is = self._times.standing(met.position)
        if as_it_is is None or not met.bound_as:
            return as_it_is
        return (partial(self._still, met.bound_as), *as_it_is)

    def _still(self, bound_as: str, _: float) -> bool:
        return self._bindings.still(bound_as)

    def plays(self, device: str) -> str:
        """Return the recorded device that a live device replays, both as pseudonyms. Empty if it replays its own recordings, or nothing."""
        return self._bindings.plays(device)

    @property
    def played(self) -> list[bool]:
        """For each interaction: whether it has been played."""
        return [answer is not None for answer in self._answers]

    @property
    def unplayed(self) -> list[int]:
        """The positions of the interactions that have not been played yet."""
        return [position for position, answer in enumerate(self._answers) if answer is None]

    def rewind(self) -> None:
        """Start every sequence again, for every device."""
        self._state.rewind()

    def _warn_of_bound(self) -> None:
        self._warn(BOUND, hint=BOUND_HINT)

    def _known(self, interactions: Sequence[Interaction]) -> Sequence[Interaction]:
        """Return interactions whose requests name their device by a pseudonym, as `find` does."""
        if all(map(self._redaction.trusts_head, self._heads)):
            return interactions
        return [
            entry
            if self._redaction.trusts(entry)
            else replace(entry, request=self._redaction.redacted(entry.request)[0])
            for entry in interactions
        ]

    def _of_this_key(self, head: RecordedHead) -> bool:
        """Whether this run makes the same pseudonyms. An interaction that nobody redacted gets its pseudonyms in `_known`."""
        return head.key_id is None or head.key_id == self._redaction.key_id is not None

    async def _key(self, request: Request, origin: str) -> Key:
        """Return the key of a request whose key is not remembered."""
        compared = await self._redactor.compared(request, whole=self._matcher.needs_more)
        if self._matcher.needs_body and isinstance(compared.body, bytes) and len(compared.body) > SHORT_BODY:
            return await asyncio.to_thread(self._matcher.key, compared, origin)  # reading JSON of a MiB takes a while
        key = self._matcher.key(compared, origin)
        self._index.learn(request, origin, key)
        memo = memo_of(request)
        if memo is not None:
            memo[self] = _Found(request.upstream, key)
        return key

    async def _target(self, request: Request) -> str:
        """Return the part of the target that chooses among recordings, with the pseudonyms of a recording."""
        if len(request.target) > LONGEST:
            return self._matcher.choice(await self._redactor.target(request.target))
        return self._matcher.choice(Saying(self._redaction, request).target)

    async def _further(self, request: Request) -> tuple[bytes, ...]:
        """Return the parts of the compared header fields and body that choose among recordings, with the pseudonyms of a recording."""
        shown = await self._redactor.shown(request)
        origin = self._origins(request.upstream)
        if isinstance(shown.body, bytes) and len(shown.body) > SHORT_BODY:
            return await asyncio.to_thread(self._matcher.further_choice, shown, origin)
        return self._matcher.further_choice(shown, origin)

    def _without_emulated(self, positions: Sequence[int]) -> Sequence[int]:
        real = self._not_emulated.get(id(positions))
        if real is None:
            real = [position for position in positions if position not in self._emulated]
            self._not_emulated[id(positions)] = real
        return real

    def _compared(self, request: Request) -> Request:
        return self._redaction.compared(request, whole=self._matcher.needs_more)

    async def _next(self, positions: Sequence[int], device: Device, *, has_our_token: bool) -> Response | None:
        """Return this device's next answer from the sequence of these positions. After the last one, None or an error.

        `has_our_token`: the request carries the gateway's own token. Then a 401 is skipped if the recorded request was sent once more.
        """
        cursor = f"{self._scope}{positions[0]} {len(positions)} {device.key}"
        turn = await self._state.advance(
            cursor, len(positions), self._on_exhausted if self._otherwise is None else "error"
        )
        if turn is not None:
            answer = await self._answer(positions[turn])
            is_refusal = has_our_token and answer.status == 401  # noqa: PLR2004  # RFC 9110 section 15.5.2
            if is_refusal and await self._was_sent_again(positions[turn : turn + 2]):
                return await self._next(positions, device, has_our_token=False)
            return answer
        if self._otherwise is not None:
            return None
        return gateway_error(
            502,
            "gateway_replay_exhausted",
            f"The cassette has {len(positions)} answers to this request, and this device has had them all.",
        )

    async def _was_sent_again(self, positions: Sequence[int]) -> bool:
        """Whether two recordings belong to one exchange, whose request was sent twice."""
        ids = [(await self._read(position)).about.get("id") for position in positions]
        return len(ids) > 1 and ids[0] == ids[1] and bool(ids[0])

    async def _answer(self, position: int) -> Response:
        """Return the answer at a position, with its times for now. If this policy did not redact it, it is redacted at its first use."""
        answer = self._answers[position]
        if answer is None:
            interaction = await self._read(position)
            response = interaction.response
            if not self._redaction.trusts(interaction):
                response = await self._redactor.answer(interaction)
            answer = self._answers[position] = replace(response, source="cassette")
        return await self._times.of(position, answer)

    async def _read(self, position: int) -> Interaction:
        if self._heads[position].size > SHORT_BLOCK:
            return await asyncio.to_thread(self.interactions.__getitem__, position)
        return self.interactions[position]

    async def _miss(self, request: Request, key: Key) -> Response:
        """Answer that nothing was recorded for a request, and show the nearest recordings, unless too many misses wait already."""
        message = "The cassette holds no answer to this request."
        if request.may_be_missing:  # nobody reads the nearest recordings
            return gateway_error(502, "gateway_replay_miss", message)
        nearest = await self._misses.nearest(request.device.key, key)
        if nearest is None:
            message += " The nearest requests are not shown, because too many other requests without an answer wait for theirs."
            return gateway_error(502, "gateway_replay_miss", message)
        if len(self._index) > LOOK_AT:
            message += f" Of its {len(self._index)} different requests, the likeliest {LOOK_AT} were compared."
        said = Saying(self._redaction, request)
        shown = [{**near, "differs": [said.text(text) for text in near["differs"]]} for near in nearest]
        return gateway_error(502, "gateway_replay_miss", message, nearest=shown)


def _nearest(index: Index, heads: Sequence[RecordedHead], redaction: Redaction, key: Key) -> Nearest:
    """Return the nearest recordings, with a wildcard for each secret. It runs in a thread, so it changes nothing."""
    shown: Nearest = []
    for near in index.nearest(key):
        head = heads[near.position]
        compared = redaction.compared(Request(head.method, head.target), whole=False)
        differs = [str(difference) for difference in near.differences[:DIFFERENCES]] or [ANOTHER_DEVICE]
        if len(near.differences) > DIFFERENCES:
            differs.append(f"and {len(near.differences) - DIFFERENCES} more")
        shown.append(
            {
                "interaction": near.position,
                "line": head.line,
                "request": f"{compared.method} {shortened(compared.target)}",
                "differs": differs,
            }
        )
    return shown


def _too_much_work() -> Response:
    message = "The request, or its answer, is too large to be searched for secrets."
    return gateway_error(502, "gateway_replay_miss", message)
