"""The page's devices. Each has its description, its calls that are left before a 429, and its replayed device."""

from __future__ import annotations

from gateway.control import devices, refusing
from gateway.control.page.rendering import page, view
from gateway.control.routes import ApiCall
from gateway.core.model import Response


async def index(asked: ApiCall) -> Response:
    """Show the devices, and the devices that refuse the lab's certificate."""
    refused_by = await refusing.list_(asked)
    shown = await devices.list_(asked)
    return await page(
        asked,
        "devices.html",
        devices=shown,
        count=asked.gateway.journal.count,
        can_name=asked.controlled.naming is not None,
        refusing=refused_by,
        refused={device.address for device in refused_by},
    )


ENDPOINTS = (view("/devices", index),)
