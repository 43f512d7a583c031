"""The page's devices: each with what it says it is, what is left of its calls, and what it replays."""

from __future__ import annotations

from gateway.control import devices
from gateway.control.page.rendering import page, view
from gateway.control.routes import ApiCall
from gateway.core.model import Response


async def index(asked: ApiCall) -> Response:
    """Show the devices."""
    listed = await devices.list_(asked)
    can_name = asked.controlled.naming is not None
    return await page(asked, "devices.html", devices=listed, count=asked.gateway.journal.count, can_name=can_name)


ENDPOINTS = (view("/devices", index),)
