"""The one path from a live message to everything that is kept or shown."""

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
from gateway.core.keyed_results import KeyedResults, Line
from gateway.core.memo import memo_of
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.recent_sides import RecentSides, RedactedSide, RedactedTarget
from gateway.core.recorded import RecordedHead
from gateway.core.redactors import FINDERS, NOTHING, find_in_field, redact, redact_lone_target, remember
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.leaks import (
    Leak,
    Place,
    leaks,
    leaks_of_places,
    leaks_of_request,
    leaks_of_response,
    place_of_target,
    places_of_about,
)
from gateway.core.secrets.met import MetSecrets
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, placeholder
from gateway.core.secrets.scrub import Memory, Scrub, Wildcard
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.wire import changed_latin

T = TypeVar("T", Request, Response)

LONGEST_SAID = 4096
"""Bytes of a target, a field or a body that is taken apart for what is said of its message."""
NO_REQUEST = Request("", "")
_WILDCARD = Wildcard()


class Redaction:
    """Redacts by one policy under one key. Only this makes an `Interaction` of a leg: that type is the promise."""

    def __init__(
        self,
        key: bytes,
        policy: Policy | None = None,
        *,
        lasting: bool = True,
        known: KeyedResults | None = None,
        scrub: Callable[[Pseudonyms, Policy, Seen, Memory], Scrub] = Scrub,
    ) -> None:
        """`lasting`: the key is the one that cassettes are recorded under, not one made for this run alone; `known` goes before key and policy.

        `scrub` makes the hand that removes; one that counts, for instance.
        """
        self._known = known or KeyedResults(Pseudonyms(key), policy or Policy())
        self._pseudonyms = self._known.pseudonyms
        self.policy = self._known.policy
        self.lasting = lasting
        self.key_id = self._pseudonyms.key_id if lasting else None
        """The name of a lasting key; None of one that ends with the run."""
        self._seen = MetSecrets()
        self._memory = (
            self._known.memory if scrub is Scrub else Memory()
        )  # one that counts has to do each text once itself
        self._sides = RecentSides()
        self._targets: Bounded[str, RedactedTarget] = Bounded(
            "redacted targets", 4 << 20, size=lambda target, made: 400 + len(target) + len(made.text), regulars=True
        )
        self._make_scrub = scrub
        self._clean_notes: Bounded[tuple[Place, ...], int] = Bounded("notes without secrets", 4 << 20, longest=16 << 10)
        """At which generation of secrets they were looked at."""

    def afresh(self, scrub: Callable[[Pseudonyms, Policy, Seen, Memory], Scrub] = Scrub) -> Redaction:
        """Return a redaction with the same key and policy that has met no secret. They share the caches that depend on key and policy only."""
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
        """Return both sides of a leg without their secrets. Bodies are whole and decoded; a stream is passed over."""
        if request.device is not NOBODY:
            request = replace(request, device=request.device.shown)
        if request.raw_target:  # it says what `target` says
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
        """Redact a leg whose bodies are whole, and look for leaks. A body whose coding cannot be undone is a CodingError.

        The request loses its Host, which `origin` stands for, and the answer what described its coding (cassette-format:
        decoded bodies, true lengths).
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
        """Redact each side, or remember what became of it, until both were looked at for the same secrets."""
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
        if left.generation != self._seen.generation:  # the answer had secrets of its own
            left = self._side(left_key, lambda: self._request_side(request))
        if right.generation != self._seen.generation:  # so many that some were forgotten, and met again
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
        """Redact a request; where its fields and body were met before, and its target has no secret that is new, the target alone."""
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
        """Return what becomes of the target of a request whose fields and body have no secret that was not met before."""
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
        """Return a request as a cassette has it: without Host, its body decoded, repeats of a field as one."""
        headers, body = plain(request.headers.without("Host"), request.body)
        if (one := folded(headers)) != headers:  # what each line says is a secret elsewhere, too
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

    def begun(self, interaction: Interaction) -> Interaction:
        """Remove secrets by place, name or shape, and remember them.

        For who redacts many interactions at once: when all were begun, `ended` looks in each for what was learned in any, so
        that each text is searched once. An interaction that was begun still holds secrets. Raises CodingError, OverBudgetError.
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

        Pseudonyms in it stay, and so does the name of their key: most are of that one, and a replay has to know.
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
        """Return the note of policy and key, which keeps the name of the key whose pseudonyms were there already."""
        before = interaction.about.get("redaction")
        key_id = before.get("key_id") if isinstance(before, Mapping) else None
        return {"policy": self.policy.number, "key_id": key_id or self.key_id}

    def trusts(self, interaction: Interaction) -> bool:
        """Return whether an interaction that was read from a file was redacted by this policy."""
        made_by = interaction.about.get("redaction")
        return isinstance(made_by, Mapping) and made_by.get("policy") == self.policy.number

    def trusts_head(self, head: RecordedHead) -> bool:
        """Return the same for an interaction of which only the head was read."""
        return head.policy == self.policy.number

    def leaks(self, interaction: Interaction) -> list[Leak]:
        """Return the leaks of an interaction: the last search before it is written."""
        return leaks(interaction, self._seen, self.policy)

    @property
    def key(self) -> bytes:
        """The data that another process needs for the same redaction. It goes through a pipe only."""
        return self._pseudonyms.key

    @property
    def generation(self) -> int:
        """How many secrets were met so far."""
        return self._seen.generation

    def met_since(self, generation: int) -> list[tuple[str, str]]:
        """Return the secrets that were met since then, the oldest first, and what replaces each; of very many the last."""
        return self._seen.since(generation)

    def learn(self, secrets: Iterable[tuple[str, str]]) -> None:
        """Look from now on for secrets that were met elsewhere, under the same key and policy."""
        for secret, replacement in secrets:
            self._seen.add(secret, replacement)

    def hear(self, secrets: Iterable[tuple[str, str]]) -> None:
        """Learn secrets that another process has met, and told everybody."""
        for secret, replacement in secrets:
            self._seen.add(secret, replacement, is_told=True)

    def share(self, tell: Callable[[str, str], None]) -> None:
        """Tell of each secret that is met from now on, in the step in which it is, and of what stands in its place."""
        self._seen.tell = tell

    def compared(self, request: Request, *, whole: bool) -> Request:
        """Return a request, live or recorded, with a wildcard for each secret; header fields and body only when `whole`."""
        if not whole:
            return replace(request, target=self._known.wildcard(request.target))
        return self._known.wild(replace(request, headers=folded(request.headers)))

    def shown(self, request: Request) -> Request:
        """Return a live request with a pseudonym for each secret of it, as a recording has it; nothing is met by it."""
        request = replace(request, headers=folded(request.headers))
        return redact(request, NOTHING, Scrub(self._pseudonyms, self.policy, memory=self._memory))[0]

    def device(self, request: Request) -> str:
        """Return the pseudonym of a live request's device, as `device_identifier` reads it from a recorded one; empty if it names none."""
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
        """Return a request target without its secrets, and without secrets that other places had."""
        return changed_latin(self._known.target(target), lambda text: self._seen.without(text)[0])

    def secrets_of(self, request: Request) -> dict[str, str]:
        """Return the secrets of a request's target, header fields and body, each with its pseudonym; nothing is met by it.

        What is longer than LONGEST_SAID is not taken apart, which would take long: a field is one secret as a whole.
        Nobody changes the dict, which is the same one each time, as long as it is remembered.
        """
        memo = memo_of(request)
        if memo is not None and self in memo:
            met: dict[str, str] = memo[self]
            return met
        found = self._secrets_of(request)
        if memo is not None:
            memo[self] = found
        return found

    def suspected_in(self, request: Request) -> frozenset[str]:
        """Return texts among which are all secrets of a request, as in `secrets_of`, without their pseudonyms: these take most of its time."""
        memo = memo_of(request)
        key = self._known.suspects
        if memo is not None and key in memo:
            met: frozenset[str] = memo[key]
            return met
        suspects: frozenset[str]
        if self.policy.patterns or request.body != b"":  # what an expression finds may depend on what was replaced
            suspects = frozenset(self.secrets_of(request))
        else:
            recent = self._known.suspects.recent
            found: list[str] = []
            for line in request.headers.raw:
                of_line = recent.get(line)
                found += self._suspects_in(line) if of_line is None else of_line
            if len(request.target) <= LONGEST_SAID:  # its pseudonyms are wanted most often, to record it or to say it
                found += self._known.secrets_of_target(request.target)
            suspects = frozenset(found)
        if memo is not None:
            memo[key] = suspects
        return suspects

    def _suspects_in(self, line: Line) -> tuple[str, ...]:
        """Return the texts that may be secrets of one header field (see `_secrets_in`)."""
        known: tuple[str, ...] | None = self._known.suspects.get(line)
        if known is None:
            name, value = line
            if len(value) > LONGEST_SAID:
                known = tuple(self._secrets_in(line))
            else:
                scrub = Scrub(_WILDCARD, self.policy)
                find_in_field(name, value, scrub)
                known = tuple(scrub.found)
            self._known.suspects.put(line, known)
        return known

    def _secrets_of(self, request: Request) -> dict[str, str]:
        body = request.body if isinstance(request.body, bytes) and len(request.body) <= LONGEST_SAID else b""
        found = dict(self._known.secrets_of_target(request.target)) if len(request.target) <= LONGEST_SAID else {}
        found.update(self._secrets_in_fields(request.headers))
        if body:  # what its fields say of it decides how it is read
            short = Headers(tuple([pair for pair in request.headers.raw if len(pair[1]) <= LONGEST_SAID]))
            found.update(self._found(Request(request.method, "", short, body)))
        return found

    def _secrets_in_fields(self, headers: Headers) -> dict[str, str]:
        """Return the secrets of all fields; a device sends the same ones to one target after another."""
        known: dict[str, str] | None = self._known.of_fields.get(headers)
        if known is None:
            known = {}
            for line in headers.raw:
                known.update(self._secrets_in(line))
            self._known.of_fields.put(headers, known)
        return known

    def _secrets_in(self, line: Line) -> dict[str, str]:
        """Return the secrets of one header field. Most fields come again and again."""
        known: dict[str, str] | None = self._known.secrets.get(line)
        if known is not None:
            return known
        name, value = line
        if len(value) > LONGEST_SAID:
            text = value.decode("latin-1")
            kind = self.policy.field(name.decode("latin-1"), text)
            return {text: placeholder(kind)} if kind else {}
        scrub = Scrub(self._pseudonyms, self.policy, memory=self._memory)
        find_in_field(name, value, scrub)
        self._known.secrets.put(line, scrub.found)
        return scrub.found

    def _found(self, request: Request) -> dict[str, str]:
        scrub = Scrub(self._pseudonyms, self.policy, memory=self._memory)
        redact(request, NOTHING, scrub, FINDERS)
        return scrub.found


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
