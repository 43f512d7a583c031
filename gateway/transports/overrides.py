"""Answers that a test sets for the next requests. An answer is given a set number of times. Then the upstream or the cassette answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from math import inf
from types import UnionType
from typing import Any, TypeAlias

from msgspec import Struct, field

from gateway.core.asking import Ask, ask_of
from gateway.core.equivalence import equivalent_path
from gateway.core.http_status import BODILESS, reason_of
from gateway.core.model import Headers, Request, Response, Send
from gateway.core.standing import AllStand, Standing, Stands, standing_of
from gateway.transports.bodies import close
from gateway.transports.waits import Waits
from gateway.wire.http1 import TOKEN, HeadError, response_head

LONGEST = 3600
"""Longest delay of an answer, in seconds."""
ERRORS = 400
"""The first status of an error."""
FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})


class Override(Struct):
    """One answer, the requests that get it, and the number of times that it is still given."""

    answer: Response
    method: str | None = None
    path: str | None = None
    """A path without the query, in any spelling. `*` matches any text."""
    times: int = 1
    delay: float = 0.0
    """Wait before the answer, in seconds."""
    key: str = ""
    """Identifies the override if several processes may give it."""

    def takes(self, request: Request) -> bool:
        """Whether this request gets the answer."""
        return (self.method is None or request.method == self.method.upper()) and (
            self.path is None or _fits(equivalent_path(self.path), equivalent_path(request.path))
        )

    def __str__(self) -> str:
        return f"{self.method or 'any method'} {self.path or 'any path'}, answered {self.answer.status}"


def _fits(pattern: str, path: str) -> bool:
    """Whether a path matches a pattern, in which `*` matches any text. Each piece is taken at the first place where it fits."""
    first, *pieces = pattern.split("*")
    if not pieces:
        return path == pattern
    *middle, last = pieces
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= at


Claim: TypeAlias = Callable[[Override, int], Awaitable[bool]]
"""Returns whether this process may give an answer for this time. Another process may have given it already."""


class Overrides(Struct):
    """The answers, in the order in which the test set them."""

    waiting: list[Override] = field(default_factory=list)
    """The answers that are still to be given."""
    waits: Waits = field(default_factory=Waits)
    claim: Claim | None = None
    """Called if several processes may give an answer. None: there is only this process."""

    async def take(self, request: Request) -> Override | None:
        """Return the first answer for this request, and count it as given. None if there is no answer for it."""
        for override in [*self.waiting]:
            while override.times and override.takes(request):
                number = override.times
                override.times -= 1
                if not override.times:
                    self.waiting[:] = [entry for entry in self.waiting if entry is not override]
                if self.claim is None or await self.claim(override, number):
                    return override
        return None

    def around(self, send: Send) -> Send:
        """Return a `send` that gives these answers first. A request that they answer reaches no upstream, and is not recorded."""
        return _Overridden(self, send, self.are_none, standing_of(send)).send

    def are_none(self, _: float) -> bool:
        """Whether no answer waits."""
        return not self.waiting


class _Overridden(Struct, frozen=True):
    """A `send` that gives the waiting answers, and passes all other requests on."""

    overrides: Overrides
    behind: Send
    are_none: Stands
    standing_behind: Standing

    def standing(self, request: Request) -> AllStand | None:
        """Return how to see whether the next such request gets the same answer: no answer waits, and the sender behind says so."""
        behind = self.standing_behind(request)
        return None if behind is None or self.overrides.waiting else (self.are_none, *behind)

    def asking(self, request: Request) -> Ask | None:
        """Return the `asking` of the sender behind. It is used only while no answer waits."""
        behind, overrides = ask_of(self.behind, request), self.overrides
        if behind is None:
            return None
        ask = behind
        return lambda asker: None if overrides.waiting else ask(asker)

    def send(self, request: Request) -> Awaitable[Response]:
        """Give the first answer for this request, or pass the request on."""
        return self._given_or_sent(request) if self.overrides.waiting else self.behind(request)

    async def _given_or_sent(self, request: Request) -> Response:
        override = await self.overrides.take(request)
        if override is None:
            return await self.behind(request)
        await close(request.body)
        if override.delay:
            await self.overrides.waits.wait(override.delay)
        return override.answer


class Expected(Struct, frozen=True, kw_only=True):
    """An answer as a test describes it, before it is checked."""

    status: int
    headers: Any
    body: Any
    json: object
    method: Any
    path: Any
    times: int
    delay: float

    def override(self) -> Override:
        """Return the override. A ValueError lists every value that cannot stand in a request or in an answer."""
        if wrong := [*self._wrong_answer(), *self._wrong_body(), *self._wrong_request()]:
            raise ValueError("; ".join(wrong))
        return Override(self._answer(), self.method, self.path, self.times, self.delay)

    def _answer(self) -> Response:
        """Return the answer with `json` as JSON, or with `body`. Without both, an error status gets an error in the API's own form."""
        reason = reason_of(self.status)
        content, body, kind = self.json, self.body, "text/plain; charset=utf-8"
        if body is None and content is None and self.status >= ERRORS:
            code = reason.lower().replace(" ", "_")
            content = {"action": "none", "status": self.status, "code": code, "message": reason}
        if content is not None:
            body, kind = json.dumps(content), "application/json;charset=UTF-8"
        data = body.encode() if isinstance(body, str) else body or b""
        fields = Headers.of({"Content-Type": kind} if data else {})
        for name, value in self.headers.items():
            fields = fields.with_(name, value)
        if self.status not in BODILESS:
            fields = fields.with_("Content-Length", str(len(data)))
        return Response(self.status, reason, fields, data, "override")

    def _wrong_request(self) -> Iterator[str]:
        path = self.path
        if self.method is not None and not (isinstance(self.method, str) and TOKEN.fullmatch(self.method)):
            yield f"method: expected a token, found {self.method!r}"
        if path is not None and (not isinstance(path, str) or path[:1] not in {"/", "*"} or "?" in path):
            yield f"path: expected a path without its query, or a pattern with *, found {path!r}"
        if not _is_number(self.times, int, 1, inf):
            yield f"times: expected a whole number from 1 on, found {self.times!r}"
        if not _is_number(self.delay, int | float, 0, LONGEST):
            yield f"delay: expected 0 to {LONGEST} seconds, found {self.delay!r}"

    def _wrong_answer(self) -> Iterator[str]:
        if not _is_number(self.status, int, 200, 999):
            yield f"status: expected a number from 200 to 999, found {self.status!r}"
        if not isinstance(self.headers, Mapping):
            yield f"headers: expected a map of names to values, found {self.headers!r}"
            return
        for name, value in self.headers.items():
            yield from _wrong_with_field(name, value)

    def _wrong_body(self) -> Iterator[str]:
        if not isinstance(self.body, str | bytes | None):
            yield f"body: expected text or bytes, found {self.body!r}"
        if self.body is not None and self.json is not None:
            yield "body: expected either body or json, found both"
        if self.status in BODILESS and (self.body or self.json is not None):
            yield f"body: expected no body with status {self.status}, found one"
        try:
            json.dumps(self.json, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            yield f"json: expected a value that JSON can express, found another one: {error}"


def _is_number(value: object, kind: type | UnionType, least: float, most: float) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and least <= value <= most  # type: ignore[operator]


def _wrong_with_field(name: object, value: object) -> Iterator[str]:
    if not isinstance(name, str) or not isinstance(value, str):
        yield f"headers: expected text, found {name!r}: {value!r}"
    elif name.lower() in FRAMING:
        yield f"headers: expected no field for framing, since the gateway sets these fields, found {name}"
    else:
        try:
            response_head(200, "", ((name.encode("latin-1"), value.encode("latin-1")),))
        except (HeadError, UnicodeEncodeError):
            yield f"headers: expected a name and a value in ISO-8859-1, without line ends, found {name!r}: {value!r}"
