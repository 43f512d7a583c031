"""Finds out whether v1 still exists. If not, its answer to a logout says nothing about the app's login.

Facts
-----
* The only documented answer of v1's logout is 204 (initiate-logout page). The end of v1 is announced for the end of 2026. Then its paths
  and its host may disappear, while v2 stays.
"""

from __future__ import annotations

import json

from gateway.core.model import Response

GONE = frozenset({404, 410})
"""Statuses of an API that does not exist any more (RFC 9110 sections 15.5.5 and 15.5.11)."""
UNKNOWN_HOST = "unknown_host"
"""`reason` of the gateway's `upstream_unreachable` if the upstream's name has no address."""


def is_gone(answer: Response) -> bool:
    """Return whether v1 does not exist any more: 404, 410, or an unknown host."""
    if answer.source != "gateway":
        return answer.status in GONE
    if answer.headers.get("X-Gateway-Error") != "upstream_unreachable" or not isinstance(answer.body, bytes):
        return False
    said = json.loads(answer.body)  # the gateway's own answer, which is valid JSON
    return isinstance(said, dict) and said.get("reason") == UNKNOWN_HOST
