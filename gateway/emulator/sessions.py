"""v2 sessions: `POST …/sessions` creates one, `POST …/sessions/{code}` completes it, `GET …/sessions/{code}` shows it.

Facts
-----
* One sample calls a missing parameter `domain`, another one `domainName`. The emulator says `domainName`, the parameter's name.
* If a resumed session still lacks a parameter, the action is `resume`, as in the page's table. One sample says `retry`.
* Times are texts here, and numbers everywhere else.
* If a device is logged in already, it is sent to the decisions. This also holds for an MVPD with temporary or degraded access.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from urllib.parse import quote

from msgspec.structs import replace

from gateway.emulator.answers import json_answer, milliseconds
from gateway.emulator.checks import BY_CODE, PROFILES, first_fault, is_redirect_url, mvpd_fault
from gateway.emulator.device_block import device_block
from gateway.emulator.errors import enhanced_error
from gateway.emulator.kinds import KINDS
from gateway.emulator.logins import device_of, seen_at
from gateway.emulator.model import Answer, Asked, octets
from gateway.emulator.state import SESSION_SECONDS, Login, Session, cut, key_of
from gateway.emulator.who import client, subjects

_CODE = re.compile(r"[A-Z0-9]{7}")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
CODE_LENGTH = 7
PARAMETERS = ("mvpd", "domainName", "redirectUrl")


def create(asked: Asked) -> Answer:
    """Begin a login. Return what the app has to do next."""
    fault = first_fault(asked, PROFILES) or parameters_fault(asked)
    if fault:
        return enhanced_error(asked.call, fault)
    return next_step(asked, begin(asked))


def resume(asked: Asked) -> Answer:
    """Complete a session with the parameters that the device could not give."""
    fault = first_fault(asked, BY_CODE)
    session, wrong = find(asked, asked.code)
    fault = fault or wrong or parameters_fault(asked)
    if fault or session is None:
        return enhanced_error(asked.call, fault)
    _take(asked, session)
    return next_step(asked, session)


def session(asked: Asked) -> Answer:
    """Show a session's parameters, its missing parameters, and its device. A second screen uses this to check a typed code."""
    fault = first_fault(asked, BY_CODE)
    found, wrong = find(asked, asked.code)
    if fault or found is None:
        return enhanced_error(asked.call, fault or wrong)
    given = _given(found)
    existing = {name: value for name, value in given.items() if value}
    document: dict[str, object] = {
        **({"missingParameters": lacking} if (lacking := missing(found)) else {}),
        "existingParameters": {**existing, "serviceProvider": found.service_provider},
        "device": device_block(found.device_info, found.user_agent, found.address),
        **_times(found),
    }
    return json_answer(asked.call, 200, document)


def find(asked: Asked, code: str) -> tuple[Session | None, str]:
    """Return the session of a code at this service provider, or an error code."""
    if not _CODE.fullmatch(code):
        return None, "invalid_parameter_code"
    found = asked.state.sessions.get(key_of("v2", asked.service_provider, code))
    if found is None or found.until <= asked.call.now:
        return None, "invalid_authentication_session"
    return found, ""


def of_session(asked: Asked, found: Session) -> Asked:
    """Return the call of a browser or a second screen as a call of the session's device and client."""
    return replace(asked, service_provider=found.service_provider, speaks_for=found.device, on_behalf_of=found.client)


def login_of(asked: Asked, found: Session) -> Login | None:
    """Return the profile that a session has made. None if it is gone, or if the session was resumed for another MVPD."""
    login = found.login if found.login is not None and found.login.mvpd == found.mvpd else None
    there = login is not None and any(each is login for each in device_of(of_session(asked, found)).logins)
    return login if there and login is not None and login.lives(asked.call.now) else None


def begin(asked: Asked) -> Session:
    """Make a session for the call."""
    call = asked.call
    made = Session(
        code_of(call.digest),
        str(uuid.UUID(bytes=call.digest[:16], version=4)),
        asked.service_provider,
        cut(asked.device_id),
        client(asked),
        call.now,
        call.now + SESSION_SECONDS,
        device_info=cut(call.header("X-Device-Info")),
        address=cut(call.header("X-Forwarded-For") or call.client),
        user_agent=cut(call.header("User-Agent")),
        subjects=tuple(subjects(asked).values()),
    )
    _take(asked, made)
    return made


def code_of(digest: bytes) -> str:
    """Return a code of seven letters and digits, as in the samples, without the letters I and O."""
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:CODE_LENGTH])


def parameters_fault(asked: Asked) -> str:
    """Return the error code for the form's parameters. Strict: each may be there only once."""
    given, repeated = asked.call.form, asked.call.repeated if asked.options.strict else frozenset()
    if given.get("mvpd") and (fault := mvpd_fault(asked, given["mvpd"])):
        return fault
    if "mvpd" in repeated:
        return "invalid_parameter_mvpd"
    redirect = given.get("redirectUrl", "")
    if (redirect and not is_redirect_url(asked, redirect)) or "redirectUrl" in repeated:
        return "invalid_parameter_redirect_url"
    return ""


def missing(found: Session) -> list[str]:
    """Return the parameters that are missing in a session."""
    return [name for name, value in _given(found).items() if not value]


def next_step(asked: Asked, found: Session, reason: str = "none") -> Answer:
    """Return what the app has to do: ask for decisions, complete the session, or open the login page."""
    mvpd = asked.catalogue.find(found.mvpd)
    logged_in = seen_at(of_session(asked, found), mvpd) if mvpd is not None else []
    if mvpd is not None and (logged_in or mvpd.access is not None):
        type_ = logged_in[0].type if logged_in else mvpd.access.type if mvpd.access else "regular"
        return json_answer(asked.call, 200, {
            "actionName": "authorize",
            "actionType": "direct",
            "reasonType": KINDS[type_].reason,
            "url": path_of(found.service_provider, "decisions", "authorize", mvpd.id),
            "sessionId": found.id,
            "mvpd": mvpd.id,
            "serviceProvider": found.service_provider,
        })  # fmt: skip
    asked.state.sessions.keep(key_of("v2", found.service_provider, found.code), found)
    lacking = missing(found)
    url = path_of(found.service_provider, "sessions", found.code)
    if not lacking:
        url = path_of("authenticate", found.service_provider, found.code)
    return json_answer(asked.call, 200, {
        "actionName": "resume" if lacking else "authenticate",
        "actionType": "direct" if lacking else "interactive",
        "reasonType": reason,
        **({"missingParameters": lacking} if lacking else {}),
        "url": url,
        "code": found.code,
        "sessionId": found.id,
        **({"mvpd": mvpd.id} if mvpd is not None else {}),
        "serviceProvider": found.service_provider,
        **_times(found),
    })  # fmt: skip


def path_of(*segments: str) -> str:
    """Return a path of v2, with each segment percent-encoded."""
    return "/".join(("/api/v2", *(quote(octets(segment), safe="") for segment in segments)))


def _take(asked: Asked, found: Session) -> None:
    """Add the form's parameters to a session. They replace its older ones."""
    given = asked.call.form
    mvpd = asked.catalogue.find(given.get("mvpd", ""))
    found.mvpd = mvpd.id if mvpd is not None else found.mvpd
    found.domain_name = cut(given.get("domainName", "")) or found.domain_name
    found.redirect_url = cut(given.get("redirectUrl", "")) or found.redirect_url


def _given(found: Session) -> Mapping[str, str]:
    return dict(zip(PARAMETERS, (found.mvpd, found.domain_name, found.redirect_url), strict=True))


def _times(found: Session) -> dict[str, object]:
    return {"notBefore": str(milliseconds(found.since)), "notAfter": str(milliseconds(found.until))}
