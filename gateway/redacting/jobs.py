"""Jobs of redaction and their results, in a form that another process can read. Each job can do its work.

Facts
-----
* Jobs are sent as msgpack between the gateway and its worker, two processes of the same version. Nothing is unpickled.
* A secret may have text that UTF-8 cannot express (half a pair of surrogates). So secrets are sent as bytes.
* `about` may have such text, too (a finding quotes a JSON string). So it is sent as JSON, which has escapes for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.cassettes.entries import entry_of
from gateway.cassettes.findings import line_of
from gateway.cassettes.format import dump
from gateway.core.model import Body, Headers, RawHeaders, Request, Response, Source
from gateway.core.redaction import Redacted, Redaction
from gateway.core.secrets.wire import bytes_of, text_of
from gateway.transports.redactor import Recording

Form: TypeAlias = Literal["cassette", "findings", "history"]
"""The purpose of a recording. It decides the form of the text."""
Secrets: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Secrets with their replacements."""

M = TypeVar("M", Request, Response)


class Asked(Struct, frozen=True, array_like=True):
    """The parts of a request to redact."""

    method: str
    target: str
    headers: RawHeaders
    body: bytes
    rewritten_from: str = ""

    @classmethod
    def of(cls, request: Request) -> Asked:
        """Take it from a request whose body is whole."""
        return cls(request.method, request.target, request.headers.raw, _whole(request.body), request.rewritten_from)

    def live(self) -> Request:
        """Return the request."""
        return Request(self.method, self.target, Headers(self.headers), self.body, rewritten_from=self.rewritten_from)


class Answered(Struct, frozen=True, array_like=True):
    """The parts of an answer to redact."""

    status: int
    reason: str
    headers: RawHeaders
    body: bytes
    source: Source

    @classmethod
    def of(cls, response: Response) -> Answered:
        """Take it from an answer whose body is whole."""
        return cls(response.status, response.reason, response.headers.raw, _whole(response.body), response.source)

    def live(self) -> Response:
        """Return the answer."""
        return Response(self.status, self.reason, Headers(self.headers), self.body, self.source)


class Record(Struct, frozen=True, tag=True):
    """Make a recording of a leg."""

    request: Asked
    response: Answered
    origin: str
    recorded_at: str
    about: bytes
    form: Form = "cassette"

    def do(self, redaction: Redaction) -> Recorded:
        """Redact, search for leaks, and write it in the form of its purpose."""
        made = FORMS[self.form](
            redaction,
            self.request.live(),
            self.response.live(),
            origin=self.origin,
            recorded_at=self.recorded_at,
            about=json.loads(self.about),
        )
        return Recorded(made.block, made.leaks)


class Compare(Struct, frozen=True, tag=True):
    """Replace each secret by a wildcard, or by its pseudonym."""

    request: Asked
    whole: bool
    wild: bool = True

    def do(self, redaction: Redaction) -> Compared:
        """Return the request to compare."""
        if not self.wild:
            return Compared(Asked.of(redaction.shown(self.request.live())))
        return Compared(Asked.of(redaction.compared(self.request.live(), whole=self.whole)))


class Show(Struct, frozen=True, tag=True):
    """Redact a target."""

    target: str

    def do(self, redaction: Redaction) -> Shown:
        """Return the target with a pseudonym for each secret."""
        return Shown(redaction.target(self.target))


class AnswerJob(Struct, frozen=True, tag=True):
    """Redact the answer of an interaction that was read from a file."""

    request: Asked
    response: Answered

    def do(self, redaction: Redaction) -> Ready:
        """Return the answer to play."""
        return Ready(Answered.of(answer(redaction, self.request.live(), self.response.live())))


class Recorded(Struct, frozen=True, tag=True):
    """The result of `Record`."""

    block: bytes
    leaks: tuple[str, ...]


class Compared(Struct, frozen=True, tag=True):
    """The result of `Compare`."""

    request: Asked


class Shown(Struct, frozen=True, tag=True):
    """The result of `Show`."""

    target: str


class Ready(Struct, frozen=True, tag=True):
    """The result of `AnswerJob`."""

    response: Answered


class Failed(Struct, frozen=True, tag=True):
    """A job raised an error."""

    error: str
    """The mistake in a coding, or else the name of the exception's type. The exception's text may quote the message."""


Job: TypeAlias = Record | Compare | Show | AnswerJob
Result: TypeAlias = Recorded | Compared | Shown | Ready | Failed


class Setup(Struct, frozen=True):
    """The first message to a worker: key and policy of the redaction."""

    key: bytes
    lasting: bool
    settings: bytes | None
    """`redaction` of the configuration, as JSON; None if it adds nothing to the documentation's lists."""


class Task(Struct, frozen=True):
    """A job, and the secrets that were found since the last job."""

    job: Job
    secrets: Secrets


class JobDone(Struct, frozen=True):
    """The result of a job, with the secrets that it found."""

    result: Result
    secrets: Secrets


def record(
    redaction: Redaction,
    request: Request,
    response: Response,
    *,
    origin: str,
    recorded_at: str,
    about: Mapping[str, object],
) -> Recording:
    """Make a recording of a leg. `about` does not yet name the app's request that a rule replaced by this one."""
    if request.rewritten_from:
        method, _, target = request.rewritten_from.partition(" ")
        app_sent, _ = redaction.redacted(Request(method, target, request.headers))
        about = {**about, "rewritten_from": f"{method} {app_sent.target}"}
    made = redaction.leg(request, response, origin=origin, recorded_at=recorded_at, about=about)
    return _recording(dump(made.interaction), made)


def note(
    redaction: Redaction,
    request: Request,
    response: Response,
    *,
    origin: str,
    recorded_at: str,
    about: Mapping[str, object],
) -> Recording:
    """Make a line of the file of findings from a call without its bodies. Its header fields still have the lengths of the bodies."""
    made = redaction.leg(request, response, origin=origin, recorded_at=recorded_at, about=about)
    line = line_of(replace(made.interaction, request=_as_long(request, made.interaction.request)))
    return _recording(line, made)


def keep(
    redaction: Redaction,
    request: Request,
    response: Response,
    *,
    origin: str,
    recorded_at: str,
    about: Mapping[str, object],
) -> Recording:
    """Make an entry of the history. If a body is not kept, its header field still has its length."""
    made = redaction.leg(request, response, origin=origin, recorded_at=recorded_at, about=about)
    kept = made.interaction
    kept = replace(kept, request=_as_long(request, kept.request), response=_as_long(response, kept.response))
    return _recording(entry_of(kept), made)


def _recording(block: bytes, made: Redacted) -> Recording:
    return Recording(block, tuple(f"{leak.where}: {leak.kind}" for leak in made.leaks))


class _Make(Protocol):
    def __call__(
        self,
        redaction: Redaction,
        request: Request,
        response: Response,
        *,
        origin: str,
        recorded_at: str,
        about: Mapping[str, object],
    ) -> Recording: ...


FORMS: Mapping[Form, _Make] = {"cassette": record, "findings": note, "history": keep}


def _as_long(live: M, redacted: M) -> M:
    """Return a redacted message without a body, with the Content-Length of the live message."""
    said = live.headers.get("Content-Length")
    if live.body or not said or "Content-Length" not in redacted.headers:
        return redacted
    return replace(redacted, headers=redacted.headers.with_("Content-Length", said if said.isdigit() else "0"))


def answer(redaction: Redaction, request: Request, response: Response) -> Response:
    """Return an answer without its own secrets and without its request's secrets."""
    return redaction.interaction(request, response, origin="", recorded_at="", about={}).response


def packed(secrets: list[tuple[str, str]]) -> Secrets:
    """Return secrets in the form in which they are sent."""
    return tuple((bytes_of(secret), bytes_of(replacement)) for secret, replacement in secrets)


def unpacked(secrets: Secrets) -> list[tuple[str, str]]:
    """Return secrets from the form in which they are sent."""
    return [(text_of(secret), text_of(replacement)) for secret, replacement in secrets]


def _whole(body: Body) -> bytes:
    if not isinstance(body, bytes):
        message = "only a whole body can be redacted"
        raise TypeError(message)
    return body
