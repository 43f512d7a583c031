"""Reads requestor, device and device information from v1's calls, and finds their mistakes."""

from __future__ import annotations

from urllib.parse import unquote

from msgspec.structs import replace

from gateway.emulator.catalogue import Mvpd
from gateway.emulator.checks import is_device_info, mvpd_fault
from gateway.emulator.errors import v1_error
from gateway.emulator.logins import starting
from gateway.emulator.model import Answer, Asked, Call, octets
from gateway.emulator.state import Login, V1Device, cut, key_of

NO_MVPD = "The MVPD does not exist, or its integration with this requestor is not active."
V1_SECONDS = 30 * 86_400.0
"""Lifetime of a login of v1, in seconds."""


def fault(asked: Asked, *, requestor: str = "", device: bool = True, others: tuple[str, ...] = ()) -> Answer | None:
    """Return v1's 400 for a call without its device, requestor or another required parameter. Strict: also without device information.

    `requestor` is the name of the requestor's parameter. Empty if the requestor is in the path, or not required.
    """
    call, strict = asked.call, asked.options.strict
    if strict and not call.header("Authorization"):
        return v1_error(call, 401, details="The Authorization header is missing.")
    needed = [name for name in (requestor, "deviceId" if device else "", *others) if name]
    wrong = _parameter_fault(call, needed, strict=strict) or (_device_fault(call, strict=strict) if device else "")
    return v1_error(call, 400, details=wrong) if wrong else None


def _parameter_fault(call: Call, needed: list[str], *, strict: bool) -> str:
    if missing := [name for name in needed if not call.given.get(name)]:
        word = "parameter" if len(missing) == 1 else "parameters"
        return f"The {word} {', '.join(missing)} is missing or empty."
    twice = call.repeated.intersection(needed) if strict else ()
    return f"The parameter {min(twice)} is repeated." if twice else ""


def _device_fault(call: Call, *, strict: bool) -> str:
    told = device_info(call)
    if not told and strict:
        return "The device information is missing."
    fine = not told or is_device_info(told, strict=strict)
    return "" if fine else "The device information is not Base64 of a JSON object."


def device_info(call: Call) -> str:
    """Return the device information from one of the three places in a call of v1 (passing-client-information page).

    In each place it is Base64, and percent-encoded. If a client forgets the percent-encoding, it sends `+`, which a form reads as a
    blank.
    """
    written = call.given.get("device_info", "")
    return written.replace(" ", "+") or unquote(call.header("X-Device-Info"), "latin-1")


def device_id(call: Call) -> str:
    """Return the device's own id. If it is not UTF-8, each byte becomes a character."""
    raw = octets(call.given.get("deviceId", ""))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def mvpd_of(asked: Asked, requestor: str, name: str) -> Mvpd | None:
    """Return the MVPD that a call names. None if it does not exist, or its integration is not active."""
    return None if mvpd_fault(replace(asked, service_provider=requestor), name) else asked.catalogue.find(name)


def v1_device(asked: Asked, requestor: str, device: str) -> V1Device:
    """Return the state of a device at a requestor. A device starts with at most one login, since v1 has one MVPD at a time."""
    key = key_of("v1", requestor, device)
    known = asked.state.v1.get(key)
    if known is not None:
        return known
    first = next(iter(starting(replace(asked, service_provider=requestor, speaks_for=device))), None)
    login = None
    if first is not None:
        login = Login(first[0].id, first[1][0], "", asked.call.now, asked.call.now + first[1][0].lasts)
    return asked.state.v1.keep(key, V1Device(cut(device), cut(requestor), login))


def called_device(asked: Asked) -> V1Device:
    """Return the device that a call names in its parameters."""
    return v1_device(asked, asked.call.given.get("requestor", ""), device_id(asked.call))


def v1_log_in(asked: Asked, requestor: str, device: str, mvpd: Mvpd) -> Login:
    """Log a device in. An earlier login and its authorizations are removed."""
    known = v1_device(asked, requestor, device)
    lasts = mvpd.access.lasts if mvpd.access is not None else mvpd.at_login.lasts
    known.login = Login(mvpd.id, mvpd.at_login, "", asked.call.now, asked.call.now + min(lasts, V1_SECONDS))
    known.authorized.clear()
    return known.login
