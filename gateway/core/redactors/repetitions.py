"""Redacts repeats: a value that was secret in one place is secret in every place."""

from __future__ import annotations

from gateway.core.model import Request, Response
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.seen import SECRETS


def redact_repetitions(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Replace each secret that was met, in this leg or before, in each of its encodings, wherever it still stands.

    OverBudgetError where there are more than can be remembered, or where looking for them is too much work.
    """
    remember(scrub)
    return everywhere(request, response, scrub.without_repeated)


def remember(scrub: Scrub) -> None:
    """Look from now on for the secrets that a scrub has met; OverBudgetError where there are too many."""
    if len(scrub.found) > SECRETS:
        message = f"{len(scrub.found)} secrets in one message, of which {SECRETS} may be remembered"
        raise OverBudgetError(message)
    for secret, replacement in scrub.found.items():
        scrub.seen.add(secret, replacement)
