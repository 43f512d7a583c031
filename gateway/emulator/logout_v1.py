"""v1 logout: `DELETE /api/v1/logout` answers 204 and touches no v2 profile.

REST API v1 and v2 do not see each other's logins (FAQ, migration), so a v1 logout takes nothing away from a v2 device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from gateway.emulator.answers import no_content
from gateway.emulator.checks import is_device_info
from gateway.emulator.errors import v1_error
from gateway.emulator.model import form

if TYPE_CHECKING:
    from gateway.emulator.model import Answer, Asked, Call, LoggedOut


def logout_v1(asked: Asked, gone: LoggedOut) -> tuple[Answer, LoggedOut]:
    """Answer 204 to a call that names its device; strict: and describes it."""
    return _judge(asked) or no_content(asked.call), gone


def _judge(asked: Asked) -> Answer | None:
    call = asked.call
    if not call.query.get("deviceId"):
        return v1_error(call, 400, "Bad Request", "The parameter deviceId is missing or empty.")
    told = _device_info(call)
    if not told and asked.options.strict:
        return v1_error(call, 400, "Bad Request", "The device information is missing.")
    if told and not is_device_info(told, strict=asked.options.strict):
        return v1_error(call, 400, "Bad Request", "The device information is not Base64 of a JSON object.")
    return None


def _device_info(call: Call) -> str:
    """Return the device information from one of the three places where v1 takes it (passing-client-information page).

    It is Base64 and percent-encoded in each of them. A client that forgets the encoding sends `+`, which a form reads as a
    blank.
    """
    written = call.query.get("device_info") or form(call.body.decode("latin-1")).get("device_info", "")
    return written.replace(" ", "+") or unquote(call.header("X-Device-Info"), "latin-1")
