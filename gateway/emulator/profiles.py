"""v2 profiles: what a device is logged in with, `GET /api/v2/{serviceProvider}/profiles` and `…/profiles/{mvpd}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.emulator.answers import json_answer
from gateway.emulator.checks import PROFILE, PROFILES, first_fault
from gateway.emulator.errors import enhanced_error
from gateway.emulator.logout import first_visible, pseudonym

if TYPE_CHECKING:
    from gateway.emulator.catalogue import Mvpd, Profile
    from gateway.emulator.model import Answer, Asked, LoggedOut

_HOUR = 3_600
_LIFE_MS = 30 * 24 * _HOUR * 1000


def profiles(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """List the profile of each MVPD that the next logout would remove; degraded and temporary access never show up."""
    fault = first_fault(asked, PROFILES)
    if fault:
        return enhanced_error(asked.call, fault), gone
    found = {
        mvpd.id: _describe(asked, mvpd, mvpd.profiles[place])
        for mvpd in asked.catalogue.mvpds
        if (place := first_visible(asked, mvpd, gone)) is not None and mvpd.profiles[place].kind.is_profile
    }
    return json_answer(asked.call, 200, {"profiles": found}), gone


def profile(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Show one MVPD's profile, be it degraded or temporary access."""
    fault = first_fault(asked, PROFILE)
    mvpd = asked.catalogue.find(asked.mvpd)
    if fault or mvpd is None:
        return enhanced_error(asked.call, fault or "invalid_parameter_mvpd"), gone
    place = first_visible(asked, mvpd, gone)
    found = {} if place is None else {mvpd.id: _describe(asked, mvpd, mvpd.profiles[place])}
    return json_answer(asked.call, 200, {"profiles": found}), gone


def _describe(asked: Asked, mvpd: Mvpd, profile: Profile) -> dict[str, object]:
    # Whole hours, so that two questions one after the other have the same answer.
    since = int(asked.call.now // _HOUR) * _HOUR * 1000
    attributes = {"userID": pseudonym(asked, f"userID {mvpd.id}"), **profile.attributes}
    return {
        "notBefore": since,
        "notAfter": since + _LIFE_MS,
        "issuer": profile.kind.issuer or mvpd.id,
        "type": profile.type,
        "attributes": {name: {"value": value, "state": "plain"} for name, value in attributes.items()},
    }
