"""The page's devices: each with what it says it is, what is left of its calls, and what it replays."""

from __future__ import annotations

from gateway.control import devices
from gateway.control.page.rendering import page, view
from gateway.control.routes import ApiCall
from gateway.core.model import Response


async def index(asked: ApiCall) -> Response:
    """Show the devices."""
    return await page(asked, "devices.html", devices=await devices.list_(asked), count=asked.gateway.journal.count)


ENDPOINTS = (view("/devices", index),)
