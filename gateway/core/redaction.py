"""The only path from a live message to everything that is kept or shown."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.bounded import Bounded
from gateway.core.codings import plain
from gateway.core.device import NOBODY
from gateway.core.devices import device_identifier
from gateway.core.folding import folded
from gateway.core.keyed_results import KeyedResults
from gateway.core.memo import memo_of
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.recent_sides import RecentSides, RedactedSide, RedactedTarget
from gateway.core.recorded import RecordedHead
from gateway.core.redactors import FINDERS, NOTHING, redact, redact_lone_target, remember
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.leaks import (
    Leak,
    Place,
    are_surely_clean,
    leaks,
    leaks_of_places,
    leaks_of_request,
    leaks_of_response,
    place_of_target,
    places_of_about,
)
from gateway.core.secrets.met import MetSecrets
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Memory, Scrub
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.wire import changed_latin

T = TypeVar("T", Request, Response)

NO_REQUEST = Request("", "")


class Redaction:
    """Redacts by one policy under one key. Only this class makes an `Interaction` from a leg, so the type means that a leg is redacted."""

    def __init__(
        self,
        key: bytes,
        policy: Policy | None = None,
        *,
        lasting: bool = True,
        known: KeyedResults | None = None,
        scrub: Callable[[Pseudonyms, Policy, Seen, Memory], Scrub] = Scrub,
    ) -> None:
        """`lasting`: cassettes are recorded under this key. Otherwise the key was made for this run alone.

        `known`: earlier results, which are used in place of key and policy. `scrub` makes the object that removes secrets; a command
        may pass one that also counts.
        """
        self._known = known or KeyedResults(Pseudonyms(key), policy or Policy())
        self._pseudonyms = self._known.pseudonyms
        self.policy = self._known.policy
        self.lasting = lasting
        self.key_id = self._pseudonyms.key_id if lasting else None
        """The name of a lasting key; None for a key that ends with the run."""
        self._seen = MetSecrets()
        # a scrub that counts must redact each text itself
        self._memory = self._known.memory if scrub is Scrub else Memory()
        self._sides = RecentSides()
        self._targets: Bounded[str, RedactedTarget] = Bounded(
            "redacted targets", 4 << 20, size=lambda target, made: 400 + len(target) + len(made.text), regulars=True
        )
        self._make_scrub = scrub
        self._clean_notes: Bounded[tuple[Place, ...], int] = Bounded("notes without secrets", 4 << 20, longest=16 << 10)
        """The generation of secrets at which notes were searched, by the notes."""

    def afresh(self, scrub: Callable[[Pseudonyms, Policy, Seen, Memory], Scrub] = Scrub) -> Redaction:
        """Return a redaction with the same key and policy that knows no secrets yet. Both share the caches of this key and policy."""
        return Redaction(b"", lasting=self.lasting, known=self._known, scrub=scrub)

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The maker of pseudonyms."""
        return self._pseudonyms

    @property
    def basis(self) -> object:
        """Cache key: identifies key and policy."""
        return self._known

    def redacted(self, request: Request, response: Response = NOTHING) -> tuple[Request, Response]:
        """Return both sides of a leg without their secrets. Bodies must be whole and decoded; a stream is skipped."""
        if request.device is not NOBODY:
            request = replace(request, device=request.device.shown)
        if request.raw_target:  # it repeats `target`
            request = replace(request, raw_target="")
        return redact(request, response, self._scrub())

    def _scrub(self) -> Scrub:
        return self._make_scrub(self._pseudonyms, self.policy, self._seen, self._memory)

    def interaction(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Interaction:
        """Redact a leg as `leg` does, without the search for leaks."""
        return self.leg(request, response, origin=origin, recorded_at=recorded_at, about=about).interaction

    def leg(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Redacted:
        """Redact a leg whose bodies are whole, and search for leaks. Raises CodingError if the coding of a body cannot be undone.

        The request loses its Host, since `origin` replaces it. The answer loses the fields about its coding (cassette-format: decoded
        bodies, true lengths).
        """
        request_side, response_side = self._both(request, response)
        interaction = Interaction(
            origin=self.target(origin),
            request=request_side.part,
            response=response_side.part,
            recorded_at=recorded_at,
            about={**about, "redaction": {"policy": self.policy.number, "key_id": self.key_id}},
        )
        leaks = (*request_side.leaks, *response_side.leaks, *self._leaks_of_about(interaction))
        return Redacted(interaction, leaks)

    def _leaks_of_about(self, interaction: Interaction) -> Sequence[Leak]:
        """Search the notes about an interaction. Most notes were searched before, and were clean."""
        places = places_of_about(interaction)
        if self._clean_notes.get(places) == self._seen.generation:
            return ()
        found = leaks_of_places(places, self._seen, self.policy)
        if not found:
            self._clean_notes.put(places, self._seen.generation)
        return found

    def _both(self, request: Request, response: Response) -> tuple[RedactedSide[Request], RedactedSide[Response]]:
        """Redact each side, or find it in memory, until both sides were searched for the same secrets."""
        left_key = request.method, request.target, request.headers.raw, request.body
        right_key = (
            request.method,
            response.status,
            response.reason,
            response.headers.raw,
            response.body,
            response.source,
        )
        left = self._side(left_key, lambda: self._request_side(request))
        right = self._side(right_key, lambda: self._response_side(request.method, response))
        if left.generation != self._seen.generation:  # the answer had new secrets
            left = self._side(left_key, lambda: self._request_side(request))
        if right.generation != self._seen.generation:  # so many secrets that some were forgotten, and found again
            right = self._side(right_key, lambda: self._response_side(request.method, response))
        return left, right

    def _side(self, key: Hashable, make: Callable[[], RedactedSide[T]]) -> RedactedSide[T]:
        known: RedactedSide[T] | None = self._sides.get(key)
        if known is not None and known.generation == self._seen.generation:
            return known
        made = make()
        self._sides.put(key, made)
        return made

    def _request_side(self, request: Request) -> RedactedSide[Request]:
        """Redact a request. If its fields and body were redacted before, and its target has no new secret, redact only the target."""
        rest_key = request.headers.raw, request.body
        rest: RedactedSide[Request] | None = self._sides.get(rest_key)
        if rest is not None and rest.generation == self._seen.generation:
            target = self.recorded_target(request.target)
            if rest.generation == self._seen.generation:
                redacted = replace(rest.part, method=request.method, target=target.text)
                return RedactedSide(rest.generation, redacted, (*target.leaks, *rest.leaks))
        redacted, _ = self.redacted(self._as_kept(request))
        redacted = replace(redacted, headers=_true_length(redacted.headers, redacted.body))
        part = replace(redacted, method="", target="")
        rest = RedactedSide(self._seen.generation, part, tuple(leaks_of_request(part, self._seen, self.policy)))
        self._sides.put(rest_key, rest)
        return RedactedSide(rest.generation, redacted, (*self._leaks_of_target(redacted.target), *rest.leaks))

    def recorded_target(self, target: str) -> RedactedTarget:
        """Return the redacted target of a request whose fields and body have no new secret."""
        known: RedactedTarget | None = self._targets.get(target)
        if known is not None and known.generation == self._seen.generation:
            return known
        redacted = redact_lone_target(target, self._scrub())
        made = RedactedTarget(self._seen.generation, redacted, tuple(self._leaks_of_target(redacted)))
        self._targets.put(target, made)
        return made

    def _leaks_of_target(self, target: str) -> list[Leak]:
        return leaks_of_places((place_of_target(target),), self._seen, self.policy)

    def _response_side(self, method: str, response: Response) -> RedactedSide[Response]:
        _, redacted = self.redacted(NO_REQUEST, _decoded(response))
        redacted = _with_true_length(method, redacted)
        found = tuple(leaks_of_response(redacted, self._seen, self.policy))
        return RedactedSide(self._seen.generation, redacted, found)

    def _as_kept(self, request: Request) -> Request:
        """Return a request in the form of a cassette: without Host, with a decoded body, and with repeated fields joined."""
        headers, body = plain(request.headers.without("Host"), request.body)
        if (one := folded(headers)) != headers:  # a secret in a single line may also occur elsewhere
            redact(
                Request(request.method, request.target, headers),
                NOTHING,
                Scrub(self._pseudonyms, self.policy, self._seen, self._memory),
            )
            headers = one
        return Request(request.method, request.target, headers, body)

    def leaks_of_note(self, name: str, text: str) -> list[Leak]:
        """Return the leaks in one note about an interaction, under this name."""
        return leaks_of_places(((f"x_gateway.{name}", text, ""),), self._seen, self.policy)

    def are_clean(self, name: str, texts: Sequence[str]) -> bool:
        """Return whether these texts have no leak. Each text is the note `name` of another interaction. Short texts are searched together."""
        return are_surely_clean(texts, self._seen) or not any(self.leaks_of_note(name, text) for text in texts)

    def begun(self, interaction: Interaction) -> Interaction:
        """Remove secrets by place, name or shape, and remember them.

        This is for many interactions at once. First `begun` runs for all of them. Then `ended` searches each one for the secrets of all.
        So each text is searched once. An interaction that was only begun still has secrets. Raises CodingError, OverBudgetError.
        """
        request = self._as_kept(interaction.request)
        scrub = self._scrub()
        if self._known.target(interaction.origin) != interaction.origin:
            redact(Request("", interaction.origin), NOTHING, scrub, FINDERS)
        request, response = redact(request, _decoded(interaction.response), scrub, FINDERS)
        remember(scrub)
        return replace(interaction, request=request, response=response)

    def ended(self, begun: Interaction) -> Interaction:
        """Remove every remembered secret from an interaction and its notes. Raises OverBudgetError.

        Earlier pseudonyms stay, and so does the name of their key. Most pseudonyms are made with this key, and a replay must know it.
        """
        change = self._scrub().without_repeated
        request, response = everywhere(begun.request, begun.response, change)
        return replace(
            begun,
            origin=changed_latin(self._known.target(begun.origin), change),
            request=replace(request, headers=_true_length(request.headers, request.body)),
            response=_with_true_length(request.method, response),
            about={**_said(begun.about, change), "redaction": self._made_by(begun)},
        )

    def _made_by(self, interaction: Interaction) -> dict[str, object]:
        """Return the note of policy and key. If the interaction already has pseudonyms, the name of their key stays."""
        before = interaction.about.get("redaction")
        key_id = before.get("key_id") if isinstance(before, Mapping) else None
        return {"policy": self.policy.number, "key_id": key_id or self.key_id}

    def trusts(self, interaction: Interaction) -> bool:
        """Return whether this policy redacted an interaction from a file."""
        made_by = interaction.about.get("redaction")
        return isinstance(made_by, Mapping) and made_by.get("policy") == self.policy.number

    def trusts_head(self, head: RecordedHead) -> bool:
        """Return the same by the head of an interaction alone."""
        return head.policy == self.policy.number

    def leaks(self, interaction: Interaction) -> list[Leak]:
        """Return the leaks of an interaction. This is the last search before it is written."""
        return leaks(interaction, self._seen, self.policy)

    @property
    def key(self) -> bytes:
        """The data that another process needs for the same redaction. It goes through a pipe only."""
        return self._pseudonyms.key

    @property
    def generation(self) -> int:
        """The number of secrets that were found so far."""
        return self._seen.generation

    def met_since(self, generation: int) -> list[tuple[str, str]]:
        """Return the secrets that were found since then, the oldest first, with their replacements. Of very many, only the last."""
        return self._seen.since(generation)

    def learn(self, secrets: Iterable[tuple[str, str]]) -> None:
        """Search from now on for secrets that were found elsewhere, under the same key and policy."""
        for secret, replacement in secrets:
            self._seen.add(secret, replacement)

    def hear(self, secrets: Iterable[tuple[str, str]]) -> None:
        """Learn secrets that another process found. It has already told all other processes."""
        for secret, replacement in secrets:
            self._seen.add(secret, replacement, is_told=True)

    def share(self, tell: Callable[[str, str], None]) -> None:
        """Call `tell` with each new secret and its replacement, as soon as it is found."""
        self._seen.tell = tell

    def compared(self, request: Request, *, whole: bool) -> Request:
        """Return a live or recorded request with a wildcard for each secret. Header fields and body are changed only if `whole`."""
        if not whole:
            return replace(request, target=self._known.wildcard(request.target))
        return self._known.wild(replace(request, headers=folded(request.headers)))

    def shown(self, request: Request) -> Request:
        """Return a live request with a pseudonym for each of its secrets, as in a recording. The secrets are not remembered."""
        request = replace(request, headers=folded(request.headers))
        return redact(request, NOTHING, Scrub(self._pseudonyms, self.policy, memory=self._memory))[0]

    def device(self, request: Request) -> str:
        """Return the pseudonym of a live request's device, as `device_identifier` reads it in a recording. Empty without an identifier."""
        memo = memo_of(request)
        if memo is not None and self._known in memo:
            met: str = memo[self._known]
            return met
        identifier = device_identifier(request)
        device = self._known.device(identifier) if identifier else ""
        if memo is not None:
            memo[self._known] = device
        return device

    def target(self, target: str) -> str:
        """Return a request target without its secrets, and without secrets that were found in other places."""
        redacted = self._known.target(target)
        if not self._seen.generation and redacted.isascii():  # no other place had a secret so far
            return redacted
        return changed_latin(redacted, lambda text: self._seen.without(text)[0])

    def secrets_of(self, request: Request) -> dict[str, str]:
        """Return the secrets of a request's target, header fields and body, each with its pseudonym. The secrets are not remembered."""
        return self._known.in_requests.secrets_of(request)

    def suspected_in(self, request: Request) -> frozenset[str]:
        """Return texts that include all secrets of a request, as in `secrets_of`, but without pseudonyms, which take most of the time."""
        return self._known.in_requests.suspected_in(request)


class Redacted(Struct, frozen=True):
    """A redacted leg, and the leaks that the last search found in it."""

    interaction: Interaction
    leaks: tuple[Leak, ...]


def _decoded(response: Response) -> Response:
    headers, body = plain(response.headers, response.body)
    return Response(response.status, response.reason, headers, body, response.source)


def _said(about: Mapping[str, object], change: Callable[[str], str]) -> dict[str, object]:
    """Change every text in the notes of an interaction."""

    def changed(value: object) -> object:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, Mapping):
            return {name: changed(entry) for name, entry in value.items()}
        return [changed(entry) for entry in value] if isinstance(value, list | tuple) else value

    return {name: changed(value) for name, value in about.items()}


def _with_true_length(method: str, response: Response) -> Response:
    if method == "HEAD" or response.status == 304:  # noqa: PLR2004  # there Content-Length is not this body's, RFC 9110 section 8.6
        return response
    return replace(response, headers=_true_length(response.headers, response.body))


def _true_length(headers: Headers, body: object) -> Headers:
    if isinstance(body, bytes) and "Content-Length" in headers:
        return headers.with_("Content-Length", str(len(body)))
    return headers
