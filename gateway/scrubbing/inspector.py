"""Finds the leaks of an interaction: values that redaction would change, and secrets that the leak gate finds after it."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

from msgspec.structs import replace

from gateway.core.codings import plain
from gateway.core.model import Interaction, Request
from gateway.core.redactors import redact
from gateway.core.secrets.leaks import Leak, leaks
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.seen import Seen
from gateway.scrubbing.counting import REPEATED, CountingScrub
from gateway.scrubbing.places import Leg, places

Found: TypeAlias = Counter[Leak]
"""The place of a secret, its kind, and its number."""


class Inspector:
    """Finds the secrets of interactions, and remembers them to find their repeats."""

    def __init__(self, policy: Policy, pseudonyms: Pseudonyms | None = None) -> None:
        """Any key is right here, since pseudonyms are recognised by their mark."""
        self._policy = policy
        self._pseudonyms = pseudonyms or Pseudonyms(bytes(32))
        self._seen = Seen()

    @property
    def has_learned(self) -> bool:
        """Whether it remembers a secret. The secret may be repeated elsewhere."""
        return len(self._seen) > 0

    def found(self, interaction: Interaction) -> Found:
        """Return the leaks of an interaction. Raises CodingError if its request's body cannot be decoded."""
        interaction = replace(interaction, request=_decoded(interaction.request))
        request, response = self._redacted((interaction.request, interaction.response), Counter())
        found: Found = Counter()
        for where, leg in places(interaction):
            kinds: Counter[str] = Counter()
            if self._redacted(leg, kinds) != leg:
                found.update({Leak(where, kind): count for kind, count in (kinds or {REPEATED: 1}).items()})
        # without the origin: it was searched above, together with the target
        found.update(
            leaks(replace(interaction, origin="", request=request, response=response), self._seen, self._policy)
        )
        return found

    def _redacted(self, leg: Leg, kinds: Counter[str]) -> Leg:
        return redact(*leg, CountingScrub(self._pseudonyms, self._policy, self._seen, counts=kinds))


def _decoded(request: Request) -> Request:
    """Return a request with its body decoded, like the body of a response."""
    if not isinstance(request.body, bytes):
        return request
    return replace(request, body=plain(request.headers, request.body)[1])
