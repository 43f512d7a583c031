"""The changes between a recorded answer and a live one: status, the fields that matter, and JSON by path and type.

Facts
-----
* A client acts on these fields, so they matter: Content-Type (media type and charset; JSON's is UTF-8, RFC 8259 section 8.1),
  Location, Allow, the schemes of WWW-Authenticate, and whether there is a Retry-After. Every other field describes a transmission or an
  edge server, and changes with each answer: dates, lengths, cookies, servers, caches, CORS.
* Secrets are compared by their shape: present, empty, a JWT. A pseudonym has the shape of its secret. A placeholder has no shape.
* Values that change with each answer (`trace`, dates, ids) are compared by their shape, too: a UUID stays a UUID, a time stays a time.
  All other values are compared as they are: an app acts on `actionName`, `code` and `url`.
* No text that is shown of an answer contains its secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from gateway.core.adobe.json_text import Json, members, read_json
from gateway.core.adobe.routes import place_of
from gateway.core.json_diff import ABSENT, JsonPlace, Path, at, places, written
from gateway.core.model import Request, Response
from gateway.core.redactors import redact
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import is_pseudonym
from gateway.core.secrets.scrub import JWT, Scrub, Wildcard
from gateway.core.text import cut, printable

NONE = "absent"
SHOWN = 80
"""Longest text that is shown of a value, in characters."""

VOLATILE = frozenset(
    {
        "client_id_issued_at", "created_at", "date", "expires", "expires_in", "notafter", "notbefore", "timestamp", "trace", "updated",
    }
)  # fmt: skip
"""Members whose values change with each answer, in lower case. Values with the shape of a UUID or a time count as changing, too."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"
    r"|\b[12][0-9]{9}(?:[0-9]{3})?\b"  # seconds or milliseconds since the epoch
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{10,}+")
"""Matches a text that may be the pseudonym of a repeated secret, in a place where nothing else shows it."""
_EPOCHS = ((1_000_000_000, 10_000_000_000), (1_000_000_000_000, 10_000_000_000_000))
_NO_REQUEST = Request("", "")
_V1_LOGGED_OUT = frozenset({403, 404, 410, 412})


class Drift(Struct, frozen=True):
    """A place where the live answer differs from the recorded one."""

    where: str
    """The place: `status`, the name of a field, a JSON path, or `body`."""
    recorded: str
    live: str

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded}, live {self.live}"


def drifts(recorded: Response, live: Response, policy: Policy) -> tuple[Drift, ...]:
    """Return the differences of `live` from `recorded`. Both are redacted, under any keys, with whole decoded bodies."""
    found: list[Drift] = []
    if recorded.status != live.status:
        found.append(Drift("status", str(recorded.status), str(live.status)))
    left, right = _wild(recorded, policy), _wild(live, policy)
    for name, read in _MATTER.items():
        pair = read(left.headers.getall(name)), read(right.headers.getall(name))
        if pair[0] != pair[1]:
            found.append(Drift(name, *(cut(printable(side), SHOWN) for side in pair)))
    return (*found, *_body_drifts(_Sides(_bytes(recorded), _bytes(live)), _Sides(_bytes(left), _bytes(right))))


def says_logged_out(request: Request, response: Response) -> bool:
    """Whether an answer says that nobody is logged in on the device. Then it cannot be compared."""
    place = place_of(request.method, request.path)
    if place.route is not None and place.route.version == "v1":
        return place.route.name != "v1 logout" and response.status in _V1_LOGGED_OUT
    parsed = read_json(_bytes(response))
    answer = members(parsed.value) if isinstance(parsed, Json) else {}
    logouts = list(members(answer.get("logouts")).values())
    decisions = answer.get("decisions")
    items = decisions if isinstance(decisions, list) else []
    errors = [answer, *(members(members(item).get("error")) for item in items)]
    return (
        answer.get("profiles") == {}
        or (bool(logouts) and all(members(entry).get("actionName") == "invalid" for entry in logouts))
        or any(str(error.get("code")).startswith("authenticated_profile_") for error in errors)
    )


# --- fields ----------------------------------------------------------------------------------------------------------


def _content_type(values: Sequence[str]) -> str:
    if not values:
        return NONE
    media, *parameters = (part.strip().lower() for part in values[0].split(";"))
    charset = next((part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")), "")
    if charset == "utf-8" and (media.endswith("json")):
        charset = ""
    return f"{media}; charset={charset}" if charset else media


def _as_it_is(values: Sequence[str]) -> str:
    return ", ".join(values) if values else NONE


def _set(values: Sequence[str]) -> str:
    return ", ".join(sorted({entry.strip().upper() for value in values for entry in value.split(",")})) or NONE


def _schemes(values: Sequence[str]) -> str:
    return ", ".join(sorted({value.strip().partition(" ")[0].lower() for value in values})) or NONE


def _presence(values: Sequence[str]) -> str:
    return "present" if values else NONE


_MATTER: Mapping[str, Callable[[Sequence[str]], str]] = {
    "Content-Type": _content_type,
    "Location": _as_it_is,
    "Allow": _set,
    "WWW-Authenticate": _schemes,
    "Retry-After": _presence,
}
"""The fields that matter, each with the function that returns its compared part."""


# --- bodies ----------------------------------------------------------------------------------------------------------


class _Sides(Struct, frozen=True):
    recorded: bytes
    live: bytes


def _body_drifts(plain: _Sides, wild: _Sides) -> Iterator[Drift]:
    """Compare bodies. `plain` are the redacted bodies; `wild` are the same bodies with one sign for each secret."""
    if not plain.recorded or not plain.live:
        if plain.recorded != plain.live:
            yield Drift("body", _size(plain.recorded), _size(plain.live))
        return
    left, right = read_json(wild.recorded), read_json(wild.live)
    if isinstance(left, Json) and isinstance(right, Json):
        said, said_live = _read(plain.recorded), _read(plain.live)
        for place in places(left.value, right.value, lengths=True):
            yield from _value(place, said, said_live)
    elif isinstance(left, Json) or isinstance(right, Json):
        yield Drift("body", *("JSON" if isinstance(side, Json) else "no JSON" for side in (left, right)))
    else:
        texts = _text(wild.recorded), _text(wild.live)
        if None not in texts and texts[0] != texts[1]:  # a body that is not text is compared by its presence alone
            yield Drift("body", _size(plain.recorded), _size(plain.live))


def _value(place: JsonPlace, plain: object, plain_live: object) -> Iterator[Drift]:
    """Compare the values at one place. Secrets, and values that differ each time, are compared by their shape."""
    path, left, right = place
    if isinstance(left, list) and isinstance(right, list) and len(left) != len(right):
        yield Drift(written(path), f"{len(left)} elements", f"{len(right)} elements")
    elif isinstance(left, str) and isinstance(right, str):
        if _volatile(path) and left and right:
            shapes = _shape(left), _shape(right)
        elif _calm(left) != _calm(right):
            shapes = _shown(left), _shown(right)
        elif left == right == "*":
            shapes = _secret_shape(at(plain, path)), _secret_shape(at(plain_live, path))
        else:
            return
        if shapes[0] != shapes[1] and "" not in shapes:
            yield Drift(written(path), *shapes)
    elif (
        left is ABSENT
        or right is ABSENT
        or _type(left) != _type(right)
        or not (left == right or _volatile(path) or (_is_epoch(left) and _is_epoch(right)))
    ):
        yield Drift(written(path), _shown(left), _shown(right))


def _shape(text: str) -> str:
    if _UUID.fullmatch(text):
        return "a UUID"
    if _TIME.fullmatch(text):
        return "a time"
    return "a text"


def _secret_shape(secret: object) -> str:
    """Return the shape of a secret. Empty if a placeholder replaces it, or if it is not a text."""
    if not isinstance(secret, str) or (secret.startswith("REDACTED-") and is_pseudonym(secret)):
        return ""
    return "a JWT" if JWT.fullmatch(secret) else "a text that is not a JWT"


def _volatile(path: Path) -> bool:
    return path == ("id",) or str(path[-1:] and path[-1]).lower() in VOLATILE  # `id` of an access token: a tracking id


def _calm(text: str) -> str:
    """Return a text with a sign for each changing value and each pseudonym."""
    text = _WORD.sub(
        lambda word: "*" if is_pseudonym(word[0]) else word[0], _TIME.sub("<time>", _UUID.sub("<uuid>", text))
    )
    return "*" if is_pseudonym(text) else text


def _is_epoch(value: object) -> bool:
    return isinstance(value, int | float) and any(low <= value < high for low, high in _EPOCHS)


def _type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _wild(response: Response, policy: Policy) -> Response:
    """Return an answer with one sign for each secret. The key of its pseudonyms does not matter."""
    return redact(_NO_REQUEST, response, Scrub(Wildcard(), policy))[1]


def _bytes(response: Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""


def _read(body: bytes) -> object:
    parsed = read_json(body)
    return parsed.value if isinstance(parsed, Json) else None


def _text(body: bytes) -> str | None:
    try:
        return _calm(body.decode())
    except UnicodeDecodeError:
        return None


def _shown(value: object) -> str:
    if value is ABSENT:
        return NONE
    if isinstance(value, dict | list):
        return f"an {_type(value)}" if value else "{}" if isinstance(value, dict) else "[]"
    return cut(json.dumps(value), SHOWN)


def _size(body: bytes) -> str:
    return f"{len(body)} bytes" if body else "none"
