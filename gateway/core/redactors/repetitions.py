"""What was secret in one place is secret in all: a token that the answer repeats in prose, a device's name in a debug field."""

from __future__ import annotations

from gateway.core.model import Request, Response
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.seen import Seen
from gateway.core.secrets.wrappers import change_within


def redact_repetitions(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Replace each secret that was met, in this leg or before, in each of its encodings, wherever it still stands."""
    for secret, replacement in scrub.found.items():
        scrub.seen.add(secret, replacement)

    return everywhere(request, response, lambda text: without_repetitions(text, scrub.seen))


def without_repetitions(text: str, seen: Seen) -> str:
    """Return a text, and what it wraps in Base64, without the secrets that were met."""
    repeated = seen.repeated_in(text)
    if not repeated:
        return text

    def change(plain: str) -> str:
        for form, replacement in repeated:
            plain = plain.replace(form, replacement)
        return plain

    return change_within(change(text), change)
