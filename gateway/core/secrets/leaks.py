"""The last look at an interaction before it is written: nothing in it may be a secret, or look like one where none belongs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from gateway.core.bounded import remembered
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.secrets.multipart import boundary_of, without_delimiters
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import LEAST, is_pseudonym, is_pseudonym_bytes, unb64
from gateway.core.secrets.scrub import JWT
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.values import NESTED, kept_in, percent_decoded
from gateway.core.secrets.wire import bytes_of, text_of

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
"""RFC 3339: each exchange has one that no other had, and none is a secret."""
_RUN = re.compile(r"[A-Za-z0-9+/_~-]{40,}+={0,2}")
_CLASSES = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"))
_TURN = re.compile("(?<=[A-Z])[^A-Z]|(?<=[a-z])[^a-z]|(?<=[0-9])[^0-9]")
_ESCAPED_SLASH = re.compile(r"\\++(/?)")
_PUBLIC_FIELDS = (
    "akamai-", "alt-svc", "baggage", "cf-", "content-security-policy", "etag", "if-none-match", "nel", "p3p", "report-to",
    "reporting-endpoints", "sentry-trace", "server-timing", "traceparent", "tracestate", "user-agent", "via", "x-amz", "x-b3-",
    "x-cache", "x-correlation-id", "x-datadog-", "x-request-id",
)  # fmt: skip
"""Header fields whose long random values are known to be no secrets: a cache's or a tracer's own names."""
_BITS = 4.2
"""Bits a character of a text that no person wrote: prose and paths have fewer than 4, random Base64 near to 6."""
_TURNS = 0.4
"""How often such a text turns from small letters to capitals or digits: random Base64 at 0.6 of its characters, names far less."""
_LOUD = re.compile("[A-Z0-9]")
_LOUDNESS = 0.36
"""How much of it is capitals and digits: of random Base64 0.55, of CamelCase a quarter."""
_LONGEST_KEPT = 4096
"""Characters of a text that is remembered."""
_COMPRESSED = tuple(text_of(magic) for magic in (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"))
"""How gzip and zstd begin: what is in such a body nobody has looked at."""


_NAME = ":"
"""Stands for the name of a field where the text is a name itself."""
_RANDOM = "a long random text"


class Leak(NamedTuple):
    """Where a secret stands, and of what sort it is; never what it says."""

    where: str
    kind: str


Place: TypeAlias = tuple[str, str, str]
"""Where a text stands, the text, and in lower case the name of the header field that it is the value of, or nothing."""


def leaks(interaction: Interaction, seen: Seen, policy: Policy) -> list[Leak]:
    """Return what must not be written."""
    return [
        *leaks_of_request(interaction.request, seen, policy),
        *leaks_of_response(interaction.response, seen, policy),
        *leaks_of_about(interaction, seen, policy),
    ]


def leaks_of_request(request: Request, seen: Seen, policy: Policy) -> list[Leak]:
    """Return what must not be written of a request."""
    target = "request.uri", text_of(request.target.encode("latin-1", "replace")), ""
    places = [target, *_message("request", request.headers, request.body)]
    return _looked_at(places, seen, policy, boundary_of(request.headers))


def leaks_of_response(response: Response, seen: Seen, policy: Policy) -> list[Leak]:
    """Return what must not be written of an answer."""
    reason = "response.status.message", text_of(response.reason.encode("latin-1", "replace")), ""
    places = [reason, *_message("response", response.headers, response.body)]
    return _looked_at(places, seen, policy, boundary_of(response.headers))


def leaks_of_about(interaction: Interaction, seen: Seen, policy: Policy) -> list[Leak]:
    """Return what must not be written of what is said about an interaction, its origin included."""
    return _looked_at([("request.uri", interaction.origin, ""), *_about("x_gateway", interaction.about)], seen, policy)


def _looked_at(places: Iterable[Place], seen: Seen, policy: Policy, boundary: str = "") -> list[Leak]:
    """Look at texts; `boundary`: that of the multipart form which the body among them is."""
    found: list[Leak] = []
    keeps = bool(policy.kept_paths) or "" in policy.parameters.values()
    for where, text, name in places:
        if len(text) < LEAST:
            continue
        if seen.repeated_in(text):
            found.append(Leak(where, "a secret that was seen"))
        if name == _NAME:
            continue
        known = policy.header(name) if name else None
        if known == "":
            continue
        if (keeps or boundary) and not name:
            text = _judged(text, policy, boundary)  # noqa: PLW2901
        kind = _looks_secret(text) if len(text) <= _LONGEST_KEPT else _shape(text)
        if kind == _RANDOM and (known or name.startswith(_PUBLIC_FIELDS)):
            kind = None
        if kind:
            found.append(Leak(where, kind))
        if where.endswith(".body") and text.startswith(_COMPRESSED):
            found.append(Leak(where, "a compressed body"))
    return found


def _judged(text: str, policy: Policy, boundary: str) -> str:
    """Return a text without what stays, and without a form's delimiters: a browser's are random, and judged in the Content-Type."""
    judged = bytes_of(without_delimiters(text, boundary))
    kept = {bytes_of(kept) for kept in kept_in(text, policy, boundary) if kept}
    if not kept:
        return text_of(judged)
    pieces: list[bytes] = []
    done = 0
    for _, start, end in BytesAhoCorasick(kept, matchkind=MatchKind.LeftmostLongest).find_matches_as_indexes(judged):
        pieces.append(judged[done:start])
        done = end
    return text_of(b"".join([*pieces, judged[done:]]))


def _message(side: str, headers: Headers, body: object) -> Iterator[Place]:
    """Yield the texts of a message."""
    for name, value in headers.raw:
        if len(name) >= LEAST:
            yield f"{side}.headers", text_of(name), _NAME
        if len(value) >= LEAST:
            yield f"{side}.headers.{name.decode('latin-1')}", text_of(value), name.lower().decode("latin-1")
    if isinstance(body, bytes) and body:
        yield f"{side}.body", text_of(body), ""


def _about(where: str, about: object) -> list[Place]:
    """Return the texts of what is said about an interaction, however deep they stand; short ones are no secrets."""
    found: list[Place] = []
    waiting = [(where, about)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            if len(value) >= LEAST and not _DATE.fullmatch(value):
                found.append((where, value, ""))
        elif isinstance(value, Mapping):
            waiting += [(f"{where}.{name}", entry) for name, entry in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(f"{where}[{number}]", entry) for number, entry in enumerate(value)]
    return found


def _shape(text: str) -> str | None:
    """Say of what sort a text is by its shape alone: a token that is no pseudonym, or long and random."""
    for _ in range(NESTED):
        text, encoded = percent_decoded(text), text
        if text == encoded:
            break
    text = _ESCAPED_SLASH.sub(lambda run: run[1] or run[0], text)
    if "eyJ" in text:
        if any(not is_pseudonym(token[2]) for token in JWT.finditer(text)):
            return "a JSON Web Token"
        text = JWT.sub(r"\1 ", text)
    return _RANDOM if any(_is_random(run[0]) for run in _RUN.finditer(text)) else None


_looks_secret = remembered(limit=16 << 20, longest=_LONGEST_KEPT)(_shape)


def _is_random(run: str) -> bool:
    decoded = unb64(run)
    if is_pseudonym(run) or is_pseudonym_bytes(decoded):
        return False
    try:
        if plain := decoded.decode():  # text in Base64 is judged by what it says
            return _shape(plain) is not None
    except UnicodeDecodeError:
        pass
    parts = run.split("/")
    if any(len(part) >= LEAST and is_pseudonym(part) for part in parts):  # a segment of a path
        return any(_RUN.fullmatch(part) and _is_random(part) for part in parts)
    if not all(letters.search(run) for letters in _CLASSES):
        return False
    counts = Counter(run)
    bits = -sum(n / len(run) * math.log2(n / len(run)) for n in counts.values())
    turns, loud = len(_TURN.findall(run)) / len(run), len(_LOUD.findall(run)) / len(run)
    return bits > _BITS and turns > _TURNS and loud > _LOUDNESS
