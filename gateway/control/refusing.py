"""The API's list of devices that refuse the lab's certificate. They make no exchange, so no other list shows them."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import RefusingDevice
from gateway.exchanges.addresses import shown_address


async def list_(asked: ApiCall) -> list[RefusingDevice]:
    """List devices that refuse the lab's certificate, latest try first, each with the steps for its platform."""
    redaction, plain = asked.gateway.redaction, asked.controlled.plain_addresses
    return [
        replace(device, address=shown_address(device.address, redaction, plain=plain))
        for device in await asked.controlled.refusing()
    ]


ENDPOINTS = (Endpoint("GET", "/api/lab/refusing", list_, gives=list[RefusingDevice]),)
