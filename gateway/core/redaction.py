"""The one path from what was sent and answered to anything that is kept or shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote

from gateway.core.codings import decode
from gateway.core.devices import device_identifier
from gateway.core.model import Headers, Interaction, Request, Response
from gateway.core.redactors import REDACTORS
from gateway.core.redactors.bodies import redact_bodies
from gateway.core.redactors.fields import redact_fields
from gateway.core.redactors.repetitions import without_repetitions
from gateway.core.secrets.leaks import Leak, leaks
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, is_pseudonym
from gateway.core.secrets.scrub import Memory, Scrub, Wildcard
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.values import redact_url
from gateway.core.secrets.wire import bytes_of, changed_latin

NOTHING = Response(0)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{10,}+")
"""What may be a pseudonym in a target whose place says nothing: what an expression of the configuration matched."""


class Redaction:
    """Redacts by one policy under one key. Only this makes an `Interaction` of a leg: that type is the promise."""

    def __init__(self, key: bytes, policy: Policy | None = None, *, lasting: bool = True) -> None:
        """`lasting`: the key is the one that cassettes are recorded under, not one made for this run alone."""
        self.policy = policy or Policy()
        self.lasting = lasting
        self._pseudonyms = Pseudonyms(key)
        self._seen = Seen()
        self._memory = Memory()
        self._known_target = lru_cache(maxsize=4096)(self._target)
        self._wildcard_target = lru_cache(maxsize=16384)(self._compared_target)
        self._device = lru_cache(maxsize=16384)(self._pseudonymous_device)

    @property
    def key_id(self) -> str | None:
        """The name of a lasting key; None of one that ends with the run."""
        return self._pseudonyms.key_id if self.lasting else None

    def redacted(self, request: Request, response: Response = NOTHING) -> tuple[Request, Response]:
        """Return both sides of a leg without their secrets. Bodies are whole and decoded; a stream is passed over."""
        scrub = Scrub(self._pseudonyms, self.policy, self._seen, self._memory)
        for redactor in REDACTORS:
            request, response = redactor(request, response, scrub)
        return request, response

    def interaction(
        self, request: Request, response: Response, *, origin: str, recorded_at: str, about: Mapping[str, object]
    ) -> Interaction:
        """Redact a leg whose bodies are whole. A body whose coding cannot be undone cannot be redacted: CodingError.

        The request loses its Host, which `origin` stands for, and the answer what described its coding (cassette-format:
        decoded bodies, true lengths).
        """
        request, response = self.redacted(_plain_request(request), _plain_response(response))
        return Interaction(
            origin=origin,
            request=replace(request, headers=_true_length(request.headers, request.body)),
            response=replace(response, headers=_true_length(response.headers, response.body))
            if _describes_body(request, response)
            else response,
            recorded_at=recorded_at,
            about={**about, "redaction": {"policy": self.policy.number, "key_id": self.key_id}},
        )

    def trusts(self, interaction: Interaction) -> bool:
        """Say whether an interaction that was read from a file was redacted by this policy."""
        made_by = interaction.about.get("redaction")
        return isinstance(made_by, Mapping) and made_by.get("policy") == self.policy.number

    def again(self, interaction: Interaction) -> Interaction:
        """Return an interaction of another policy, or of none, redacted by this one; pseudonyms in it stay."""
        return self.interaction(
            interaction.request,
            interaction.response,
            origin=interaction.origin,
            recorded_at=interaction.recorded_at,
            about=interaction.about,
        )

    def leaks(self, interaction: Interaction) -> list[Leak]:
        """Return what must not be written of an interaction: the last look before it is."""
        return leaks(interaction, self._seen, self.policy)

    def compared(self, request: Request, *, whole: bool) -> Request:
        """Return a request, live or recorded, with a wildcard for each secret; header fields and body only when `whole`."""
        request = replace(request, target=self._wildcard_target(request.target))
        if not whole:
            return request
        scrub = Scrub(Wildcard(), self.policy)
        return redact_bodies(*redact_fields(request, NOTHING, scrub), scrub)[0]

    def device(self, request: Request) -> str:
        """Return the pseudonym of a live request's device, as `device_identifier` reads it from a recorded one."""
        return self._device(device_identifier(request))

    def target(self, target: str) -> str:
        """Return a request target without its secrets, and without those that were seen elsewhere."""
        return changed_latin(self._known_target(target), lambda text: without_repetitions(text, self._seen))

    def _target(self, target: str) -> str:
        scrub = Scrub(self._pseudonyms, self.policy)
        return changed_latin(target, lambda text: scrub.patterns_in(redact_url(text, scrub)))

    def _compared_target(self, target: str) -> str:
        scrub = Scrub(Wildcard(), self.policy)
        wild = changed_latin(target, lambda text: scrub.patterns_in(redact_url(text, scrub)))
        for secret in sorted(scrub.found, key=len, reverse=True):
            wild = wild.replace(secret, "*").replace(quote(bytes_of(secret), safe=""), "*")
        return _WORD.sub(lambda word: "*" if is_pseudonym(word[0]) else word[0], wild)

    def _pseudonymous_device(self, identifier: str) -> str:
        return self._pseudonyms.of_bytes("device", identifier.encode("latin-1", "replace")).decode("latin-1")


def _describes_body(request: Request, response: Response) -> bool:
    """Whether Content-Length is that of the body: not for HEAD, nor for 304 (RFC 9110 section 8.6)."""
    return request.method != "HEAD" and response.status != 304  # noqa: PLR2004  # RFC 9110 section 15.4.5


def _true_length(headers: Headers, body: object) -> Headers:
    if isinstance(body, bytes) and "Content-Length" in headers:
        return headers.with_("Content-Length", str(len(body)))
    return headers


def _plain_request(request: Request) -> Request:
    headers, body = _plain(request.headers.without("Host"), request.body)
    return replace(request, headers=headers, body=body)


def _plain_response(response: Response) -> Response:
    headers, body = _plain(response.headers, response.body)
    return replace(response, headers=headers, body=body)


def _plain(headers: Headers, body: object) -> tuple[Headers, bytes]:
    """Return a body without its codings, and the headers that go with it."""
    if not isinstance(body, bytes):
        message = "only a whole body can be redacted"
        raise TypeError(message)
    coding = ", ".join(headers.getall("Content-Encoding"))
    if not body or not coding:
        return headers, body
    return headers.without("Content-Encoding"), decode(coding, body)
