"""Asks a live upstream what a cassette holds, and says where its answers are no longer the recorded ones.

Facts
-----
* A cassette holds no tokens: Authorization is the caller's, wherever the recorded request had one. Where another tool recorded, which
  may have left it out, it is added to what was not answered with 401.
* What is pseudonymous is sent where it does no harm to the comparison: the identifier of a device, which is then one that nobody
  logged in, what a redirectUrl carries, a visitor's id, the members of X-Device-Info. An SSO token, a registration code or a
  credential that is a pseudonym would be refused for what it is, so such a request is not sent.
* A device under a pseudonym is logged in nowhere. Where the live answer says just that, and the recorded one did not, the two say
  nothing about the API; they count as not verifiable, not as drift.
* A live 401 to the caller's token, a 429 and a 502, 503 or 504 come from what stands before the API, and count as not verifiable, too.
  After the first two every other request would fare alike, or make it worse: nothing more is sent.
* What a device was answered after a logout that is not sent, it would be answered otherwise now: that is not sent either. A logout
  that was recorded as failed ended nothing.
* What tells addresses is not sent: the device that asks is this machine, and Adobe throttles by address. One request a second is
  what it allows everybody for ever (throttling-mechanism page).
* Whatever is not known to be safe (RFC 9110 section 9.2.1) may change something: only GETs of routes of the API other than logouts
  are sent without being allowed.
* A request is sent once, and rules do not apply: a cassette holds what Adobe saw.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.adobe.hosts import read_origin
from gateway.core.adobe.json_text import Json, read_json
from gateway.core.adobe.routes import place_of
from gateway.core.codings import CodingError, decode
from gateway.core.devices import device_identifier
from gateway.core.drift import Drift, drifts, says_logged_out
from gateway.core.headers import end_to_end
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction, Request, Response, Send
from gateway.core.secrets.pseudonyms import is_pseudonym, is_pseudonym_bytes
from gateway.transports.bodies import close, gather

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.core.redaction import Redaction

LONGEST_TOKEN = 65536
SHORTEST_SECRET = 4
"""Characters below which a token is none, and stands in every word."""
PRODUCTION = "production"
THROTTLED, UNAUTHORIZED, ERRORS = 429, 401, 400
OUTAGES = frozenset({502, 503, 504})

_TOKEN = re.compile(r"[!-~]+")
_NOT_SENT = frozenset(
    {
        "accept-encoding",  # the answer is to be read
        "ap-visitor-identifier",  # optional, and a pseudonym would count as a visitor
        "cf-connecting-ip", "cookie", "content-length", "expect", "forwarded", "host", "true-client-ip", "x-client-ip", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip",
    }
)  # fmt: skip
_MAY_BE_PSEUDONYMOUS = frozenset({"authorization", "ap-device-identifier", "proxy-authorization", "referer"})
"""Fields that are replaced, that end at this hop, or whose pseudonyms may be sent."""
_PART = re.compile(r"[A-Za-z0-9][\w.-]{10,}+", re.ASCII)
"""What may be a pseudonym inside a value."""
_HARMLESS = frozenset({"ap_vi", "deviceid", "deviceuser", "redirecturl", "redirect_url"})
"""Parameters whose pseudonyms may be sent, in lower case."""
_OVERRIDES = ("x-http-method", "x-method-override")


class Reason(Struct, frozen=True):
    """Why an interaction is not verifiable, to be said after a number."""

    one: str
    many: str = ""
    """Empty where the same words fit any number."""
    answered: bool = True
    """False where the live upstream was to answer, and did not, or not for the API."""

    def __call__(self, number: int) -> str:
        """Say it of so many."""
        return f"{number} {self.one if number == 1 or not self.many else self.many}"


LOGOUT = Reason("logout (--allow-destructive)", "logouts (--allow-destructive)")
CHANGES = Reason(
    "request that may change something (--allow-destructive)",
    "requests that may change something (--allow-destructive)",
)
WAS_THROTTLED = Reason("recorded 429")
WAS_REFUSED = Reason("recorded 401 of another token", "recorded 401s of other tokens")
LOGGED_IN = Reason("recorded while the device was logged in")
FOLLOWS = Reason("follows a logout that was not sent", "follow a logout that was not sent")
REFUSED = Reason("because the token was refused", answered=False)
THROTTLES = Reason("throttled", answered=False)
OUT_OF_ORDER = Reason("because the upstream is out of order", answered=False)
_GONE = tuple(
    Reason(f"without an answer ({code})", answered=False) for code in ("upstream_unreachable", "upstream_tls")
)
_LAST: Mapping[Reason, Reason] = {
    **dict(zip(_GONE, _GONE, strict=True)),
    REFUSED: Reason("not sent because the token was refused", answered=False),
    THROTTLES: Reason("not sent because the upstream throttles", answered=False),
}
"""After these, no other request would fare better; and what is said of those others."""
TOO_LARGE = Reason("whose answer is cut off, or larger than limits.max_body", answered=False)


class Outcome(Struct, frozen=True):
    """What became of one interaction: its drift, or why it could not be verified."""

    interaction: Interaction
    shown: str
    """Method and path, redacted."""
    reason: Reason | None = None
    drifts: tuple[Drift, ...] = ()

    @property
    def said(self) -> str:
        """What is said of it after its name."""
        if self.reason is not None:
            return f"not verifiable: {self.reason.one}"
        return "\n".join(["drift", *(f"  {drift}" for drift in self.drifts)]) if self.drifts else "no drift"


class Verification(Struct, frozen=True):
    """What became of all of them."""

    outcomes: tuple[Outcome, ...]

    @property
    def verified(self) -> int:
        """How many could be compared."""
        return sum(outcome.reason is None for outcome in self.outcomes)

    @property
    def drifted(self) -> int:
        """In how many something differs."""
        return sum(bool(outcome.drifts) for outcome in self.outcomes)

    @property
    def unanswered(self) -> int:
        """How many were to be compared, and got no answer."""
        return sum(outcome.reason is not None and not outcome.reason.answered for outcome in self.outcomes)

    @property
    def summary(self) -> str:
        """Say it in one line, such as `0 of 8 verifiable: 7 logouts (--allow-destructive), 1 recorded 429`."""
        reasons = Counter(outcome.reason for outcome in self.outcomes if outcome.reason is not None)
        counted = ", ".join(reason(number) for reason, number in reasons.most_common())
        line = f"{self.verified} of {len(self.outcomes)} verifiable" + (f": {counted}" if counted else "")
        if not self.verified:
            return line
        return f"{line}; drift in {self.drifted}" if self.drifted else f"{line}; no drift"


class AuthorizationError(Mistake):
    """A file holds no bearer token. Its text quotes nothing of it."""


def read_token(path: Path) -> str:
    """Return the bearer token that is in a file, with or without its scheme before it."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_TOKEN + 1)
    except OSError as error:
        message = f"{path}: expected a file with a bearer token, found: {error.strerror or error}"
        raise AuthorizationError(message) from error
    text = data.decode("latin-1").strip()
    scheme, space, rest = text.partition(" ")
    token = rest.strip() if space and scheme.lower() == "bearer" else text
    if len(data) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
        lines = len(text.splitlines())
        message = f"{path}: expected one line with a bearer token, found {lines or 'no'} lines" + (
            " of something else" if lines == 1 else ""
        )
        raise AuthorizationError(message)
    if is_pseudonym(token):
        message = f"{path}: expected a bearer token, found the pseudonym of one"
        raise AuthorizationError(message)
    return token


def is_production(name: str, origin: str) -> bool:
    """Whether an upstream is production: by its name, or because its host is Adobe's for it."""
    return name == PRODUCTION or read_origin(origin).environment == PRODUCTION


class Verifier(Struct, frozen=True):
    """Sends what may be sent, one after the other, and compares."""

    send: Send
    upstream: str
    token: str
    redaction: Redaction
    """Under a key of this run: what is shown and compared of a live answer is redacted first."""
    pace: Callable[[], Awaitable[None]]
    max_body: int
    allow_destructive: bool = False

    def plan(self, interactions: Sequence[Interaction]) -> list[tuple[Interaction, Request | Reason]]:
        """Say of each interaction what is sent, or why nothing is."""
        planned: list[tuple[Interaction, Request | Reason]] = []
        still_logged_in: set[str] = set()
        for interaction in interactions:
            what, device = self._request(interaction), device_identifier(interaction.request)
            if _destructive(interaction.request) is LOGOUT:  # what logouts answer to one another is left to them
                if isinstance(what, Reason) and interaction.response.status < ERRORS:
                    still_logged_in.add(device)
            elif isinstance(what, Request) and device in still_logged_in:
                what = FOLLOWS
            planned.append((interaction, what))
        return planned

    def announcement(self, interactions: Sequence[Interaction]) -> str:
        """Say how much is about to be sent, and what of it changes something."""
        sent = [planned for _, planned in self.plan(interactions) if isinstance(planned, Request)]
        changing = Counter(reason for request in sent if (reason := _destructive(request)) is not None)
        of_them = [f"{changing[LOGOUT]} logouts, which end sessions"] if changing[LOGOUT] else []
        of_them += [f"{changing[CHANGES]} that may change something"] if changing[CHANGES] else []
        return f"{len(sent)} requests" + (f" ({', '.join(of_them)})" if of_them else "") + " go"

    async def verify(self, interactions: Sequence[Interaction], tell: Callable[[Outcome], None]) -> Verification:
        """Verify a cassette's interactions in their order; `tell` hears of each at once."""
        outcomes: list[Outcome] = []
        gone: Reason | None = None
        for interaction, planned in self.plan(interactions):
            shown = f"{interaction.request.method} {self.redaction.target(interaction.request.path)}"
            if isinstance(planned, Reason):
                outcome = Outcome(interaction, shown, planned)
            elif gone is not None:
                outcome = Outcome(interaction, shown, gone)
            else:
                await self.pace()
                reason, found = await self._compared(interaction, planned)
                outcome = Outcome(interaction, shown, reason, found)
                gone = _LAST.get(reason) if reason is not None else None
            outcomes.append(outcome)
            tell(outcome)
        return Verification(tuple(outcomes))

    async def _compared(self, interaction: Interaction, request: Request) -> tuple[Reason | None, tuple[Drift, ...]]:
        answer = await self.send(request)
        if (reason := _before_the_api(request, answer)) is not None:
            await close(answer.body)
            return reason, ()
        body = await gather(answer.body, self.max_body)
        if not isinstance(body, bytes):
            await close(body)
            return TOO_LARGE, ()
        if answer.source == "gateway":
            return _no_answer(answer.headers.get("X-Gateway-Error")), ()
        try:
            body = decode(", ".join(answer.headers.getall("Content-Encoding")), body)
        except CodingError:
            return None, (Drift("body", "a body that can be read", "a content coding that cannot be undone"),)
        live = replace(answer, body=body)
        if _is_of_nobody(interaction.request):
            logged_out = says_logged_out(request, live), says_logged_out(interaction.request, interaction.response)
            if logged_out == (True, False):
                return LOGGED_IN, ()
        _, recorded = self.redaction.redacted(interaction.request, interaction.response)
        _, live = self.redaction.redacted(request, live)
        return None, tuple(self._without_token(drift) for drift in drifts(recorded, live, self.redaction.policy))

    def _without_token(self, drift: Drift) -> Drift:
        """Take out the token, even one so short that redaction knows it by its place alone."""
        if len(self.token) < SHORTEST_SECRET:
            return drift
        return Drift(*(text.replace(self.token, "*") for text in (drift.where, drift.recorded, drift.live)))

    def _request(self, interaction: Interaction) -> Request | Reason:
        recorded, status = interaction.request, interaction.response.status
        authorized = "Authorization" in recorded.headers
        if status == THROTTLED:
            return WAS_THROTTLED
        if status == UNAUTHORIZED and authorized:
            return WAS_REFUSED
        place = next(pseudonymous(recorded), None)
        if place is not None:
            return Reason(f"with a pseudonym for {place}")
        if not self.allow_destructive and (reason := _destructive(recorded)):
            return reason
        headers = end_to_end(recorded.headers).without(*_NOT_SENT)
        ours = "redaction" in interaction.about
        if authorized or (not ours and status != UNAUTHORIZED):
            headers = headers.with_("Authorization", f"Bearer {self.token}")
        return Request(recorded.method, recorded.target, headers, recorded.body, upstream=self.upstream)


def pseudonymous(request: Request) -> Iterator[str]:
    """Yield the places whose pseudonyms an upstream would refuse, or take for something that they are not."""
    for segment in request.path.split("/"):
        if is_pseudonym(_decoded(segment)):
            yield "a registration code"
    yield from _parameters(request.query)
    for name, value in request.headers.items():
        lower = name.lower()
        if lower not in _NOT_SENT | _MAY_BE_PSEUDONYMOUS and _holds_pseudonym(value):
            yield name
    body = request.body if isinstance(request.body, bytes) else b""
    parsed = read_json(body)
    if isinstance(parsed, Json) and isinstance(parsed.value, dict | list):
        if any(map(_holds_pseudonym, _texts(parsed.value))):
            yield "what its body holds"
    else:
        yield from _parameters(body.decode("latin-1").strip())


def _parameters(text: str) -> Iterator[str]:
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if _decoded(name).lower() not in _HARMLESS and _holds_pseudonym(_decoded(value)):
            yield _decoded(name)


def _holds_pseudonym(text: str) -> bool:
    return is_pseudonym(text) or any(is_pseudonym(part) for part in _PART.findall(text))


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in JSON, however deep, by a list of what is still to be looked at."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as inner:
                waiting += inner.values()
            case list() as inner:
                waiting += inner


def _destructive(request: Request) -> Reason | None:
    """Say why a request may change something; None of a GET of a route that is known to change nothing."""
    place = place_of(request.method, request.path)
    if place.route is not None and place.route.name in {"v1 logout", "v2 logout"}:
        return LOGOUT
    plain = not any(sign in request.path for sign in ("%", "/.", ";", "\\"))
    safe = request.method in {"GET", "HEAD"} and place.route is not None and not place.misplaced and plain
    overridden = any(name.lower().startswith(_OVERRIDES) for name in request.headers)
    return None if safe and not overridden else CHANGES


def _is_of_nobody(request: Request) -> bool:
    identifier = device_identifier(request)
    return bool(identifier) and is_pseudonym_bytes(identifier.encode("latin-1", "replace"))


def _before_the_api(request: Request, live: Response) -> Reason | None:
    """Say why a live answer says nothing of the API; None where it may, and of the gateway's own answers."""
    if live.source == "gateway":
        return None
    if live.status == UNAUTHORIZED and "Authorization" in request.headers:  # without it, the API asks for a token
        return REFUSED
    if live.status == THROTTLED:
        return THROTTLES
    return OUT_OF_ORDER if live.status in OUTAGES else None


def _no_answer(code: str) -> Reason:
    return Reason(f"without an answer ({code})", answered=False)


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8", "replace")
