"""v2 decisions: `POST …/decisions/preauthorize/{mvpd}` and `…/authorize/{mvpd}` return which resources may be watched.

Facts
-----
* A resource is permitted, unless the catalogue denies it, its rating is above the profile's, or there is no profile.
* The page documents no 403 for the endpoint itself. Each denial is in its resource's entry, and the answer has the status 200. Only
  too_many_resources is the error of the whole answer, since its message is about the request.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from gateway.emulator import temporary
from gateway.emulator.answers import json_answer, milliseconds
from gateway.emulator.catalogue import Mvpd
from gateway.emulator.checks import PROFILE, first_fault
from gateway.emulator.codes import V2
from gateway.emulator.describing import pseudonym
from gateway.emulator.errors import enhanced, enhanced_error
from gateway.emulator.kinds import KINDS
from gateway.emulator.logins import Seen, seen_at, why_none
from gateway.emulator.model import Answer, Asked
from gateway.emulator.ratings import is_above, rating_of

TOKEN_SECONDS = 600
"""Lifetime of a media token, in seconds. The sample has 595."""
DECISION_SECONDS = 3_600
LONGEST_RESOURCE = 16_384
"""Longest resource in characters. An MRSS fragment has hundreds."""


def preauthorize(asked: Asked) -> Answer:
    """Return which resources could be watched."""
    return _decide(asked, authorize=False)


def authorize(asked: Asked) -> Answer:
    """Return which resources may be watched now, each with a media token."""
    return _decide(asked, authorize=True)


def is_of_item(code: str) -> bool:
    """Return whether a code belongs into the entry of a resource. Otherwise it is the error of the whole answer."""
    return (V2[code].status == 403 or "temporary_access" in code) and code != "too_many_resources"  # noqa: PLR2004


def with_code(asked: Asked, code: str) -> Answer:
    """Deny all resources of a call with a code."""
    resources = resources_of(asked.call.json) or ["resource"]
    mvpd = asked.catalogue.find(asked.mvpd) or Mvpd(asked.mvpd)
    entries = [_entry(asked, mvpd, each, "mvpd", _error(asked, code, each)) for each in resources]
    return json_answer(asked.call, 200, {"decisions": entries})


def denial(asked: Asked, resource: str, most_rating: object, *, authorize: bool) -> str:
    """Return the code with which the MVPD denies a resource. Empty if it permits the resource."""
    known = asked.catalogue.resources.get(resource)
    code = known.code if known is not None else ""
    if code == "deny":
        return "authorization_denied_by_mvpd" if authorize else "preauthorization_denied_by_mvpd"
    rating = known.rating if known is not None and known.rating else rating_of(resource)
    return code or ("authorization_denied_by_parental_controls" if is_above(rating, most_rating) else "")


def resources_of(document: object) -> list[str]:
    """Return the resources in the body of a decision. Empty if the body has another form."""
    found = document.get("resources") if isinstance(document, dict) else None
    fine = isinstance(found, list) and all(
        isinstance(each, str) and 0 < len(each) <= LONGEST_RESOURCE for each in found
    )
    return found if fine and found else []


def _decide(asked: Asked, *, authorize: bool) -> Answer:
    fault = first_fault(asked, PROFILE)
    mvpd = asked.catalogue.find(asked.mvpd)
    if fault or mvpd is None:
        return enhanced_error(asked.call, fault or "invalid_parameter_mvpd")
    resources = resources_of(asked.call.json)
    if not resources:
        return enhanced_error(asked.call, "invalid_parameter_resources")
    if len(resources) > asked.catalogue.most_resources:
        return enhanced_error(asked.call, "too_many_resources")
    found = seen_at(asked, mvpd)
    return json_answer(
        asked.call, 200, {"decisions": [_decision(asked, mvpd, found, each, authorize=authorize) for each in resources]}
    )


def _decision(asked: Asked, mvpd: Mvpd, found: list[Seen], resource: str, *, authorize: bool) -> dict[str, object]:
    now, access = asked.call.now, mvpd.access
    until = now + DECISION_SECONDS
    source = "mvpd"
    if mvpd.degradation:
        source = "degradation"
        code = "authorization_denied_by_degradation_rule" if mvpd.degradation == "AuthZNone" else ""
    elif access is not None and not found:
        source, code = KINDS[access.type].source, ""
        if access.type == "temporary":
            code = temporary.fault(asked, mvpd, access, asked.device_id, resource)
            if not code and authorize:
                until = temporary.use(asked, mvpd, access, asked.device_id, resource)
    elif not found:
        code = why_none(asked, mvpd)
    else:
        most = found[0].login.profile.attributes.get("maxRating")
        code = denial(asked, resource, most, authorize=authorize)
        until = min(until, found[0].login.until)
    if code:
        return _entry(asked, mvpd, resource, source, _error(asked, code, resource))
    entry = _entry(asked, mvpd, resource, source)
    if not authorize:
        return entry
    token = {
        "notBefore": milliseconds(now),
        "notAfter": milliseconds(now + TOKEN_SECONDS),
        "serializedToken": media_token(asked, mvpd, resource),
    }
    return {**entry, "token": token, "notBefore": milliseconds(now), "notAfter": milliseconds(until)}


def media_token(asked: Asked, mvpd: Mvpd, resource: str) -> str:
    """Return Base64 of a text that begins like the samples. It is not signed."""
    seal = pseudonym(asked.device_id, f"media token {mvpd.id} {resource} {asked.call.now}")
    return base64.b64encode(f"<signatureInfo>{seal}</signatureInfo><shortAuthorization/>".encode()).decode()


def _entry(
    asked: Asked, mvpd: Mvpd, resource: str, source: str, error: Mapping[str, object] | None = None
) -> dict[str, object]:
    entry = {
        "resource": resource,
        "serviceProvider": asked.service_provider,
        "mvpd": mvpd.id,
        "source": source,
        "authorized": error is None,
    }
    return entry if error is None else {**entry, "error": error}


def _error(asked: Asked, code: str, resource: str) -> dict[str, object]:
    return enhanced(asked.call, code, details=details_of(code, resource))


def details_of(code: str, resource: str) -> str:
    """Return the sentence that an MVPD adds to its own denial, as in the samples."""
    if not code.endswith("authorization_denied_by_mvpd"):
        return ""
    return f'Your subscription package does not include the "{resource[:80]}" channel'
