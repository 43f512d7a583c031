"""Answers that a test puts in the way: each is given as often as it was asked to, and then what is behind answers again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus

from msgspec import Struct, field

from gateway.core.model import Headers, Request, Response, Send
from gateway.transports.bodies import close

PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Override(Struct):
    """One answer, which requests it is for, and how often it is still to be given."""

    answer: Response
    method: str | None = None
    path: str | None = None
    """A path in which `*` stands for anything."""
    times: int = 1
    delay: float = 0.0
    """Seconds before the answer."""

    def takes(self, request: Request) -> bool:
        """Whether this request gets it."""
        return (
            self.times > 0
            and (self.method is None or request.method == self.method.upper())
            and (self.path is None or fnmatchcase(request.path, self.path))
        )

    def __str__(self) -> str:
        return f"{self.method or 'any method'} {self.path or 'any path'}, answered {self.answer.status}"


class Overrides(Struct):
    """The answers in the order in which they were asked for."""

    waiting: list[Override] = field(default_factory=list)

    def around(self, send: Send) -> Send:
        """Return a `send` that gives these answers first. What they answer reaches nobody, and is not recorded."""

        async def overridden(request: Request) -> Response:
            override = next((entry for entry in self.waiting if entry.takes(request)), None)
            if override is None:
                return await send(request)
            override.times -= 1
            await close(request.body)
            if override.delay:
                await asyncio.sleep(override.delay)
            return override.answer

        return overridden

    @property
    def left(self) -> list[Override]:
        """Those that were not given as often as they should have been."""
        return [override for override in self.waiting if override.times > 0]


def made_answer(status: int, headers: Mapping[str, str], body: str | bytes | None, content: object) -> Response:
    """Return an answer: `content` as JSON, or `body` as it is, or with neither, for an error, the API's own form of one."""
    reason = PHRASES.get(status, "")
    kind = "text/plain; charset=utf-8"
    if body is None and content is None and status >= HTTPStatus.BAD_REQUEST:
        content = {"action": "none", "status": status, "code": reason.lower().replace(" ", "_"), "message": reason}
    if content is not None:
        body, kind = json.dumps(content), "application/json;charset=UTF-8"
    data = body.encode() if isinstance(body, str) else body or b""
    fields = Headers.of({"Content-Type": kind} if data else {})
    for name, value in headers.items():
        fields = fields.with_(name, value)
    return Response(status, reason, fields.with_("Content-Length", str(len(data))), data)
