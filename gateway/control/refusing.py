"""The API's devices that refuse the lab's certificate: they are in no list of exchanges, for they never come to one."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.control.routes import ApiCall, Endpoint
from gateway.control.steering import RefusingDevice
from gateway.exchanges.addresses import shown_address


async def list_(asked: ApiCall) -> list[RefusingDevice]:
    """List devices that refuse the lab's certificate, the one that tried last first, each with what to do on its platform."""
    redaction, plain = asked.gateway.redaction, asked.controlled.plain_addresses
    return [
        replace(device, address=shown_address(device.address, redaction, plain=plain))
        for device in asked.controlled.refusing()
    ]


ENDPOINTS = (Endpoint("GET", "/api/lab/refusing", list_, gives=list[RefusingDevice]),)
