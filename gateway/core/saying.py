"""Texts about one message (its target, its findings), without the secrets of the message.

Facts
-----
* `Redaction.target` knows only the target. An app may repeat a token of its header fields in the path, where nothing marks it as a token.
  So a text is also searched for the secrets of its message, in every encoding.
* The log writes of every exchange, so this must be cheap. The secrets of known fields are remembered. A text is searched only if it has
  one of them, or may have an encoded secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace
from propcache.api import cached_property

from gateway.core.bounded import Bounded, remembered
from gateway.core.model import Finding, Request
from gateway.core.redaction import Redaction
from gateway.core.secrets.pseudonyms import LEAST
from gateway.core.secrets.seen import Seen

LONGEST = 4096
"""The longest target or text that is searched, in characters. A longer text is not quoted: nobody would read it."""
_MAY_BE_ENCODED = re.compile(r"[%&\\]|[A-Za-z0-9+_=-]{16}")
"""A part of a text that may hold an encoded secret. Base64 of twelve characters has sixteen."""
_WORD = re.compile(r"[^\s/?&=;,\"]{12,}+")
"""A part of a text that may be part of a very long secret."""
_SAID: Bounded[tuple[str, tuple[tuple[str, str], ...]], str] = Bounded(
    "texts without secrets", 4 << 20, longest=64 << 10
)
"""Cleaned texts, by the secrets that they were searched for."""
_CLEAN = 32 << 10
"""Limit of the clean texts that each searcher below remembers, in bytes."""
_SOUGHT: Bounded[tuple[tuple[str, str], ...], Seen] = Bounded(
    "secrets of messages, sought",
    16 << 20,
    longest=2 << 20,
    size=lambda secrets, _: 4000 + _CLEAN + 40 * sum([len(secret) + len(shown) for secret, shown in secrets]),
    regulars=True,
)
"""Searchers by the secrets of a message. A device sends the same secrets to many targets."""


class Saying:
    """Makes the texts about one request."""

    def __init__(self, redaction: Redaction, request: Request) -> None:
        self._redaction = redaction
        self._request = request

    @property
    def target(self) -> str:
        """The request's path and query."""
        return self._shown(self._request.target)

    @property
    def path(self) -> str:
        """The request's path. It may repeat a secret of the query."""
        target, path, redaction = self._request.target, self._request.path, self._redaction
        if len(target) <= LONGEST and not redaction.policy.patterns and redaction.target(target) == target:
            # the whole target has no secret, so the path has none; the recorder has already searched it
            return self._of_target(path)
        return self._shown(path)

    def text(self, text: str) -> str:
        """Return a text about the request, such as the text of a finding, without the request's secrets."""
        if len(text) > LONGEST:
            return f"\u2026 ({len(text)} characters)"
        if len(text) < LEAST:
            return text
        return self._without_secrets(text, may_be_encoded=_says_encoded(text))

    def may_repeat(self, findings: tuple[Finding, ...]) -> bool:
        """Return whether findings may repeat a secret."""
        for finding in findings:  # noqa: SIM110  # a generator takes longer
            if self._may_repeat(finding.where) or self._may_repeat(finding.found):
                return True
        return False

    def _may_repeat(self, text: str) -> bool:
        if len(text) < LEAST:
            return False
        return len(text) > LONGEST or _says_encoded(text) or self._is_suspected(text)

    def _without_secrets(self, text: str, *, may_be_encoded: bool) -> str:
        """Return a text without the request's secrets. Most texts repeat no secret; for these no pseudonym is made."""
        if not (self._secrets if may_be_encoded else self._is_suspected(text)):
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

    def _is_suspected(self, text: str) -> bool:
        """Whether a text may repeat a secret without an encoding."""
        suspects = self._suspects
        return any(map(text.__contains__, suspects)) or max(map(len, suspects), default=0) > LONGEST

    @cached_property
    def _suspects(self) -> frozenset[str]:
        return self._redaction.suspected_in(self._request)

    def _shown(self, target: str) -> str:
        if len(target) > LONGEST:
            return f"\u2026 ({len(target)} characters)"
        return self._of_target(self._redaction.target(target))

    def _of_target(self, text: str) -> str:
        """Do the same as `text`, for a text that is mostly new, such as a target."""
        if not LEAST <= len(text) <= LONGEST:
            return self.text(text)
        return self._without_secrets(text, may_be_encoded=_MAY_BE_ENCODED.search(text) is not None)

    @cached_property
    def _secrets(self) -> dict[str, str]:
        return self._redaction.secrets_of(self._request)


@remembered(limit=1 << 20, longest=LONGEST)
def _says_encoded(text: str) -> bool:
    """Return whether a text may have an encoded secret. It is remembered, since checks repeat their texts."""
    return _MAY_BE_ENCODED.search(text) is not None


def _sought(secrets: tuple[tuple[str, str], ...]) -> Seen:
    """Return a searcher for exactly these secrets."""
    seen: Seen | None = _SOUGHT.get(secrets)
    if seen is None:
        seen = Seen(clean=_CLEAN)
        for secret, replacement in secrets:
            seen.add(secret, replacement)
        _SOUGHT.put(secrets, seen)
    return seen


def said_of(saying: Saying, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings about a request, without the request's secrets."""
    findings = tuple(findings)
    if not findings or not saying.may_repeat(findings):
        return findings
    said = []
    for finding in findings:
        where, found = saying.text(finding.where), saying.text(finding.found)
        same = where is finding.where and found is finding.found
        said.append(finding if same else replace(finding, where=where, found=found))
    return tuple(said)
