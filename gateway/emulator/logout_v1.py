"""v1 logout: `DELETE /api/v1/logout` removes the device's v1 tokens, and answers 204.

REST API v1 and v2 do not see each other's logins (FAQ, migration). So a v1 logout does not change the v2 profiles of a device.
"""

from __future__ import annotations

from gateway.emulator.answers import no_content
from gateway.emulator.model import Answer, Asked
from gateway.emulator.v1_calls import device_id, fault, v1_device


def logout_v1(asked: Asked) -> Answer:
    """Log a device out at a requestor. Without a requestor, log it out everywhere: the page does not mark the parameter as mandatory."""
    refused = fault(asked)
    if refused is not None:
        return refused
    requestor, device = asked.call.given.get("requestor", ""), device_id(asked.call)
    known = [v1_device(asked, requestor, device)]
    if not requestor:
        known += [each for each in asked.state.v1 if each.name == known[0].name]
    for each in known:
        each.login = None
        each.authorized.clear()
    return no_content(asked.call)
