"""Decides which messages are redacted at once, on the loop, and which ones go to the worker."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from gateway.core.codings import DecodedTooLongError, plain
from gateway.core.model import Body, Headers, Interaction, Request, Response
from gateway.core.redaction import Redaction
from gateway.redacting import jobs
from gateway.redacting.block_form import BlockForms, RepeatedLeg, blanks_of, without_blanks
from gateway.redacting.jobs import (
    Answered,
    AnswerJob,
    Asked,
    Compare,
    Compared,
    Form,
    Ready,
    Record,
    Recorded,
    Show,
    Shown,
)
from gateway.redacting.process import Worker
from gateway.transports.redactor import Recording

M = TypeVar("M", Request, Response)

SMALL = 8192
"""Largest decoded message that is redacted at once, in characters and bytes. At worst, if all of it is secrets, this takes 25 ms."""


class BackgroundRedactor:
    """Redacts for one gateway."""

    def __init__(self, redaction: Redaction, settings: bytes | None = None) -> None:
        """Take `settings`: `redaction` of the configuration, as JSON; None if it adds nothing."""
        self._redaction = redaction
        self.worker = Worker(redaction, settings)
        self._forms = BlockForms(redaction)

    async def record(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make a recording of a leg whose bodies are whole. Raises NotRedactedError if it takes too long."""
        blanks = blanks_of(about)
        leg = self._forms.of(request, response, origin, without_blanks(about)) if blanks is not None else None
        if leg is not None and blanks is not None and blanks[1] == recorded_at and self.are_harmless(blanks[:1]):
            return Recording(leg.filled(*blanks))
        return await self._recorded(request, response, origin, recorded_at, about)

    def _made(
        self, origin: str, request: Request, response: Response, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        return jobs.record(self._redaction, request, response, origin=origin, recorded_at=recorded_at, about=about)

    def form(
        self, request: Request, response: Response, *, origin: str, notes: Mapping[str, object]
    ) -> RepeatedLeg | None:
        """Return the block of a leg that repeats an earlier one."""
        return self._forms.of(request, response, origin, notes)

    def are_harmless(self, ids: Sequence[str]) -> bool:
        """Whether all these ids may fill blanks. The ids are searched for secrets together."""
        return self._forms.are_harmless(ids)

    async def noted(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make a line of the file of findings. Raises NotRedactedError if it takes too long."""
        return await self._recorded(request, response, origin, recorded_at, about, "findings")

    async def kept(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Recording:
        """Make an entry of the history. Raises NotRedactedError if it takes too long."""
        return await self._recorded(request, response, origin, recorded_at, about, "history")

    async def _recorded(
        self,
        request: Request,
        response: Response,
        origin: str,
        recorded_at: str,
        about: Mapping[str, object],
        form: Form = "cassette",
    ) -> Recording:
        size = _size(request) + len(request.rewritten_from) + _size(response)
        before = request, response
        if size <= SMALL:
            try:
                request, response = _decoded(request), _decoded(response)
            except DecodedTooLongError:
                size = SMALL + 1
            else:
                if before != (request, response):
                    size = _size(request) + len(request.rewritten_from) + _size(response)
        if size <= SMALL:
            make = jobs.FORMS[form]
            made = make(self._redaction, request, response, origin=origin, recorded_at=recorded_at, about=about)
            if form == "cassette" and not made.leaks:
                self._forms.learn(*before, origin, recorded_at, about, partial(self._made, origin))
            return made
        job = Record(Asked.of(request), Answered.of(response), origin, recorded_at, json.dumps(about).encode(), form)
        done = await self.worker.ask(job, size)
        assert isinstance(done, Recorded)  # noqa: S101  # what comes of that job
        return Recording(done.block, done.leaks)

    async def compared(self, request: Request, *, whole: bool) -> Request:
        """Return a request with a wildcard for each secret. Raises NotRedactedError if it takes too long."""
        size = _size(request) if whole else len(request.target)
        if size <= SMALL or (whole and not isinstance(request.body, bytes)):  # a stream is skipped
            return self._redaction.compared(request, whole=whole)
        asked = request if whole else replace(request, headers=Headers(), body=b"")
        done = await self.worker.ask(Compare(Asked.of(asked), whole), size)
        assert isinstance(done, Compared)  # noqa: S101  # what comes of that job
        changed = done.request.live()
        if not whole:
            return replace(request, target=changed.target)
        return replace(request, target=changed.target, headers=changed.headers, body=changed.body)

    async def shown(self, request: Request) -> Request:
        """Return a request with a pseudonym for each secret. Raises NotRedactedError if it takes too long."""
        size = _size(request)
        if size <= SMALL or not isinstance(request.body, bytes):  # a stream is skipped
            return self._redaction.shown(request)
        done = await self.worker.ask(Compare(Asked.of(request), whole=True, wild=False), size)
        assert isinstance(done, Compared)  # noqa: S101  # what comes of that job
        return replace(request, headers=done.request.live().headers, body=done.request.body)

    async def target(self, target: str) -> str:
        """Return a request target without its secrets. Raises NotRedactedError if it takes too long."""
        if len(target) <= SMALL:
            return self._redaction.target(target)
        done = await self.worker.ask(Show(target), len(target))
        assert isinstance(done, Shown)  # noqa: S101  # what comes of that job
        return done.target

    async def answer(self, interaction: Interaction) -> Response:
        """Return an interaction's answer without its secrets. Raises NotRedactedError if it takes too long."""
        request, response = interaction.request, interaction.response
        size = _size(request) + _size(response)
        if size <= SMALL:
            return jobs.answer(self._redaction, request, response)
        done = await self.worker.ask(AnswerJob(Asked.of(request), Answered.of(response)), size)
        assert isinstance(done, Ready)  # noqa: S101  # what comes of that job
        return done.response.live()

    @property
    def is_idle(self) -> bool:
        """Whether there is no process to end."""
        return not self.worker.is_running

    async def aclose(self) -> None:
        """End the worker."""
        await self.worker.aclose()


def _size(message: Request | Response) -> int:
    """Return the size of a message, in characters and bytes."""
    line = message.target if isinstance(message, Request) else message.reason
    fields = sum([len(name) + len(value) for name, value in message.headers.raw])
    return len(line) + fields + _length(message.body)


def _length(body: Body) -> int:
    return len(body) if isinstance(body, bytes) else 0


def _decoded(message: M) -> M:
    """Return a message with its decoded body, if the body is small. Raises DecodedTooLongError for a larger body."""
    headers, body = plain(message.headers, message.body, SMALL)
    return message if body is message.body else replace(message, headers=headers, body=body)
