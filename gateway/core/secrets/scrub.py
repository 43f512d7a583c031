"""Removes secrets: asks for the replacement of each secret, and remembers the secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct, field

from gateway.core.bounded import Bounded
from gateway.core.secrets.blanks import is_blank
from gateway.core.secrets.policy import PUBLIC_VALUES, Policy
from gateway.core.secrets.pseudonyms import LEAST, claims
from gateway.core.secrets.seen import Seen, is_whole_address
from gateway.core.secrets.shapes import addresses_in, changed_spans, shapes_in
from gateway.core.secrets.wire import text_of

JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(?>([A-Za-z0-9_-]*?)(?=eyJ))"  # from the start of a run, once: the time is linear in the text
    r"(eyJ[A-Za-z0-9_-]{4,}+"
    r"(?:\.[A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_-]++){3}|\.[A-Za-z0-9_-]++\.[A-Za-z0-9_-]*+))"
)
"""A JSON Web Token in a text. Group 1 is text joined to its front, group 2 is the token. It has three parts, or five if it is encrypted."""
_SAYS = re.compile(r"[^\W_]")
_LONGEST_PUBLIC = max(map(len, PUBLIC_VALUES))


class Replacer(Protocol):
    """Returns a secret's replacement."""

    def __call__(self, kind: str, value: str) -> str:
        """Return the replacement of `value`, a secret of this kind."""

    def of_bytes(self, kind: str, value: bytes) -> bytes:
        """Return the replacement of a secret. The secret may be data that is not text."""


class Wildcard:
    """Replaces every secret by the same sign. A replay compares texts with this sign."""

    def __call__(self, kind: str, value: str) -> str:  # noqa: ARG002  # every secret gets the same sign
        """Return the sign."""
        return "*"

    def of_bytes(self, kind: str, value: bytes) -> bytes:  # noqa: ARG002  # every secret gets the same sign
        """Return the sign."""
        return b"*"


class Memory(Bounded[tuple[str, str], tuple[str, dict[str, str]]]):
    """Cache of redacted texts under one key and policy. So a device's headers are redacted once."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("redacted texts", 32 << 20, longest=64 << 10, size=_size)


def _size(key: tuple[str, str], known: tuple[str, dict[str, str]]) -> int:
    size = 400 + 2 * (len(key[1]) + len(known[0]))
    for old, new in known[1].items():
        size += 2 * (len(old) + len(new)) + 200
    return size


def is_noted(value: str) -> bool:
    """Return whether the repetitions of a secret are secret, too.

    False: the value is secret only in its place. This is so for values of fewer than 12 characters that are no address, for values without
    letters and digits, and for words of the API.
    """
    length = len(value)
    return (
        length >= LEAST
        and (length > _LONGEST_PUBLIC or value.lower() not in PUBLIC_VALUES)
        and _SAYS.search(value) is not None
    ) or is_whole_address(value)


class Scrub(Struct):
    """Replaces the secrets of one leg, by a policy."""

    replace: Replacer
    policy: Policy
    met: Seen | None = None
    """The secrets of earlier legs. They are searched in this leg, too. None if there are no earlier legs."""
    memory: Memory | None = None
    found: dict[str, str] = field(default_factory=dict)
    """The secrets of this leg that `note` remembers, with their replacements."""

    @property
    def seen(self) -> Seen:
        """The memory of secrets. If there are no earlier legs, it is made on the first use."""
        if self.met is None:
            self.met = Seen()
        return self.met

    def __call__(self, kind: str, value: str) -> str:
        """Return the replacement of `value`. White space around it stays."""
        secret = value.strip()
        if not secret or is_blank(secret):
            return value
        replaced = self.replace(kind, secret)
        self.note(secret, replaced)
        if secret.startswith("eyJ"):
            for inner_kind, inner in claims(secret):
                self.note(inner, self.replace(inner_kind, inner))
        return replaced if secret == value else value.replace(secret, replaced)

    def of_bytes(self, kind: str, value: bytes) -> bytes:
        """Return the replacement of a value that may be a number, a list or a map."""
        replaced = self.replace.of_bytes(kind, value)
        self.note(text_of(value), text_of(replaced))
        return replaced

    def note(self, value: str, replaced: str) -> None:
        """Remember a secret, so that its repetitions are found.

        A value that is secret only in its place is not remembered (`is_noted`). A value that its own pseudonym contains is not remembered
        either, such as an unsigned JWT whose claims stay.
        """
        if value not in replaced and is_noted(value):
            self.found[value] = replaced

    def once(self, place: str, text: str, redact: Callable[[str], str]) -> str:
        """Return `redact(text)`. The result is remembered for the same text in the same kind of place."""
        if self.memory is None:
            return redact(text)
        known = self.memory.get((place, text))
        if known is None:
            before, self.found = self.found, {}
            known = redact(text), self.found
            self.found = before
            self.memory.put((place, text), known)
        self.found.update(known[1])
        return known[0]

    def without_repeated(self, text: str) -> str:
        """Replace the secrets of earlier legs in a text."""
        return self.met.without(text)[0] if self.met is not None else text

    def patterns_in(self, text: str) -> str:
        """Replace the matches of the configuration's expressions in any text."""
        for pattern, kind in self.policy.patterns:
            text = pattern.sub(lambda found, kind=kind: self(kind, found[0]), text)  # type: ignore[misc]  # mypy infers no default
        return text

    def tokens_in(self, text: str) -> str:
        """Replace secrets of known shapes in any text: JSON Web Tokens, tokens of known services, e-mail addresses."""
        if "eyJ" in text:
            text = JWT.sub(lambda found: found[1] + self("token", found[2]), text)
        if spans := shapes_in(text):
            text = changed_spans(text, spans, lambda token: self("token", token))
        if "@" in text and (spans := addresses_in(text)):
            text = changed_spans(text, spans, lambda address: self("email", address))
        return text
