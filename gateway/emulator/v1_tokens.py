"""v1's tokens: authentication, authorization, media tokens, metadata. One login for each device and requestor.

Facts
-----
* Errors have v1's plain form, with the messages of the pages: Not Found, Gone, User not authenticated, User not authorized.
* A resource gets a media token only after it was authorized (`/authorize`), as the page of the flow says.
* A list of resources contains its denials in the enhanced form, as in the page's sample.
"""

from __future__ import annotations

from gateway.emulator.answers import answer_with, milliseconds, no_content
from gateway.emulator.catalogue import Mvpd
from gateway.emulator.codes import V1
from gateway.emulator.decisions import LONGEST_RESOURCE, denial, details_of, media_token
from gateway.emulator.describing import pseudonym
from gateway.emulator.errors import enhanced, v1_answer, v1_error
from gateway.emulator.model import Answer, Asked
from gateway.emulator.state import Login, V1Device, key_of
from gateway.emulator.v1_calls import NO_MVPD, called_device, device_id, fault, mvpd_of, v1_log_in
from gateway.emulator.v1_codes import device_of_code

AUTHORIZED_SECONDS = 86_400
MEDIA_SECONDS = 420
"""Lifetime of a media token of v1, in seconds."""
MOST_AUTHORIZED = 64
"""Largest number of authorized resources that are remembered for a device."""


def check(asked: Asked) -> Answer:
    """Return whether the device is logged in."""
    if refused := fault(asked, requestor="requestor"):
        return refused
    device = called_device(asked)
    if _login(asked, device) is None:
        expired = device.login is not None
        return v1_error(asked.call, 403, "Authentication token expired" if expired else "Forbidden")
    return v1_answer(asked.call, 200, "authentication", {})


def check_by_code(asked: Asked) -> Answer:
    """Return whether the device of a registration code is logged in, for a second screen."""
    if refused := fault(asked, requestor="requestor", device=False):
        return refused
    device = device_of_code(asked, asked.call.given["requestor"], asked.code)
    if device is None or _login(asked, device) is None:
        return v1_error(asked.call, 403)
    return v1_answer(asked.call, 200, "authentication", {})


def authentication(asked: Asked) -> Answer:
    """Show the login."""
    if refused := fault(asked, requestor="requestor"):
        return refused
    device = called_device(asked)
    login = _login(asked, device)
    if login is None:
        return v1_error(asked.call, 410 if device.login is not None else 404)
    return v1_answer(asked.call, 200, "authentication", {
        "requestor": asked.call.given["requestor"],
        "mvpd": login.mvpd,
        "userId": _user(asked, login),
        "expires": str(milliseconds(login.until)),
    })  # fmt: skip


def exchange(asked: Asked) -> Answer:
    """Make a login from a profile of the platform's single sign-on."""
    if refused := fault(asked, requestor="requestor", others=("mvpd", "SAMLResponse")):
        return refused
    mvpd = mvpd_of(asked, asked.call.given["requestor"], asked.call.given["mvpd"])
    if mvpd is None:
        return v1_error(asked.call, 400, details=NO_MVPD)
    v1_log_in(asked, asked.call.given["requestor"], device_id(asked.call), mvpd)
    return no_content(asked.call)


def free_preview(asked: Asked) -> Answer:
    """Begin temporary access, without a second screen."""
    if refused := fault(asked, requestor="requestor_id", others=("mso_id", "domain_name")):
        return refused
    mvpd = mvpd_of(asked, asked.call.given["requestor_id"], asked.call.given["mso_id"])
    if mvpd is None or mvpd.access is None or mvpd.access.type != "temporary":
        return v1_error(asked.call, 400, details="mso_id is not an MVPD with temporary access.")
    v1_log_in(asked, asked.call.given["requestor_id"], device_id(asked.call), mvpd)
    return no_content(asked.call)


def authorize(asked: Asked) -> Answer:
    """Return whether a resource may be watched, and remember a permission."""
    if refused := fault(asked, requestor="requestor", others=("resource",)):
        return refused
    device = called_device(asked)
    login = _login(asked, device)
    if login is None:
        return v1_error(asked.call, 403, "User not authenticated")
    resource = asked.call.given["resource"]
    code = _denied(asked, login, resource)
    if code:
        details = details_of("authorization_denied_by_mvpd", resource) if code.endswith("by_mvpd") else V1[code].message
        return v1_error(asked.call, 403, "User not authorized", details)
    device.authorized[key_of(resource)] = min(asked.call.now + AUTHORIZED_SECONDS, login.until)
    for oldest in list(device.authorized)[:-MOST_AUTHORIZED]:
        del device.authorized[oldest]
    return _authorization(asked, device, login, resource)


def authorization(asked: Asked) -> Answer:
    """Show the authorizations."""
    if refused := fault(asked, requestor="requestor", others=("resource",)):
        return refused
    device = called_device(asked)
    login, resource = _login(asked, device), asked.call.given["resource"]
    if login is None:
        return v1_error(asked.call, 412, "User not authenticated")
    until = device.authorized.get(key_of(resource))
    if until is None or until <= asked.call.now:
        return v1_error(asked.call, 404 if until is None else 410)
    return _authorization(asked, device, login, resource)


def media(asked: Asked) -> Answer:
    """Give a media token for an authorized resource."""
    if refused := fault(asked, requestor="requestor", others=("resource",)):
        return refused
    device = called_device(asked)
    login, resource = _login(asked, device), asked.call.given["resource"]
    if login is None or device.authorized.get(key_of(resource), 0) <= asked.call.now:
        return v1_error(asked.call, 403, "User not authenticated" if login is None else "User not authorized")
    return v1_answer(asked.call, 200, "play", {
        "resource": resource,
        "requestor": asked.call.given["requestor"],
        "expires": str(milliseconds(asked.call.now + MEDIA_SECONDS)),
        "serializedToken": media_token(asked, Mvpd(login.mvpd), resource),
        "userId": _user(asked, login),
        "mvpdId": login.mvpd,
    })  # fmt: skip


def preauthorize(asked: Asked) -> Answer:
    """Return which resources of a list could be watched."""
    if refused := fault(asked, requestor="requestor", others=("resource",)):
        return refused
    return _preauthorized(asked, called_device(asked))


def preauthorize_by_code(asked: Asked) -> Answer:
    """Return which resources of a list the device of a registration code could watch, for a second screen."""
    if refused := fault(asked, requestor="requestor", device=False, others=("resource",)):
        return refused
    return _preauthorized(asked, device_of_code(asked, asked.call.given["requestor"], asked.code))


def metadata(asked: Asked) -> Answer:
    """Show the MVPD's data about the user."""
    if refused := fault(asked, requestor="requestor"):
        return refused
    device = called_device(asked)
    login = _login(asked, device)
    if login is None:
        return v1_error(asked.call, 412, "User not authenticated")
    data = {"userID": _user(asked, login), **login.profile.attributes}
    return v1_answer(asked.call, 200, "metadata", {"updated": int(login.since), "encrypted": [], "data": data})


def profile_request(asked: Asked) -> Answer:
    """Give the request for a platform's single sign-on engine. The app passes these bytes on unread."""
    mvpd = asked.catalogue.find(asked.mvpd)
    if mvpd is None or asked.call.query.get("deviceType", "").lower() not in {"ios", "tvos"}:
        return v1_error(asked.call, 400, details="The MVPD does not exist, or deviceType is neither iOS nor tvOS.")
    return answer_with(asked.call, 200, "application/octet-stream", asked.call.digest)


def _login(asked: Asked, device: V1Device) -> Login | None:
    return device.login if device.login is not None and device.login.lives(asked.call.now) else None


def _user(asked: Asked, login: Login) -> str:
    return pseudonym(device_id(asked.call), f"userId {login.mvpd}")


def _denied(asked: Asked, login: Login, resource: str) -> str:
    """Return the code of a denial. If v1 does not know the catalogue's code, it is the code of the MVPD's own denial."""
    code = denial(asked, resource, login.profile.attributes.get("maxRating"), authorize=True)
    return code if not code or code in V1 else "authorization_denied_by_mvpd"


def _authorization(asked: Asked, device: V1Device, login: Login, resource: str) -> Answer:
    return v1_answer(asked.call, 200, "authorization", {
        "mvpd": login.mvpd,
        "resource": resource,
        "requestor": asked.call.given["requestor"],
        "expires": str(milliseconds(device.authorized[key_of(resource)])),
    })  # fmt: skip


def _preauthorized(asked: Asked, device: V1Device | None) -> Answer:
    login = _login(asked, device) if device is not None else None
    if login is None:
        return v1_error(asked.call, 412, "User not authenticated")
    resources = [each for each in asked.call.given["resource"].split(",", asked.catalogue.most_resources) if each]
    if len(resources) > asked.catalogue.most_resources or any(len(each) > LONGEST_RESOURCE for each in resources):
        return v1_error(asked.call, 403, details=V1["too_many_resources"].message)
    entries: list[dict[str, object]] = []
    for resource in resources:
        code = _denied(asked, login, resource)
        entry: dict[str, object] = {"id": resource, "authorized": not code}
        if code:
            details = details_of(code, resource)
            entry["error"] = enhanced(asked.call, code, V1[code], details) | {"message": "User not authorized"}
        entries.append(entry)
    return v1_answer(asked.call, 200, "resources", {"resources": entries})
