"""Answers that a test puts in the way: each is given as often as it was asked to, and then what is behind answers again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus

from msgspec import Struct, field

from gateway.core.model import Headers, Request, Response, Send
from gateway.http1 import HeadError, response_head
from gateway.transports.bodies import close

LONGEST = 3600
"""Seconds that an answer may be delayed."""
STATUSES = range(200, 1000)
BODILESS = frozenset({204, 205, 304})
"""Statuses whose answers have no content (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5)."""
FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
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

    def __post_init__(self) -> None:
        """Raise a ValueError for what could never be given, or never in time."""
        if self.times < 1:
            message = f"times: expected 1 or more, found {self.times!r}"
            raise ValueError(message)
        if not 0 <= self.delay <= LONGEST:
            message = f"delay: expected at most {LONGEST} seconds, found {self.delay!r}"
            raise ValueError(message)

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


def answer_of(status: int, headers: Mapping[str, str], body: str | bytes | None, content: object) -> Response:
    """Return an answer: `content` as JSON, or `body` as it is, or with neither, for an error, the API's own form of one.

    A ValueError says all that no server could answer.
    """
    if wrong := [*_wrong(status, headers, has_body=body is not None or content is not None)]:
        raise ValueError("; ".join(wrong))
    reason = PHRASES.get(status, "")
    kind = "text/plain; charset=utf-8"
    if body is None and content is None and status >= HTTPStatus.BAD_REQUEST and status not in BODILESS:
        content = {"action": "none", "status": status, "code": reason.lower().replace(" ", "_"), "message": reason}
    if content is not None:
        body, kind = json.dumps(content), "application/json;charset=UTF-8"
    data = body.encode() if isinstance(body, str) else body or b""
    fields = Headers.of({"Content-Type": kind} if data else {})
    for name, value in headers.items():
        fields = fields.with_(name, value)
    if status not in BODILESS:
        fields = fields.with_("Content-Length", str(len(data)))
    return Response(status, reason, fields, data)


def _wrong(status: int, headers: Mapping[str, str], *, has_body: bool) -> Iterator[str]:
    if type(status) is not int or status not in STATUSES:
        yield f"status: expected a number from 200 to 999, found {status!r}"
    if status in BODILESS and has_body:
        yield f"body: expected none with status {status}, found one"
    given: Iterable[tuple[object, object]] = headers.items()
    for name, value in given:
        if not isinstance(name, str) or not isinstance(value, str):
            yield f"headers: expected text, found {name!r}: {value!r}"
        elif name.lower() in FRAMING:
            yield f"headers: expected nothing of how an answer is framed, which is the gateway's, found {name}"
        else:
            try:
                response_head(200, "", ((name.encode("latin-1", "replace"), value.encode("latin-1", "replace")),))
            except HeadError as error:
                yield f"headers: expected a field, found {name!r}: {error}"
