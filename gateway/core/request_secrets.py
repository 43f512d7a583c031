"""The secrets in the target, the header fields and the body of one request, under one key and policy. They are not remembered as met.

Facts
-----
* Every text about a request is searched for these secrets. A device sends the same fields again and again. So each field is searched
  once, and only a new field costs time.
* Most texts repeat no secret. To know that, no pseudonym is needed. Pseudonyms take most of the time.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, TypeAlias

from gateway.core.bounded import Bounded
from gateway.core.memo import memo_of
from gateway.core.model import Headers, Request
from gateway.core.redactors import FINDERS, NOTHING, find_in_field, find_in_target, redact
from gateway.core.secrets import usual_lines
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms, placeholder
from gateway.core.secrets.scrub import Memory, Scrub, Wildcard

LONGEST = 4096
"""Largest target, field or body that is searched for its secrets, in bytes."""
Line: TypeAlias = tuple[bytes, bytes]
"""A header field as it was sent: name and value."""
_WILDCARD = Wildcard()


class RequestSecrets:
    """Finds the secrets of requests, and remembers the secrets of each header field."""

    def __init__(self, pseudonyms: Pseudonyms, policy: Policy, memory: Memory) -> None:
        self._pseudonyms = pseudonyms
        self._policy = policy
        self._memory = memory
        self._of_lines: Bounded[Line, dict[str, str]] = Bounded(
            "secrets of header fields", 8 << 20, longest=32 << 10, size=_size_of_secrets
        )
        self._suspects: Bounded[Line, tuple[str, ...]] = Bounded(
            "suspected secrets of header fields", 8 << 20, longest=32 << 10, size=_size_of_suspects, regulars=True
        )
        self._suspects_of_fields: Bounded[Headers, frozenset[str]] = Bounded(
            "suspected secrets of fields", 4 << 20, longest=32 << 10, size=_size_of_all_suspects, regulars=True
        )
        self._of_fields: Bounded[Headers, dict[str, str]] = Bounded(
            "secrets of fields of requests", 4 << 20, longest=32 << 10, size=_size_of_fields, regulars=True
        )

    def secrets_of(self, request: Request) -> dict[str, str]:
        """Return the secrets of a request's target, header fields and body, each with its pseudonym.

        A part longer than LONGEST is not searched, since this would take long. A field of that length counts as one secret.
        The caller must not change the dict: it is the same object each time, as long as it is remembered.
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
        """Return texts that include all secrets of a request, as in `secrets_of`, but without pseudonyms."""
        memo = memo_of(request)
        key = self._suspects
        if memo is not None and key in memo:
            met: frozenset[str] = memo[key]
            return met
        # the matches of an expression may depend on earlier replacements
        if self._policy.patterns or request.body != b"":
            suspects = frozenset(self.secrets_of(request))
        else:
            suspects = self._suspects_in_fields(request.headers)
            # the pseudonyms of the target are mostly needed too, for the recording or the log
            if request.target and (in_target := self._secrets_in_target(request.target)):
                suspects = suspects.union(in_target)
        if memo is not None:
            memo[key] = suspects
        return suspects

    def _suspects_in_fields(self, headers: Headers) -> frozenset[str]:
        """Return the texts that may be secrets of all fields. It is the same object each time, as long as it is remembered."""
        known: frozenset[str] | None = self._suspects_of_fields.get(headers) if not headers.is_new else None
        if known is None:
            found: list[Any] = list(map(self._suspects.recent.get, headers.raw))
            while None in found:
                new = found.index(None)
                found[new] = self._suspects_in(headers.raw[new])
            known = frozenset(chain.from_iterable(found))
            if not headers.is_new:
                self._suspects_of_fields.put(headers, known, again=headers.is_new is False)
        return known

    def _suspects_in(self, line: Line) -> tuple[str, ...]:
        """Return the texts that may be secrets of one header field (see `_secrets_in`)."""
        known: tuple[str, ...] | None = self._suspects.get(line)
        if known is None:
            name, value = line
            if len(value) > LONGEST:
                known = tuple(self._secrets_in(line))
            else:
                known = usual_lines.found_in(self._policy.headers.get(name.decode("latin-1").lower()), value)
                if known is None:
                    known = self._searched(line)
            self._suspects.put(line, known)
        return known

    def _searched(self, line: Line) -> tuple[str, ...]:
        """Search one header field with the general search. Return the texts that may be secrets."""
        scrub = Scrub(_WILDCARD, self._policy)
        find_in_field(*line, scrub)
        return tuple(scrub.found)

    def _secrets_of(self, request: Request) -> dict[str, str]:
        body = request.body if isinstance(request.body, bytes) and len(request.body) <= LONGEST else b""
        found = dict(self._secrets_in_target(request.target))
        found.update(self._secrets_in_fields(request.headers))
        if body:  # its fields decide how it is read
            short = Headers(tuple([line for line in request.headers.raw if len(line[1]) <= LONGEST]))
            scrub = self._scrub()
            redact(Request(request.method, "", short, body), NOTHING, scrub, FINDERS)
            found.update(scrub.found)
        return found

    def _secrets_in_target(self, target: str) -> dict[str, str]:
        """Return the secrets of a request target. The memory of redacted texts keeps the redacted target."""
        if len(target) > LONGEST:
            return {}
        if target.isascii() and not self._policy.patterns:  # a short way for the usual case, as in `Scrub.once`
            known = self._memory.recent.get(("target", target))
            if known is not None:
                return known[1]
        scrub = self._scrub()
        find_in_target(target, scrub)
        return scrub.found

    def _secrets_in_fields(self, headers: Headers) -> dict[str, str]:
        """Return the secrets of all fields. A device sends the same fields to one target after another."""
        known: dict[str, str] | None = self._of_fields.get(headers)
        if known is None:
            known = {}
            for line in headers.raw:
                known.update(self._secrets_in(line))
            self._of_fields.put(headers, known)
        return known

    def _secrets_in(self, line: Line) -> dict[str, str]:
        """Return the secrets of one header field. Most fields come again and again."""
        known: dict[str, str] | None = self._of_lines.get(line)
        if known is not None:
            return known
        name, value = line
        if len(value) > LONGEST:
            text = value.decode("latin-1")
            kind = self._policy.field(name.decode("latin-1"), text)
            return {text: placeholder(kind)} if kind else {}
        scrub = self._scrub()
        find_in_field(name, value, scrub)
        self._of_lines.put(line, scrub.found)
        return scrub.found

    def _scrub(self) -> Scrub:
        return Scrub(self._pseudonyms, self._policy, memory=self._memory)


def _size_of_secrets(key: Line, secrets: dict[str, str]) -> int:
    return (
        400
        + len(key[0])
        + len(key[1])
        + sum([len(secret) + len(replaced) + 300 for secret, replaced in secrets.items()])
    )


def _size_of_suspects(key: Line, suspects: tuple[str, ...]) -> int:
    return 600 + len(key[0]) + len(key[1]) + sum([len(text) + 100 for text in suspects])


def _size_of_all_suspects(headers: Headers, suspects: frozenset[str]) -> int:
    return 600 + headers.size + 200 * len(headers.raw) + sum([len(text) + 150 for text in suspects])


def _size_of_fields(headers: Headers, secrets: dict[str, str]) -> int:
    held = sum([len(secret) + len(replaced) + 300 for secret, replaced in secrets.items()])
    return 600 + headers.size + 200 * len(headers.raw) + held
