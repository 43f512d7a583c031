"""Redacts repeats: a value that was secret in one place is secret in every place."""

from __future__ import annotations

from gateway.core.model import Request, Response
from gateway.core.secrets.budget import OverBudgetError
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.scrub import Scrub
from gateway.core.secrets.seen import SECRETS


def redact_repetitions(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Replace each known secret, of this leg or an earlier one, wherever it still stands, in each of its encodings.

    Raises OverBudgetError if there are more secrets than can be remembered, or if the search is too much work.
    """
    remember(scrub)
    return everywhere(request, response, scrub.without_repeated)


def remember(scrub: Scrub) -> None:
    """Remember the secrets that a scrub has found, to search for them from now on. Raises OverBudgetError if there are too many."""
    if len(scrub.found) > SECRETS:
        message = f"{len(scrub.found)} secrets in one message, of which {SECRETS} may be remembered"
        raise OverBudgetError(message)
    for secret, replacement in scrub.found.items():
        scrub.seen.add(secret, replacement)
