"""Results that depend only on the key and the policy of a redaction. All redactions with the same key and policy share them."""

from __future__ import annotations

import re

from gateway.core.bounded import remembered
from gateway.core.model import Request
from gateway.core.redactors import NOTHING, find_in_target, redact, redact_lone_target
from gateway.core.request_secrets import RequestSecrets
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, is_pseudonym
from gateway.core.secrets.scrub import Memory, Scrub, Wildcard
from gateway.core.secrets.wire import changed_latin

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{10,}+")
"""Matches a text that may be a pseudonym in any place, since an expression of the configuration may match anywhere."""


class KeyedResults:
    """The results for one key and policy: redacted texts, the secrets in parts of requests, and the pseudonyms of devices."""

    def __init__(self, pseudonyms: Pseudonyms, policy: Policy) -> None:
        self.pseudonyms = pseudonyms
        self.policy = policy
        self.memory = Memory()
        self.in_requests = RequestSecrets(pseudonyms, policy, self.memory)
        self.device = remembered(limit=8 << 20, longest=4096, size=_size_of_device)(self._device)

    def wild(self, request: Request) -> Request:
        """Return a request with one sign for each secret, and for each pseudonym that only its mark shows."""
        request, _ = redact(request, NOTHING, Scrub(Wildcard(), self.policy))
        return everywhere(request, NOTHING, _marked)[0]

    def target(self, target: str) -> str:
        """Return a request target without its secrets."""
        if target.isascii() and not self.policy.patterns:  # a short way for the usual case, as in `Scrub.once`
            known = self.memory.recent.get(("target", target))
            if known is not None:
                return known[0]
        return find_in_target(target, Scrub(self.pseudonyms, self.policy, memory=self.memory))

    def wildcard(self, target: str) -> str:
        """Return a target as `wild` changes it."""
        return changed_latin(redact_lone_target(target, Scrub(Wildcard(), self.policy)), _marked)

    def _device(self, identifier: str) -> str:
        if identifier.isascii():  # a short way for the usual case
            return self.pseudonyms("device", identifier)
        return self.pseudonyms.of_bytes("device", identifier.encode("latin-1", "replace")).decode("latin-1")


def _size_of_device(identifier: str, pseudonym: str) -> int:
    return 150 + len(identifier) + len(pseudonym)


def _marked(text: str) -> str:
    return _WORD.sub(lambda word: "*" if is_pseudonym(word[0]) else word[0], text)
