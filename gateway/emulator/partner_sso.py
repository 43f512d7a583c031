"""Single sign-on by a partner: `POST …/sessions/sso/{partner}` gives a request for Apple's framework, `…/profiles/sso/{partner}` takes the answer.

Facts
-----
* The session endpoint never refuses a partner status. It falls back to an ordinary login, and says why (page's samples 3 to 5).
* The profile endpoint refuses an invalid partner status with one of six codes. A good one is answered 201 in its page, and 200 in the
  OpenAPI file. The emulator answers 201.
* The pages write the partner as `Apple` and as `apple`. So the case of letters does not matter.
"""

from __future__ import annotations

import base64
import binascii

from gateway.emulator.answers import json_answer
from gateway.emulator.checks import PROFILES, first_fault, mvpd_fault
from gateway.emulator.describing import degraded, described
from gateway.emulator.errors import enhanced_error
from gateway.emulator.logins import Seen, log_in, seen_at
from gateway.emulator.model import Answer, Asked
from gateway.emulator.partner_status import judge
from gateway.emulator.sessions import begin, missing, next_step, parameters_fault, path_of
from gateway.emulator.who import client

ATTRIBUTES = ["uid", "NameID", "uniqueId"]
"""attributesNames of the sample."""


def partner_session(asked: Asked) -> Answer:
    """Give a request for the partner's framework, or fall back to an ordinary login."""
    fault = first_fault(asked, PROFILES) or _partner_fault(asked) or parameters_fault(asked)
    wrong, mvpd = judge(asked.call, asked.catalogue)
    if not fault and mvpd is not None:
        fault = mvpd_fault(asked, mvpd.id)
    if fault:
        return enhanced_error(asked.call, fault)
    session = begin(asked)
    session.mvpd = session.mvpd or (mvpd.id if mvpd is not None else "")
    if wrong or mvpd is None:
        return next_step(asked, session, "pfs_fallback")
    if missing(session):
        return next_step(asked, session, "missing_parameters_fallback")
    if not mvpd.partner_sso:
        return next_step(asked, session, "configuration_fallback")
    if seen_at(asked, mvpd) or mvpd.access is not None:
        return next_step(asked, session)
    request = f'<?xml version="1.0" encoding="UTF-8"?><samlp:AuthnRequest ID="_{session.id}"/>'
    return json_answer(asked.call, 200, {
        "actionName": "partner_profile",
        "actionType": "direct",
        "reasonType": "none",
        "url": path_of(asked.service_provider, "profiles", "sso", asked.partner),
        "sessionId": session.id,
        "mvpd": mvpd.id,
        "serviceProvider": asked.service_provider,
        "authenticationRequest": {
            "type": "saml",
            "request": base64.b64encode(request.encode()).decode(),
            "attributesNames": ATTRIBUTES,
        },
    })  # fmt: skip


def partner_profile(asked: Asked) -> Answer:
    """Make the profile for the partner's answer. The content of the answer is not read."""
    wrong, mvpd = judge(asked.call, asked.catalogue, asked.call.form.get("mvpd", ""))
    fault = first_fault(asked, PROFILES) or _partner_fault(asked) or wrong
    if not fault and not _is_base64(asked.call.form.get("SAMLResponse", "")):
        fault = "invalid_parameter_saml_response"
    if not fault and mvpd is not None:
        fault = mvpd_fault(asked, mvpd.id)
    if fault or mvpd is None:
        return enhanced_error(asked.call, fault or "invalid_parameter_mvpd")
    if mvpd.access is not None:
        return json_answer(asked.call, 200, {"profiles": {mvpd.id: degraded(asked, mvpd)}})
    login = log_in(asked, mvpd, mvpd.at_partner, client(asked))
    return json_answer(asked.call, 201, {"profiles": {mvpd.id: described(asked, mvpd, Seen(login, "appleSSO"))}})


def _partner_fault(asked: Asked) -> str:
    return "" if asked.partner.lower() == "apple" else "invalid_parameter_partner"


def _is_base64(text: str) -> bool:
    """Return whether a text is Base64. Blanks are accepted, since a form reads a plus as a blank; so are the dots in the cut sample."""
    try:
        return bool(base64.b64decode(text.replace(" ", "+").rstrip(".").encode("latin-1", "replace") + b"=="))
    except binascii.Error:
        return False
