"""The answer to a v2 logout: for each profile that was removed, what the application does next.

Facts
-----
* The four pairs of action and type are the logout page's. The set may grow: an unknown action is passed on, never refused.
* `url` stands with `logout` alone. That `partner_logout` has none is said in the FAQ, not in the attribute table.
* `url` may begin at the root (`/adobe-services/…`); the pages do not say of which host.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gateway.core.adobe.json_text import members
from gateway.core.value import repr_without

TYPES: Mapping[str, str] = {
    "logout": "interactive",
    "partner_logout": "partner_interactive",
    "complete": "none",
    "invalid": "none",
}
"""Each actionName, and the actionType that belongs to it."""


class LogoutEntry(Struct, frozen=True):
    """One entry of the map `logouts`."""

    key: str
    mvpd: str
    action: str
    type: str
    url: str | None
    """None if there is none."""

    __repr__, __rich_repr__ = repr_without("url")


def read_logouts(value: object) -> tuple[LogoutEntry, ...] | None:
    """Read the entries of parsed JSON; None if it has no map `logouts`."""
    logouts = members(value).get("logouts")
    if not isinstance(logouts, dict):
        return None
    return tuple(
        LogoutEntry(
            key,
            mvpd=_text(members(entry).get("mvpd")),
            action=_text(members(entry).get("actionName")),
            type=_text(members(entry).get("actionType")),
            url=_text(members(entry).get("url")) or None,
        )
        for key, entry in logouts.items()
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
