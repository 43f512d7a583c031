"""Results that depend on a redaction's key and policy alone. All redactions that have both in common share them."""

from __future__ import annotations

import re
from typing import TypeAlias

from gateway.core.bounded import Bounded, remembered
from gateway.core.model import Headers, Request
from gateway.core.redactors import NOTHING, find_in_target, redact, redact_lone_target
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, is_pseudonym
from gateway.core.secrets.scrub import Memory, Scrub, Wildcard
from gateway.core.secrets.wire import changed_latin

Line: TypeAlias = tuple[bytes, bytes]
"""A header field as it was sent: name and value."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{10,}+")
"""What may be a pseudonym though its place says nothing: what an expression of the configuration matched."""


class KeyedResults:
    """The results of one key and policy: what becomes of texts, which secrets are in parts of requests, and the pseudonyms of devices."""

    def __init__(self, pseudonyms: Pseudonyms, policy: Policy) -> None:
        self.pseudonyms = pseudonyms
        self.policy = policy
        self.memory = Memory()
        self.secrets: Bounded[Line, dict[str, str]] = Bounded(
            "secrets of header fields", 8 << 20, longest=32 << 10, size=_size_of_secrets
        )
        self.suspects: Bounded[Line, tuple[str, ...]] = Bounded(
            "suspected secrets of header fields", 8 << 20, longest=32 << 10, size=_size_of_suspects
        )
        self.of_fields: Bounded[Headers, dict[str, str]] = Bounded(
            "secrets of fields of requests", 4 << 20, longest=32 << 10, size=_size_of_fields, regulars=True
        )
        kept = remembered(limit=8 << 20, longest=4096)
        self.wildcard = kept(self._wildcard)
        self.device = kept(self._device)

    def wild(self, request: Request) -> Request:
        """Return a request with one sign for each secret, and for each pseudonym that is known by its mark alone."""
        request, _ = redact(request, NOTHING, Scrub(Wildcard(), self.policy))
        return everywhere(request, NOTHING, _marked)[0]

    def target(self, target: str) -> str:
        """Return a request target without its secrets."""
        return find_in_target(target, Scrub(self.pseudonyms, self.policy, memory=self.memory))

    def secrets_of_target(self, target: str) -> dict[str, str]:
        """Return the secrets of a request target, each with its pseudonym."""
        scrub = Scrub(self.pseudonyms, self.policy, memory=self.memory)
        find_in_target(target, scrub)
        return scrub.found

    def _wildcard(self, target: str) -> str:
        """Return what `wild` makes of a request that has nothing but a target."""
        return changed_latin(redact_lone_target(target, Scrub(Wildcard(), self.policy)), _marked)

    def _device(self, identifier: str) -> str:
        return self.pseudonyms.of_bytes("device", identifier.encode("latin-1", "replace")).decode("latin-1")


def _marked(text: str) -> str:
    return _WORD.sub(lambda word: "*" if is_pseudonym(word[0]) else word[0], text)


def _size_of_secrets(key: Line, secrets: dict[str, str]) -> int:
    return (
        400
        + len(key[0])
        + len(key[1])
        + sum([len(secret) + len(replaced) + 300 for secret, replaced in secrets.items()])
    )


def _size_of_suspects(key: Line, suspects: tuple[str, ...]) -> int:
    return 600 + len(key[0]) + len(key[1]) + sum([len(text) + 100 for text in suspects])


def _size_of_fields(headers: Headers, secrets: dict[str, str]) -> int:
    held = sum([len(secret) + len(replaced) + 300 for secret, replaced in secrets.items()])
    return 600 + headers.size + 200 * len(headers.raw) + held
