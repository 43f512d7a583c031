"""v2 logout: `GET /api/v2/{serviceProvider}/logout/{mvpd}` removes one profile and says what the app has to do."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from gateway.emulator.answers import json_answer
from gateway.emulator.catalogue import PLACEHOLDER
from gateway.emulator.checks import LOGOUT, first_fault
from gateway.emulator.errors import enhanced_error
from gateway.emulator.kinds import INTERACTIVE, INVALID

if TYPE_CHECKING:
    from gateway.emulator.catalogue import Mvpd, Profile
    from gateway.emulator.model import Answer, Asked, LoggedOut


def logout(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Remove the first profile that is still there and visible; `invalid` where there is none."""
    fault = first_fault(asked, LOGOUT)
    mvpd = asked.catalogue.find(asked.mvpd)
    if fault or mvpd is None:
        return enhanced_error(asked.call, fault or "invalid_parameter_mvpd"), gone
    entry = {"actionName": INVALID[0], "actionType": INVALID[1], "mvpd": mvpd.id}
    place = first_visible(asked, mvpd, gone)
    if place is not None:
        entry |= _action(asked, mvpd, mvpd.profiles[place])
        if mvpd.profiles[place].kind.is_profile:
            gone |= {(mvpd.id, place)}
    return json_answer(asked.call, 200, {"logouts": {mvpd.id: entry}}), gone


def first_visible(asked: Asked, mvpd: Mvpd, gone: LoggedOut) -> int | None:
    """Return the place of the first profile of `mvpd` that is not gone and that the headers sent make visible."""
    for place, profile in enumerate(mvpd.profiles):
        shown_by = profile.kind.shown_by
        if (mvpd.id, place) not in gone and (not shown_by or any(map(asked.call.header, shown_by))):
            return place
    return None


def pseudonym(asked: Asked, purpose: str) -> str:
    """Return 64 hexadecimal digits that are the device's, and no other's, for this purpose."""
    return hashlib.sha256(f"{purpose} {asked.device}".encode()).hexdigest()


def _action(asked: Asked, mvpd: Mvpd, profile: Profile) -> dict[str, str]:
    if not profile.logout_url:
        name, kind = profile.kind.action
        return {"actionName": name, "actionType": kind}
    redirect_url = asked.call.query.get("redirectUrl", "")
    device = base64.b64decode(asked.device).decode("utf-8", "replace")
    values = {
        "mvpd": mvpd.id,
        "service_provider": asked.service_provider,
        "redirect_url": redirect_url,
        "redirect_url_as_http": re.sub(r"^https:", "http:", redirect_url),
        "pt_device_id": asked.catalogue.pt_device_ids.get(device) or pseudonym(asked, "pt_device_id"),
    }
    # One character is one byte in what came from the wire, so the bytes that came are the bytes that are quoted.
    quoted = {name: quote(value, safe="", encoding="latin-1", errors="replace") for name, value in values.items()}
    url = PLACEHOLDER.sub(lambda found: quoted[found[1]], profile.logout_url)
    return {"actionName": INTERACTIVE[0], "actionType": INTERACTIVE[1], "url": url}
