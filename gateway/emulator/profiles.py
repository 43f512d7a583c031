"""v2 profiles: `GET /api/v2/{serviceProvider}/profiles`, `…/profiles/{mvpd}` and `…/profiles/code/{code}`."""

from __future__ import annotations

from gateway.emulator import temporary
from gateway.emulator.answers import json_answer
from gateway.emulator.catalogue import Mvpd
from gateway.emulator.checks import BY_CODE, PROFILE, PROFILES, first_fault
from gateway.emulator.describing import degraded, described
from gateway.emulator.errors import enhanced_error
from gateway.emulator.logins import Seen, seen, seen_at
from gateway.emulator.model import Answer, Asked
from gateway.emulator.sessions import find, login_of


def profiles(asked: Asked) -> Answer:
    """List the profiles that the call sees, one for each MVPD. Degraded and temporary access are not in the list."""
    fault = first_fault(asked, PROFILES)
    if fault:
        return enhanced_error(asked.call, fault)
    found = seen(asked)
    shown = {mvpd.id: described(asked, mvpd, found[mvpd.id][0]) for mvpd in asked.catalogue.mvpds if mvpd.id in found}
    return json_answer(asked.call, 200, {"profiles": shown})


def profile(asked: Asked) -> Answer:
    """Show one MVPD's profile. It may be degraded or temporary access."""
    fault = first_fault(asked, PROFILE)
    mvpd = asked.catalogue.find(asked.mvpd)
    if fault or mvpd is None:
        return enhanced_error(asked.call, fault or "invalid_parameter_mvpd")
    return _shown(asked, mvpd, seen_at(asked, mvpd), asked.device_id)


def profile_by_code(asked: Asked) -> Answer:
    """Show the profile of a session. The map is empty until somebody logged in. Every client that knows the code may ask."""
    fault = first_fault(asked, BY_CODE)
    session, wrong = find(asked, asked.code)
    if fault or session is None:
        return enhanced_error(asked.call, fault or wrong)
    mvpd = asked.catalogue.find(session.mvpd)
    if mvpd is None:
        return json_answer(asked.call, 200, {"profiles": {}})
    login = login_of(asked, session)
    found = [Seen(login, login.profile.type)] if login is not None else []
    return _shown(asked, mvpd, found, session.device)


def _shown(asked: Asked, mvpd: Mvpd, found: list[Seen], device: str) -> Answer:
    shown: dict[str, object] = {}
    if found:
        shown = {mvpd.id: described(asked, mvpd, found[0], device)}
    elif mvpd.access is not None and mvpd.access.type == "degraded":
        shown = {mvpd.id: degraded(asked, mvpd, device)}
    elif mvpd.access is not None:
        fault = temporary.fault(asked, mvpd, mvpd.access, device)
        if fault:
            return enhanced_error(asked.call, fault)
        shown = {mvpd.id: temporary.profile(asked, mvpd, mvpd.access, device)}
    return json_answer(asked.call, 200, {"profiles": shown})
