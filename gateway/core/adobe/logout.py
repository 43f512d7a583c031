"""The answer to a v2 logout: the application's next step for each removed profile.

Facts
-----
* The four pairs of action and type come from the logout page. The set may grow: an unknown action is passed on, never refused.
* Only `logout` has a `url`. The FAQ, not the attribute table, says that `partner_logout` has no `url`.
* `url` may begin at the root (`/adobe-services/…`). The pages do not name the host.
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
    """The `url`; None without one."""

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
