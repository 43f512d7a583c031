"""v2 logout: `GET /api/v2/{serviceProvider}/logout/{mvpd}` removes the visible profiles, and returns what the app has to do."""

from __future__ import annotations

import re
from urllib.parse import quote

from gateway.emulator.answers import json_answer
from gateway.emulator.catalogue import Mvpd, Profile
from gateway.emulator.catalogue_reader import PLACEHOLDER
from gateway.emulator.checks import LOGOUT, first_fault
from gateway.emulator.describing import pseudonym
from gateway.emulator.errors import enhanced_error
from gateway.emulator.kinds import INTERACTIVE, INVALID
from gateway.emulator.logins import device_of, log_out
from gateway.emulator.model import Answer, Asked, octets
from gateway.emulator.state import cut, key_of


def logout(asked: Asked) -> Answer:
    """Remove the visible profiles. The action is `invalid` if there is no visible profile.

    If several profiles are removed, the answer is for the first one for which the app has something to do.
    """
    fault = first_fault(asked, LOGOUT)
    mvpd = asked.catalogue.find(asked.mvpd)
    if fault or mvpd is None:
        return enhanced_error(asked.call, fault or "invalid_parameter_mvpd")
    removed = [seen.login.profile for seen in log_out(asked, mvpd)]
    if not removed and mvpd.access is not None:
        removed = [mvpd.access]
    actions = [_action(asked, mvpd, profile) for profile in removed]
    chosen = next((action for action in actions if action["actionType"] != "none"), None)
    found = chosen or (actions[0] if actions else {"actionName": INVALID[0], "actionType": INVALID[1]})
    entry = {"actionName": found["actionName"], "actionType": found["actionType"], "mvpd": mvpd.id}
    return json_answer(asked.call, 200, {"logouts": {mvpd.id: entry | found}})


def _action(asked: Asked, mvpd: Mvpd, profile: Profile) -> dict[str, str]:
    if not profile.logout_url:
        name, kind = profile.kind.action
        return {"actionName": name, "actionType": kind}
    redirect_url = asked.call.query.get("redirectUrl", "")
    known = asked.catalogue.devices.get(asked.device_id)
    values = {
        "mvpd": mvpd.id,
        "service_provider": asked.service_provider,
        "redirect_url": redirect_url,
        "redirect_url_as_http": re.sub(r"^https:", "http:", redirect_url),
        "pt_device_id": (known and known.pt_device_id) or pseudonym(asked.device, "pt_device_id"),
    }
    device_of(asked).leaving = cut(redirect_url)
    asked.state.places.keep(key_of(values["pt_device_id"]), key_of(asked.service_provider, asked.device_id))
    quoted = {name: quote(octets(value), safe="") for name, value in values.items()}
    url = PLACEHOLDER.sub(lambda found: quoted[found[1]], profile.logout_url)
    return {"actionName": INTERACTIVE[0], "actionType": INTERACTIVE[1], "url": url}
