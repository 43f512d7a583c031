"""Answers from a cassette: the recorded interactions that match, in their order, each device at its own pace."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec.structs import replace

from gateway.core.bindings import Bindings
from gateway.core.devices import DeviceNames, device_identifier
from gateway.core.errors import gateway_error
from gateway.core.matching import DeviceChoice, Index, Key, Matcher
from gateway.core.model import Interaction, Request, Response, Send
from gateway.core.redaction import Redaction
from gateway.transports.bodies import close, gather
from gateway.transports.redactor import NotRedactedError, Redactor

CURSORS = 100_000
"""How many devices' places in a sequence are remembered; the oldest is forgotten, and begins anew."""


ANOTHER_DEVICE = "device: recorded others, got one that is not among them"


class Player:
    """Plays interactions. `otherwise` sends what is not found; without it a miss is an answer of the gateway's own."""

    def __init__(
        self,
        interactions: Sequence[Interaction],
        *,
        redaction: Redaction,
        redactor: Redactor,
        matcher: Matcher,
        device: DeviceChoice,
        on_exhausted: Literal["last", "error", "cycle"],
        names: DeviceNames,
        origins: Callable[[str], str],
        max_body: int,
        warn: Callable[..., None],
        otherwise: Send | None = None,
        stands_in: Callable[[str], bool] = lambda _: False,
        index: Index | None = None,
    ) -> None:
        """Take what is played, and how. `stands_in` says whether the upstream of that name is the emulator, which may be answered for by its own recordings.

        `index` is that of these interactions, where another player has made it.
        """
        self.interactions = interactions
        self._answers: list[Response | None] = [None] * len(interactions)
        self._emulated = {n for n, i in enumerate(interactions) if i.about.get("source") == "emulator"}
        self._redaction = redaction
        self._redactor = redactor
        self._matcher = matcher
        self._index = index or Index(matcher, [self._known(entry) for entry in interactions], self._compared)
        self._bindings = Bindings(device, same_key=all(map(self._of_this_key, interactions)))
        self._on_exhausted = on_exhausted
        self._names = names
        self._origins = origins
        self._max_body = max_body
        self._warn = warn
        self._said_bound = False
        self._otherwise = otherwise
        self._stands_in = stands_in
        self._cursors: OrderedDict[tuple[str, int, int], int] = OrderedDict()
        """How far a device is in the sequence that begins at a position and has so many answers."""

    async def send(self, request: Request) -> Response:
        """Answer from the cassette, or otherwise."""
        if self._matcher.needs_body:
            request = replace(request, body=await gather(request.body, self._max_body))
        try:
            answer = await self.find(request)
        except NotRedactedError as error:
            self._warn("not compared", id=request.id, why=str(error))
            answer = _too_much_work() if self._otherwise is None else None
        if answer is None:
            assert self._otherwise is not None  # noqa: S101  # find() answers itself where there is nothing else
            return await self._otherwise(request)
        await close(request.body)
        return answer

    async def find(self, request: Request) -> Response | None:
        """Return the recorded answer whose turn it is for this device; None when it is to be sent otherwise.

        Raises NotRedactedError for what is too much work to compare, or to show.
        """
        compared = await self._redactor.compared(request, whole=self._matcher.needs_more)
        key = self._matcher.key(compared, self._origins(request.upstream))
        candidates = self._index.find(key)
        if candidates is None:
            return self._miss(key) if self._otherwise is None else None
        device = self._redaction.device(request) if device_identifier(request) else ""
        target = await self._redactor.target(request.target) if len(candidates.by_target) > 1 else ""
        positions = self._bindings.choose(candidates, device, lambda: target)
        if self._otherwise is not None and self._emulated and not self._stands_in(request.upstream):
            positions = [position for position in positions if position not in self._emulated]
        if not positions:
            return self._miss(key) if self._otherwise is None else None
        if not self._said_bound and self._bindings.is_bound(device) and device:
            self._said_bound = True
            self._warn(
                "devices bound", hint="a device that is not in the cassette under this key plays a recorded one's part"
            )
        return await self._next(positions, (self._names(request), positions[0], len(positions)))

    @property
    def unplayed(self) -> list[int]:
        """The positions of the interactions that have answered nothing yet."""
        return [position for position, answer in enumerate(self._answers) if answer is None]

    def rewind(self) -> None:
        """Let every device begin anew."""
        self._cursors.clear()

    def _known(self, interaction: Interaction) -> Interaction:
        """Return an interaction whose request names its device as `find` does: by a pseudonym."""
        if self._redaction.trusts(interaction):
            return interaction
        return replace(interaction, request=self._redaction.redacted(interaction.request)[0])

    def _of_this_key(self, interaction: Interaction) -> bool:
        """Whether its pseudonyms are those that this run gives; what nobody redacted gets them in `_known`."""
        made_by = interaction.about.get("redaction")
        return not isinstance(made_by, Mapping) or made_by.get("key_id") == self._redaction.key_id is not None

    def _compared(self, request: Request) -> Request:
        return self._redaction.compared(request, whole=self._matcher.needs_more)

    async def _next(self, positions: Sequence[int], cursor: tuple[str, int, int]) -> Response | None:
        turn = self._cursors.get(cursor, 0)
        if turn >= len(positions):
            if self._otherwise is not None:
                return None
            if self._on_exhausted == "error":
                return gateway_error(
                    502,
                    "gateway_replay_exhausted",
                    f"The cassette has {len(positions)} answers to this request, and this device has had them all.",
                )
            turn = turn % len(positions) if self._on_exhausted == "cycle" else len(positions) - 1
        self._cursors[cursor] = turn + 1
        self._cursors.move_to_end(cursor)
        if len(self._cursors) > CURSORS:
            self._cursors.popitem(last=False)
        return await self._answer(positions[turn])

    async def _answer(self, position: int) -> Response:
        """Return the answer at a position; what another policy redacted, or none, is redacted when it is first used."""
        answer = self._answers[position]
        if answer is None:
            interaction = self.interactions[position]
            response = interaction.response
            if not self._redaction.trusts(interaction):
                response = await self._redactor.answer(interaction)
            answer = self._answers[position] = replace(response, source="cassette")
        return answer

    def _miss(self, key: Key) -> Response:
        """Say what is nearest; requests are shown as they were compared, with a wildcard for each secret."""
        nearest = []
        for near in self._index.nearest(key):
            interaction = self.interactions[near.position]
            compared = self._compared(interaction.request)
            nearest.append(
                {
                    "interaction": near.position,
                    "line": interaction.line,
                    "request": f"{compared.method} {compared.target}",
                    "differs": [str(difference) for difference in near.differences] or [ANOTHER_DEVICE],
                }
            )
        return gateway_error(
            502, "gateway_replay_miss", "The cassette holds no answer to this request.", nearest=nearest
        )


def _too_much_work() -> Response:
    message = "The request, or its answer, is too large to be looked through for secrets."
    return gateway_error(502, "gateway_replay_miss", message)
