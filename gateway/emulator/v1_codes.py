"""v1's registration codes: `/reggie/v1/{requestor}/regcode` gives one, and `GET /api/v1/authenticate` logs its device in.

Facts
-----
* A code is valid for 30 minutes, or for `ttl` seconds, at most 36,000.
* The XML form has a namespace and an element `regcode` (page of the record).
"""

from __future__ import annotations

import base64
import json
import re
import uuid

from gateway.emulator.answers import milliseconds, no_content, redirect
from gateway.emulator.authenticate import page, wants_login
from gateway.emulator.catalogue import Mvpd
from gateway.emulator.checks import is_redirect_url, service_provider
from gateway.emulator.device_block import device_block
from gateway.emulator.errors import page_error, v1_answer, v1_error
from gateway.emulator.model import Answer, Asked
from gateway.emulator.sessions import code_of
from gateway.emulator.state import SESSION_SECONDS, Session, V1Device, cut, key_of
from gateway.emulator.v1_calls import NO_MVPD, device_id, device_info, fault, mvpd_of, v1_device, v1_log_in

LONGEST_TTL = 36_000
_TTL = re.compile(r"[0-9]{1,5}")
ROOT = 'ns2:regcode xmlns:ns2="model.mvc.reggie.pass.adobe.com"'


def create(asked: Asked) -> Answer:
    """Give a registration code for a device."""
    if refused := fault(asked):
        return refused
    call, given = asked.call, asked.call.given
    ttl = given.get("ttl", "") or str(SESSION_SECONDS)
    mvpd = mvpd_of(asked, asked.service_provider, given.get("mvpd", ""))
    if service_provider(asked):
        return v1_error(call, 400, details="The requestor does not exist.")
    if not _TTL.fullmatch(ttl) or int(ttl) > LONGEST_TTL:
        return v1_error(call, 400, details=f"ttl is more than {LONGEST_TTL} seconds, or not a number of seconds.")
    if given.get("mvpd") and mvpd is None:
        return v1_error(call, 400, details=NO_MVPD)
    made = Session(
        code_of(call.digest),
        str(uuid.UUID(bytes=call.digest[:16], version=4)),
        cut(asked.service_provider),
        cut(device_id(call)),
        "",
        call.now,
        call.now + int(ttl),
        mvpd=mvpd.id if mvpd is not None else "",
        device_info=cut(device_info(call)),
        address=cut(call.header("X-Forwarded-For") or call.client),
        user_agent=cut(call.header("User-Agent")),
        v1=True,
    )
    asked.state.sessions.keep(key_of("v1", asked.service_provider, made.code), made)
    return v1_answer(call, 201, ROOT, _record(made))


def show(asked: Asked) -> Answer:
    """Show the record of a code."""
    found = _find(asked, asked.service_provider, asked.code)
    return v1_error(asked.call, 404) if found is None else v1_answer(asked.call, 200, ROOT, _record(found))


def delete(asked: Asked) -> Answer:
    """Delete a code. It is then invalid."""
    if _find(asked, asked.service_provider, asked.code) is None:
        return v1_error(asked.call, 404)
    asked.state.sessions.drop(key_of("v1", asked.service_provider, asked.code))
    return no_content(asked.call)


def authenticate_v1(asked: Asked) -> Answer:
    """Show the login page for a code, or log its device in and send the browser to the redirect_url."""
    given = asked.call.query
    found = _find(asked, given.get("requestor_id", ""), given.get("reg_code", ""))
    mvpd = mvpd_of(asked, given.get("requestor_id", ""), given.get("mso_id", ""))
    url = given.get("redirect_url", "")
    if found is None:
        return page_error(asked.call, 400, "This reg_code was never given for this requestor_id, or is too old.")
    if mvpd is None or not is_redirect_url(asked, url):
        return page_error(asked.call, 400, f"mso_id: {NO_MVPD}" if mvpd is None else "redirect_url is missing.")
    found.mvpd = mvpd.id
    if not wants_login(asked):
        return page(asked, found)
    _log_in(asked, found, mvpd)
    return redirect(asked.call, url)


def device_of_code(asked: Asked, requestor: str, code: str) -> V1Device | None:
    """Return the device of a code. None if the code does not exist."""
    found = _find(asked, requestor, code)
    return v1_device(asked, found.service_provider, found.device) if found is not None else None


def _log_in(asked: Asked, found: Session, mvpd: Mvpd) -> None:
    found.login = v1_log_in(asked, found.service_provider, found.device, mvpd)


def _find(asked: Asked, requestor: str, code: str) -> Session | None:
    plain = code.removesuffix(".json").removesuffix(".xml")
    found = asked.state.sessions.get(key_of("v1", requestor, plain))
    return found if found is not None and asked.call.now < found.until else None


def _record(found: Session) -> dict[str, object]:
    block = device_block(found.device_info, found.user_agent, found.address)
    agent = {"userAgent": found.user_agent, "originalUserAgent": found.user_agent} if found.user_agent else {}
    return {
        "id": found.id,
        "code": found.code,
        "requestor": found.service_provider,
        "mvpd": found.mvpd or None,
        "generated": milliseconds(found.since),
        "expires": milliseconds(found.until),
        "info": {
            "deviceId": _base64(found.device),
            "deviceInfo": _base64(json.dumps(block, separators=(",", ":"))),
            **agent,
            "authorizationType": "OAUTH2",
        },
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()
