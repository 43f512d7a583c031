"""Redactors, in the order in which they work: one kind of place each, and last the repetitions of what the others found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.core.model import Request, Response
from gateway.core.redactors.bodies import redact_bodies
from gateway.core.redactors.fields import redact_fields
from gateway.core.redactors.patterns import redact_patterns
from gateway.core.redactors.repetitions import redact_repetitions
from gateway.core.redactors.targets import redact_target
from gateway.core.secrets.scrub import Scrub

Redactor: TypeAlias = Callable[[Request, Response, Scrub], tuple[Request, Response]]
"""Replaces the secrets of one kind of place, on both sides of a leg."""

REDACTORS: tuple[Redactor, ...] = (
    redact_target,
    redact_fields,
    redact_bodies,
    redact_patterns,
    redact_repetitions,
)
