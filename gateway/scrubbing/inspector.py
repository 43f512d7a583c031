"""Says what must not stand in an interaction: what redaction would change, and what the leak gate still finds after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from gateway.core.codings import plain
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redaction import NOTHING
from gateway.core.redactors import redact
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.leaks import Leak, leaks, random_pieces
from gateway.core.secrets.multipart import boundary_of
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, is_pseudonym
from gateway.core.secrets.scrub import JWT
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.shapes import shapes_in
from gateway.scrubbing.counting import CountingScrub

REPEATED = "a repeated secret"
"""The kind of what is secret only because it was that in another place."""

Leg: TypeAlias = tuple[Request, Response]
Found: TypeAlias = Counter[Leak]
"""Where a secret stands and of what kind it is, and how many times."""


class Inspector:
    """Finds what is secret in interactions, and remembers it, so as to find it where it is repeated."""

    def __init__(self, policy: Policy, pseudonyms: Pseudonyms | None = None) -> None:
        """Those of any key will do for looking: pseudonyms are known by their mark."""
        self._policy = policy
        self._pseudonyms = pseudonyms or Pseudonyms(bytes(32))
        self._seen = Seen()
        self._guessed = Seen()
        """What is a secret by its looks alone."""

    @property
    def has_learned(self) -> bool:
        """Whether there is anything that may be repeated."""
        return len(self._seen) > 0

    def found(self, interaction: Interaction) -> Found:
        """Return what must not stand in an interaction; CodingError where its request's body cannot be looked into."""
        interaction = replace(interaction, request=_decoded(interaction.request))
        request, response = self._redacted((interaction.request, interaction.response), Counter())
        found: Found = Counter()
        for where, leg in _places(interaction):
            kinds: Counter[str] = Counter()
            if self._redacted(leg, kinds) != leg:
                found.update({Leak(where, kind): count for kind, count in (kinds or {REPEATED: 1}).items()})
        # the origin was looked at with the target, which it is written with
        left = leaks(replace(interaction, origin="", request=request, response=response), self._seen, self._policy)
        found.update(left)
        if left:
            self._guess(interaction, {leak.where for leak in left})
        return found

    def cleaned(self, interaction: Interaction) -> Interaction:
        """Return an interaction, its notes too, without what was secret anywhere."""
        request, response = everywhere(interaction.request, interaction.response, self._cleaned)
        return replace(
            interaction,
            origin=self._cleaned(interaction.origin),
            request=request,
            response=response,
            about={name: _mapped(value, self._cleaned) for name, value in interaction.about.items()},
        )

    def _redacted(self, leg: Leg, kinds: Counter[str]) -> Leg:
        return redact(*leg, CountingScrub(self._pseudonyms, self._policy, self._seen, counts=kinds))

    def _guess(self, interaction: Interaction, places: set[str]) -> None:
        """Remember what looks like a secret in these places: it has no name by which redaction could know it."""

        def judge(text: str) -> str:
            for word in (*random_pieces(text), *(text[start:end] for start, end in shapes_in(text))):
                if not is_pseudonym(word):
                    self._guessed.add(word, self._pseudonyms("token", word))
            for token in JWT.finditer(text):
                if not is_pseudonym(token[2]):
                    self._guessed.add(token[2], self._pseudonyms("token", token[2]))
            return text

        for where, leg in _places(interaction):
            if where in places:
                everywhere(*leg, judge)
        if any(where.startswith("x_gateway") for where in places):
            _mapped(interaction.about, judge)

    def _cleaned(self, text: str) -> str:
        return self._guessed.without(self._seen.without(text)[0])[0]


def _decoded(request: Request) -> Request:
    """Return a request whose body is plain, as that of a response that was read is."""
    if not isinstance(request.body, bytes):
        return request
    return replace(request, body=plain(request.headers, request.body)[1])


def _places(interaction: Interaction) -> Iterator[tuple[str, Leg]]:
    """Yield each place of an interaction by its name, as a leg that has nothing else."""
    request, response = interaction.request, interaction.response
    bare = Request(request.method, "/")
    yield "request.uri", (replace(bare, target=interaction.origin + request.target), NOTHING)
    for name, value in request.headers.raw:
        yield f"request.headers.{name.decode('latin-1')}", (replace(bare, headers=Headers(((name, value),))), NOTHING)
    yield "request.body", (replace(bare, headers=_of_form(request.headers), body=request.body), NOTHING)
    for name, value in response.headers.raw:
        yield f"response.headers.{name.decode('latin-1')}", (bare, replace(NOTHING, headers=Headers(((name, value),))))
    yield "response.status.message", (bare, replace(NOTHING, reason=response.reason))
    yield "response.body", (bare, replace(NOTHING, headers=_of_form(response.headers), body=response.body))


def _of_form(headers: Headers) -> Headers:
    """Return the one field without which a body cannot be read: what names a multipart form's boundary."""
    return Headers.of({"Content-Type": headers["Content-Type"]}) if boundary_of(headers) else Headers()


def _mapped(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _mapped(entry, change) for name, entry in value.items()}
    return [_mapped(entry, change) for entry in value] if isinstance(value, list | tuple) else value
