"""v2's `GET …/configuration`, and v1's `GET /api/v1/config/{requestor}`: the MVPDs that a service provider's app may offer."""

from __future__ import annotations

from gateway.emulator.answers import json_answer
from gateway.emulator.catalogue import Mvpd
from gateway.emulator.checks import BY_CODE, device_info, first_fault
from gateway.emulator.errors import enhanced_error, v1_answer
from gateway.emulator.model import Answer, Asked

LOGO = "https://entitlement.auth.adobe.com/entitlement/noLogo.png"
"""The picture of an MVPD without its own picture, from the page's sample."""


def configuration(asked: Asked) -> Answer:
    """List the MVPDs whose integration with the service provider is active."""
    has_info = asked.call.has("X-Device-Info")  # optional at this endpoint since release 3.4
    fault = first_fault(asked, BY_CODE) or (device_info(asked) if has_info else "")
    if fault:
        return enhanced_error(asked.call, fault)
    return json_answer(asked.call, 200, document(asked))


def configuration_v1(asked: Asked) -> Answer:
    """Give the same list to v1, as JSON or XML. No page documents its exact form."""
    return v1_answer(asked.call, 200, "config", document(asked))


def document(asked: Asked) -> dict[str, object]:
    """Return the page's document."""
    mvpds = [_mvpd(mvpd) for mvpd in asked.catalogue.mvpds if _is_active(asked, mvpd)]
    requestor = {
        "id": asked.service_provider,
        "name": asked.service_provider,
        "domains": [{"name": "adobe.com", "mvpdInitiated": False}],
        "mvpds": mvpds,
    }
    return {"device": "unknown", "clientType": "html5", "os": "Unknown", "requestor": requestor}


def _is_active(asked: Asked, mvpd: Mvpd) -> bool:
    return mvpd.service_providers is None or asked.service_provider in mvpd.service_providers


def _mvpd(mvpd: Mvpd) -> dict[str, object]:
    is_temporary = mvpd.access is not None and mvpd.access.type == "temporary"
    told: dict[str, object] = {"id": mvpd.id, "displayName": mvpd.name or mvpd.id, "logoUrl": LOGO}
    if is_temporary:
        return {**told, "authPerAggregator": True, "isTempPass": True}
    if not mvpd.partner_sso:
        return {**told, "isProxy": False}
    return {
        **told,
        "isProxy": False,
        "boardingStatus": "SUPPORTED",
        "platformMappingId": mvpd.id,
        "enablePlatformServices": True,
        "displayInPlatformPicker": True,
        "enforcePlatformPermissions": True,
    }
