"""What is said of one message: its target, and texts about it, without what is secret anywhere in that message.

Facts
-----
* `Redaction.target` knows a target alone. An app may repeat a token of its header fields in the path, where nothing tells that it
  is one. So a text is also searched for the secrets of its message, in every encoding.
* The log says something of each exchange, so this has to be cheap: the secrets of a field that was met before are remembered, and
  only a text that holds one of them, or that may hold an encoded one, is looked into.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from msgspec.structs import replace

from gateway.core.bounded import Bounded
from gateway.core.model import Finding, Request
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import LEAST
from gateway.core.secrets.seen import Seen

LONGEST = 4096
"""Characters of a target or a text that is looked into; what is longer is not quoted: nobody would read it."""
_MAY_BE_ENCODED = re.compile(r"[%&\\]|[A-Za-z0-9+_=-]{16}")
"""What stands in a text that holds an encoded secret; Base64 of twelve characters has sixteen."""
_WORD = re.compile(r"[^\s/?&=;,\"]{12,}+")
"""What may be a part of a secret that is too long to be taken apart."""
_SAID: Bounded[tuple[str, tuple[tuple[str, str], ...]], str] = Bounded(
    "texts without secrets", 4 << 20, longest=64 << 10
)
"""What texts became, by the secrets that they were searched for."""
_CLEAN = 32 << 10
"""Bytes of the texts of which one of the following remembers that they were clean."""
_SOUGHT: Bounded[tuple[tuple[str, str], ...], Seen] = Bounded(
    "secrets of messages, sought",
    16 << 20,
    longest=2 << 20,
    size=lambda secrets, _: 4000 + _CLEAN + 40 * sum([len(secret) + len(shown) for secret, shown in secrets]),
    regulars=True,
)
"""What looks for the secrets of a message, by these: a device sends the same ones to one target after another."""


class Saying:
    """Says what a request was, for as long as it takes to say it."""

    def __init__(self, redaction: Redaction, request: Request) -> None:
        self._redaction = redaction
        self._request = request

    @property
    def target(self) -> str:
        """The request's path and query."""
        return self._shown(self._request.target)

    @property
    def path(self) -> str:
        """The request's path, which may repeat what its query holds."""
        target, path, redaction = self._request.target, self._request.path, self._redaction
        if len(target) <= LONGEST and not redaction.policy.patterns and redaction.target(target) == target:
            return self.text(path)  # where the whole has no secret, and was looked at to be recorded, a part has none
        return self._shown(path)

    def text(self, text: str) -> str:
        """Return a text about the request, such as what a check found, without the request's secrets."""
        if len(text) > LONGEST:
            return f"\u2026 ({len(text)} characters)"
        if len(text) < LEAST or not self._may_repeat(text):
            return text
        secrets = self._secrets
        if long := [secret for secret in secrets if len(secret) > LONGEST]:
            secrets = {secret: replacement for secret, replacement in secrets.items() if len(secret) <= LONGEST}
            text = _WORD.sub(lambda word: "REDACTED" if any(word[0] in secret for secret in long) else word[0], text)
        if not _MAY_BE_ENCODED.search(text) and not any(secret in text for secret in secrets):
            return text
        key = text, tuple(secrets.items())
        said: str | None = _SAID.get(key)
        if said is None:
            said = _sought(key[1]).without(text)[0]
            _SAID.put(key, said)
        return said

    def _may_repeat(self, text: str) -> bool:
        """Say whether a text may repeat a secret: mostly none does, and then no pseudonym is made."""
        if _MAY_BE_ENCODED.search(text):
            return bool(self._secrets)
        suspected = self._redaction.suspected_in(self._request)
        return any(secret in text or len(secret) > LONGEST for secret in suspected)

    def _shown(self, target: str) -> str:
        if len(target) > LONGEST:
            return f"\u2026 ({len(target)} characters)"
        return self.text(self._redaction.target(target))

    @cached_property
    def _secrets(self) -> dict[str, str]:
        return self._redaction.secrets_of(self._request)


def _sought(secrets: tuple[tuple[str, str], ...]) -> Seen:
    """Return what looks for these secrets, and for no other."""
    seen: Seen | None = _SOUGHT.get(secrets)
    if seen is None:
        seen = Seen(clean=_CLEAN)
        for secret, replacement in secrets:
            seen.add(secret, replacement)
        _SOUGHT.put(secrets, seen)
    return seen


def said_of(saying: Saying, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings about a request, none of which quotes a secret of it."""
    said = []
    for finding in findings:
        where, found = saying.text(finding.where), saying.text(finding.found)
        same = where is finding.where and found is finding.found
        said.append(finding if same else replace(finding, where=where, found=found))
    return tuple(said)
