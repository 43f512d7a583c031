"""Redactors, in the order of their work. Each has one kind of place. The last one finds repeats of all secrets.

Every function that removes, compares or counts secrets uses this one list. The `Scrub` that is handed in decides what replaces a secret
(a pseudonym, a wildcard), and what is noted or counted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.core.model import Request, Response
from gateway.core.redactors.bodies import redact_bodies
from gateway.core.redactors.fields import find_in_line, redact_fields, redact_line
from gateway.core.redactors.patterns import redact_patterns
from gateway.core.redactors.repetitions import redact_repetitions, remember
from gateway.core.redactors.targets import redact_target, redact_target_text
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.wire import changed_bytes, changed_latin

__all__ = [
    "FINDERS",
    "NOTHING",
    "REDACTORS",
    "Redactor",
    "find_in_field",
    "find_in_target",
    "redact",
    "redact_lone_target",
    "remember",
]

NOTHING = Response(0)
"""Stands for a missing request or answer."""
Redactor: TypeAlias = Callable[[Request, Response, Scrub], tuple[Request, Response]]
"""Replaces the secrets of one kind of place, on both sides of a leg."""

FINDERS: tuple[Redactor, ...] = (
    redact_target,
    redact_fields,
    redact_bodies,
    redact_patterns,
)
"""Redactors that know a secret by its place or its shape."""

REDACTORS: tuple[Redactor, ...] = (*FINDERS, redact_repetitions)


def redact(
    request: Request, response: Response, scrub: Scrub, redactors: tuple[Redactor, ...] = REDACTORS
) -> tuple[Request, Response]:
    """Return both sides of a leg without their secrets. Bodies are whole and decoded; a stream is passed over."""
    for redactor in redactors:
        request, response = redactor(request, response, scrub)
    return request, response


def redact_lone_target(target: str, scrub: Scrub) -> str:
    """Redact a target as `redact` does, in a third of the time. A cassette has thousands of targets."""
    target = find_in_target(target, scrub)
    remember(scrub)
    return changed_latin(target, scrub.without_repeated)


def find_in_target(target: str, scrub: Scrub) -> str:
    """Redact a target as the FINDERS do."""
    redacted = redact_target_text(target, scrub)
    return changed_latin(redacted, scrub.patterns_in) if scrub.policy.patterns else redacted


def find_in_field(name: bytes, value: bytes, scrub: Scrub) -> None:
    """Find the secrets in a header field as the FINDERS do."""
    if scrub.policy.patterns:
        redacted = redact_line(name, value, scrub)
        changed_bytes(name, scrub.patterns_in)
        changed_bytes(redacted, scrub.patterns_in)
    else:
        find_in_line(name, value, scrub)
