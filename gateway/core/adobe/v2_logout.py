"""REST API v2's profiles and logout: the requests for a device, and the meaning of their answers.

Facts
-----
* Only the parameters and header fields that the API defines are sent (REST API V2 checklist). A logout has no body.
* A 429 is the edge's HTML page without Retry-After. Throttling ends one second later (throttling-mechanism page).
* The keys of `logouts` are the MVPDs, but the entry of sample 6 names another text. `partner_logout` has no `url` (Apple SSO FAQ).
* An enhanced error is flat, or inside `error`. Its members may have any JSON type (enhanced-error-codes page, OpenAPI file).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.codings import CodingError, plain
from gateway.core.model import Headers, Request, Response

OK, ERRORS, TOO_MANY, BAD_GATEWAY = 200, 400, 429, 502
MOST = 64
"""Largest number of profiles or logouts in an answer. An answer with more is not from the API, and would need too many requests."""
LONGEST = 1 << 18
"""Largest answer that is read, in bytes, coded or decoded. The API's answers have a few hundred."""
LONGEST_WORDS = 1024
KNOWN_ACTIONS = frozenset({"logout", "partner_logout", "complete", "invalid"})
_CARRIED_OVER = frozenset({"host", "user-agent", "x-forwarded-for", "ap-visitor-identifier", "authorization"})
_SSO = frozenset({"adobe-subject-token", "ad-service-token"})
_WAYS_TO_WAIT = (
    "retry-after",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:")
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
_ROKU = "x-roku-reserved-"
"""RokuOS itself adds fields with this beginning. Only one of their names is documented (X-Roku-Reserved-Roku-Connect-Token page)."""


def is_of_sso(name: str) -> bool:
    """Return whether a header field identifies a single sign-on session (single-sign-on-logout-flow page)."""
    return name.lower() in _SSO or name.lower().startswith(_ROKU)


def v2_request(
    request: Request, target: str, fields: Mapping[str, str], credentials: str | None, *, sso: bool
) -> Request:
    """Return the v2 request in place of an app's `request`. It keeps the header fields that v2 defines; `fields` replace fields of the app.

    With `credentials`, `Authorized` adds the Authorization; otherwise the app's own is sent. With `sso`, the fields that identify a single
    sign-on session are sent, too. Then v2 ends this session for every app.
    """
    replaced = {name.lower() for name in fields} | ({"authorization"} if credentials else set())
    kept = [
        (name, value)
        for name, value in request.headers.items()
        if (name.lower() in _CARRIED_OVER or (sso and is_of_sso(name))) and name.lower() not in replaced
    ]
    headers = Headers.of([*kept, *((name, value) for name, value in fields.items() if value)])
    return replace(
        request,
        method="GET",
        target=target,
        headers=headers,
        body=b"",
        credentials=credentials,
        rewritten_from=f"{request.method} {request.target}",
    )


def profiles_target(service_provider: str) -> str:
    """Return the target of the list of profiles. The service provider must be a plain segment."""
    return f"/api/v2/{service_provider}/profiles"


def logout_target(service_provider: str, mvpd: str, redirect_url: str) -> str:
    """Return the target of a logout."""
    return f"/api/v2/{service_provider}/logout/{quote(mvpd, safe='')}?redirectUrl={quote(redirect_url, safe='')}"


def is_segment(mvpd: str) -> bool:
    """Return whether an MVPD's id can be a percent-encoded segment of a path, so that every reader reads the same path."""
    return (
        bool(mvpd.strip()) and mvpd not in {".", ".."} and mvpd.isprintable() and not any(c in mvpd for c in "/\\%?#")
    )


def profiles_of(answer: Response) -> list[str] | None:
    """Return the MVPDs of the profiles in an answer, in order. None if it is not a list of profiles, or has more than `MOST`."""
    document = _json(answer)
    profiles = document.get("profiles") if answer.status == OK and isinstance(document, dict) else None
    return list(profiles) if isinstance(profiles, dict) and len(profiles) <= MOST else None


class LogoutOutcome(Struct, frozen=True):
    """The result of one request: a logout, or the list of profiles."""

    what: str
    """The MVPD, or `profiles`."""
    answer: Response
    entries: dict[str, dict[str, object]] = field(default_factory=dict)
    """The answer's `logouts`."""
    problem: str = ""
    """Why it failed; empty if it did not."""

    @property
    def status(self) -> int:
        """The status of a failure for the app. An answer that makes no sense becomes 502 (Bad Gateway)."""
        return self.answer.status if self.answer.status >= ERRORS else BAD_GATEWAY

    @property
    def actions(self) -> set[str]:
        """The next steps of the app: the `actionName` of each entry."""
        return {str(entry.get("actionName")) for entry in self.entries.values()}

    @property
    def opens(self) -> list[str]:
        """The URLs that the app must open, as the answer has them."""
        urls = [entry.get("url") for entry in self.entries.values()]
        return [url for url in urls if isinstance(url, str) and url]

    def urls(self, origin: str) -> list[str]:
        """Return the URLs in absolute form, relative ones at `origin`. All but visible ASCII is percent-encoded, for a header field."""
        return [quote(_absolute(url, origin), safe=_VISIBLE, errors="replace") for url in self.opens]


def outcome_of(what: str, answer: Response) -> LogoutOutcome:
    """Read the answer to a logout."""
    document = _json(answer)
    if answer.status != OK or not isinstance(document, dict):
        return LogoutOutcome(what, answer, problem=_problem(answer, document))
    logouts = document.get("logouts")
    if (
        not isinstance(logouts, dict)
        or not 0 < len(logouts) <= MOST
        or not all(isinstance(entry, dict) for entry in logouts.values())
    ):
        return LogoutOutcome(what, answer, problem="the answer is not a logout's answer")
    found = LogoutOutcome(what, answer, logouts)
    return (
        found if found.actions <= KNOWN_ACTIONS else replace(found, problem="an action that this gateway does not know")
    )


def failed(what: str, answer: Response) -> LogoutOutcome:
    """Return the outcome of a request with a wrong answer."""
    return LogoutOutcome(what, answer, problem=_problem(answer, _json(answer)))


def message_of(answer: Response) -> str:
    """Return the enhanced error's message; empty if the answer has none."""
    message = _error(_json(answer)).get("message")
    return message if isinstance(message, str) else ""


def how_long_to_wait(answer: Response) -> list[tuple[str, str]]:
    """Return the header fields that tell a client how long to wait: the answer's own, or for a 429 the time from the page."""
    fields = [(name, value) for name, value in answer.headers.items() if name.lower() in _WAYS_TO_WAIT]
    return fields or [("Retry-After", "1")] * (answer.status == TOO_MANY)


def _absolute(url: str, origin: str) -> str:
    """Return a URL with scheme and host (RFC 3986 section 5.2). A URL that begins with `//` lacks only the scheme."""
    if _SCHEME.match(url):
        return url
    return f"https:{url}" if url.startswith("//") else f"{origin}/{url.removeprefix('/')}"


def _problem(answer: Response, document: object) -> str:
    """Describe an error answer in few words: its code, the partner's own text, and the trace number for the support."""
    error = _error(document)
    words = [_words(error[name]) for name in ("code", "details") if error.get(name)]
    if error.get("trace"):
        words.append(f"trace {_words(error['trace'])}")
    if answer.status == TOO_MANY:
        words.append("wait at least one second")
    return ", ".join(words) or (f"status {answer.status}" if answer.status != OK else "the answer cannot be read")


def _words(value: object) -> str:
    return str(value)[:LONGEST_WORDS] if isinstance(value, str | int | float) else "another thing"


def _error(document: object) -> dict[str, object]:
    if not isinstance(document, dict):
        return {}
    inner = document.get("error")
    return inner if isinstance(inner, dict) else document


def _json(answer: Response) -> object:
    """Return the answer's JSON. None if its body is not JSON, or too large for memory."""
    if not isinstance(answer.body, bytes) or len(answer.body) > LONGEST:
        return None
    try:
        document: object = json.loads(plain(answer.headers, answer.body, LONGEST)[1])
    except (CodingError, ValueError, RecursionError):
        return None
    return document
