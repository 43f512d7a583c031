"""Whether v1 is no longer there: then its answer to a logout says nothing of the app's login.

Facts
-----
* v1's logout documents 204 alone (initiate-logout page). Its end of life is announced for the end of 2026, so that its paths and
  its host may vanish while v2 stays.
"""

from __future__ import annotations

import json

from gateway.core.model import Response

GONE = frozenset({404, 410})
"""Statuses of an API that is no longer there (RFC 9110 sections 15.5.5 and 15.5.11)."""
UNKNOWN_HOST = "unknown_host"
"""`reason` of the gateway's `upstream_unreachable` where the upstream's name has no address."""


def is_gone(answer: Response) -> bool:
    """Return whether v1 is no longer there: 404, 410, or a host that nobody knows."""
    if answer.source != "gateway":
        return answer.status in GONE
    if answer.headers.get("X-Gateway-Error") != "upstream_unreachable" or not isinstance(answer.body, bytes):
        return False
    said = json.loads(answer.body)  # the gateway's own
    return isinstance(said, dict) and said.get("reason") == UNKNOWN_HOST
