"""The leak gate: the last search of an interaction before it is written. No secret may be left, and no text that looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from gateway.core.bounded import Bounded, remembered
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.secrets.chosen import kept_in
from gateway.core.secrets.multipart import boundary_of, without_delimiters
from gateway.core.secrets.percent import percent_decoded
from gateway.core.secrets.policy import PARAMETERS, Policy
from gateway.core.secrets.pseudonyms import LEAST, is_pseudonym
from gateway.core.secrets.public import without_public
from gateway.core.secrets.random_text import candidates, is_random, may_be_random
from gateway.core.secrets.scrub import JWT
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.shapes import changed_spans, shapes_in
from gateway.core.secrets.values import NESTED
from gateway.core.secrets.wire import bytes_of, text_of
from gateway.core.secrets.wraps import SHORTEST_RUN

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
"""A date (RFC 3339). Each exchange has a new date, and a date is no secret."""
_PUBLIC_FIELDS = frozenset(
    {
        "akamai-grn", "akamai-request-bc", "alt-svc", "baggage", "cf-cache-status", "cf-ray", "content-security-policy",
        "content-security-policy-report-only", "digest", "etag", "if-match", "if-none-match", "nel", "p3p", "permissions-policy",
        "priority", "public-key-pins", "repr-digest", "report-to", "reporting-endpoints", "sec-websocket-accept", "sec-websocket-key",
        "sentry-trace", "server-timing", "traceparent", "tracestate", "user-agent", "via", "x-akamai-request-id", "x-amz-cf-id",
        "x-amz-id-2", "x-amz-request-id", "x-amz-version-id", "x-amzn-requestid", "x-amzn-trace-id", "x-b3-parentspanid", "x-b3-sampled",
        "x-b3-spanid", "x-b3-traceid", "x-cache", "x-cache-key", "x-cloud-trace-context", "x-correlation-id", "x-datadog-parent-id",
        "x-datadog-tags", "x-datadog-trace-id", "x-request-id", "x-served-by", "x-timer", "x-trace-id",
    }
)  # fmt: skip
"""Header fields whose long random values are known to be public. Beginnings of names are not enough: X-Amz-Security-Token is secret."""
_LINE_END = re.compile(r"\\{1,8}[rn]")
"""A line end inside a string of JSON, or of JSON in JSON. A private key has several lines."""
_DOTTED = re.compile(r"[A-Za-z0-9_.~-]*+")
_LONGEST_DOTTED = 512
_LONGEST_KEPT = 4096
"""Length of the longest text whose result is remembered, in characters."""
_COMPRESSED = tuple(text_of(magic) for magic in (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"))
"""First bytes of gzip and zstd. A compressed body was not searched for secrets."""


_APART = "\n\n"
"""Stands between texts that are searched together. No secret contains it."""
_UNSURE = re.compile(r"[^0-9A-Za-z.:\n-]|eyJ")
"""A character that may belong to an escape, or the beginning of a JSON Web Token."""
_NAME = ":"
"""In place of a field's name: the text is a name itself."""
_FIXED = "="
"""In place of a field's name: the text is the gateway's own."""
_FIXED_MEMBERS = frozenset({"expected", "fix", "id", "page", "severity", "source", "title"})
"""Members of a finding whose text comes from the check. It is no secret here, even if a client sends the same text as a secret."""
_FINDINGS = "x_gateway.findings["
_RANDOM = "a long random text"
_KEY = "-----"
"""The beginning of a private key."""


class Leak(NamedTuple):
    """The place and the sort of a secret, without its text."""

    where: str
    kind: str


Place: TypeAlias = tuple[str, str, str]
"""The place of a text, the text, and the name of its header field in lower case. The name is empty if the text is not a field's value."""


def leaks(interaction: Interaction, seen: Seen, policy: Policy) -> list[Leak]:
    """Return the leaks."""
    return [
        *leaks_of_request(interaction.request, seen, policy),
        *leaks_of_response(interaction.response, seen, policy),
        *leaks_of_about(interaction, seen, policy),
    ]


def leaks_of_request(request: Request, seen: Seen, policy: Policy) -> list[Leak]:
    """Return the leaks of a request."""
    places = [place_of_target(request.target), *_message("request", request.headers, request.body)]
    return _looked_at(places, seen, policy, boundary_of(request.headers))


def place_of_target(target: str) -> Place:
    """Return the text of a request target."""
    return "request.uri", text_of(target.encode("latin-1", "replace")), ""


def leaks_of_response(response: Response, seen: Seen, policy: Policy) -> list[Leak]:
    """Return the leaks of an answer."""
    reason = "response.status.message", text_of(response.reason.encode("latin-1", "replace")), ""
    places = [reason, *_message("response", response.headers, response.body)]
    return _looked_at(places, seen, policy, boundary_of(response.headers))


def leaks_of_about(interaction: Interaction, seen: Seen, policy: Policy) -> list[Leak]:
    """Return the leaks of the notes about an interaction, with its origin."""
    return leaks_of_places(places_of_about(interaction), seen, policy)


def places_of_about(interaction: Interaction) -> tuple[Place, ...]:
    """Return the texts of the notes about an interaction, with its origin."""
    return (("request.uri", interaction.origin, ""), *_about("x_gateway", interaction.about))


def leaks_of_places(places: Iterable[Place], seen: Seen, policy: Policy) -> list[Leak]:
    """Return the leaks of these texts."""
    return _looked_at(places, seen, policy)


def are_surely_clean(texts: Sequence[str], seen: Seen) -> bool:
    """Return whether short texts surely have no leak. The texts are searched together. False: only `leaks_of_places` can tell.

    A short text of letters, digits, dots, colons and hyphens has no encoding. It is too short to look like a secret, unless it is a JSON
    Web Token.
    """
    together = _APART.join(texts)
    is_plain = len(max(texts, key=len, default="")) < SHORTEST_RUN and _UNSURE.search(together) is None
    return is_plain and not seen.stands_in(together)


def _looked_at(places: Iterable[Place], seen: Seen, policy: Policy, boundary: str = "") -> list[Leak]:
    """Search texts. `boundary`: the boundary of a multipart form among them."""
    found: list[Leak] = []
    keeps = bool(policy.kept_paths) or (policy.parameters is not PARAMETERS and "" in policy.parameters.values())
    for where, text, name in places:
        if len(text) < LEAST:
            continue
        if name != _FIXED and seen.repeated_in(text):
            found.append(Leak(where, "a secret that was seen"))
        if name == _NAME:
            continue
        known = policy.field(name, text) if name not in {"", _FIXED} else None
        if known == "":
            continue
        if (keeps or boundary) and not name:
            text = _judged(text, policy, boundary)  # noqa: PLW2901
        kind = _sort_of(text) if len(text) <= _LONGEST_KEPT else _shape(text)
        if kind == _RANDOM and (known not in {None, "url"} or name in _PUBLIC_FIELDS):  # most parts of a URL stay
            kind = None
        if kind:
            found.append(Leak(where, kind))
        if where.endswith(".body") and text.startswith(_COMPRESSED):
            found.append(Leak(where, "a compressed body"))
    return found


def _judged(text: str, policy: Policy, boundary: str) -> str:
    """Return a text without kept values, and without a form's delimiters. They may be random, and are judged in Content-Type."""
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
    """Return the texts of the notes about an interaction, at any depth. Short texts are not secret."""
    found: list[Place] = []
    waiting = [(where, about)]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            found += _place_of_text(where, value)
        elif value is None or isinstance(value, int | float):
            continue
        elif isinstance(value, dict | Mapping):
            entries = tuple(value.items())
            if all(entry.__class__ is str for _, entry in entries):  # such as a finding, which comes again and again
                found += _places_of_texts(where, entries)
            else:
                waiting += [(f"{where}.{name}", entry) for name, entry in entries]
        elif isinstance(value, list | tuple):
            waiting += [(f"{where}[{number}]", entry) for number, entry in enumerate(value)]
    return found


def _place_of_text(where: str, text: str) -> tuple[Place, ...]:
    if len(text) < LEAST or _DATE.fullmatch(text):
        return ()
    fixed = where.startswith(_FINDINGS) and where.rpartition(".")[2] in _FIXED_MEMBERS
    return ((where, text, _FIXED if fixed else ""),)


def _places_of_texts(where: str, entries: tuple[tuple[object, str], ...]) -> tuple[Place, ...]:
    """Return the places of a map of texts. The result is remembered."""
    key = where, entries
    known: tuple[Place, ...] | None = _PLACES.get(key)
    if known is None:
        known = tuple([place for name, text in reversed(entries) for place in _place_of_text(f"{where}.{name}", text)])
        _PLACES.put(key, known)
    return known


_PLACES: Bounded[tuple[str, tuple[tuple[object, str], ...]], tuple[Place, ...]] = Bounded(
    "places in notes", 2 << 20, longest=16 << 10
)


def _shape(text: str) -> str | None:
    """Return what a text looks like: a token that is no pseudonym, or a long random text. None for other texts."""
    if "eyJ" in text:
        if any(not is_pseudonym(token[2]) for token in JWT.finditer(text)):
            return "a JSON Web Token"
        text = JWT.sub(r"\1 ", text)
    if spans := shapes_in(text):
        if any(not is_pseudonym(_LINE_END.sub("", text[start:end])) for start, end in spans):
            return "a token of a known shape"
        text = changed_spans(text, spans, lambda _: " ")
    return _RANDOM if next(random_pieces(text), None) else None


def random_pieces(text: str) -> Iterator[str]:
    """Yield each long random part of a text that is not public, decoded and whole."""
    if next(_random_pieces(text), None) is not None:  # which is rare
        yield from _random_pieces(without_public(text))


def _random_pieces(text: str) -> Iterator[str]:
    for candidate in candidates(text):
        if candidate.parts and candidate.whole and is_pseudonym(_decoded(text[slice(*candidate.whole)])):
            continue
        found = [piece for start, end in candidate.parts if _random(piece := _decoded(text[start:end]))]
        if not found and candidate.whole and _random(whole := _decoded(text[slice(*candidate.whole)])):
            found = [] if is_pseudonym(_dotted(text, *candidate.whole)) else [whole]
        yield from found


def _dotted(text: str, start: int, end: int) -> str:
    """Return the word around a run, with its dots. Some tokens have dots between their parts."""
    before = _DOTTED.match(text[max(0, start - _LONGEST_DOTTED) : start][::-1])
    after = _DOTTED.match(text, end)
    return text[start - (before.end() if before else 0) : after.end() if after else end]


def _random(piece: str) -> bool:
    return is_random(piece, lambda plain: _shape(plain) is not None)


def _decoded(text: str) -> str:
    """Undo percent-encoding to its end."""
    for _ in range(NESTED):
        text, encoded = percent_decoded(text), text
        if text == encoded:
            break
    return text


def _sort_of(text: str) -> str | None:
    """Return the same as `_shape`.

    A query's result is remembered, because most queries come again with other paths. A path is searched again each time: to remember its
    result takes longer.
    """
    if text.startswith("/") and _KEY not in text:
        path, mark, query = text.partition("?")
        if mark and _says_nothing(query):
            return _shape(path)
    return _looks_secret(text)


@remembered(limit=1 << 20)
def _says_nothing(query: str) -> bool:
    """Return whether a query has no text that looks secret.

    The query is judged without its path. This is safe: except for a private key, no text that looks secret contains a question mark.
    """
    return "eyJ" not in query and not may_be_random(query) and not shapes_in(query)


_looks_secret = remembered(limit=16 << 20, longest=_LONGEST_KEPT)(_shape)
