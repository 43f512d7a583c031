"""v1 logout: `DELETE /api/v1/logout` answers 204, removes the device's v1 tokens, and touches no v2 profile.

REST API v1 and v2 do not see each other's logins (FAQ, migration), so a v1 logout takes nothing away from a v2 device.
"""

from __future__ import annotations

from gateway.emulator.answers import no_content
from gateway.emulator.model import Answer, Asked
from gateway.emulator.v1_calls import device_id, fault, v1_device


def logout_v1(asked: Asked) -> Answer:
    """Log a device out; without a requestor, which the page does not mark as mandatory, everywhere."""
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
