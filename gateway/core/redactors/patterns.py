"""Redacts the matches of a configuration's expressions, in every place."""

from __future__ import annotations

from gateway.core.model import Request, Response
from gateway.core.secrets.everywhere import everywhere
from gateway.core.secrets.scrub import Scrub


def redact_patterns(request: Request, response: Response, scrub: Scrub) -> tuple[Request, Response]:
    """Replace what the expressions of `redaction.rules` match in targets, header values and bodies."""
    if not scrub.policy.patterns:
        return request, response
    return everywhere(request, response, scrub.patterns_in)
