"""The page's steering: mode, upstream, cassette, expectations, faults, the emulator's logins, sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import get_args

from gateway.control import cassettes, emulator, settings
from gateway.control.errors import ControlError
from gateway.control.page import faults
from gateway.control.page.rendering import page, part_of, view
from gateway.control.routes import ApiCall, Endpoint
from gateway.control.sessions import SessionTable
from gateway.control.steering import GatewayMode
from gateway.core.model import Response

MOST = 100
"""How many devices of the emulator are shown, and how many sessions."""
OPTIONS = ("strict", "throttle", "auto_login")
"""The emulator's options that are on or off."""


async def _setting(_: ApiCall) -> Mapping[str, object]:
    return {}  # every template gets the setting anyway


async def _expectations(asked: ApiCall) -> Mapping[str, object]:
    return {"expectations": await settings.expectations(asked)}


async def _emulator(asked: ApiCall) -> Mapping[str, object]:
    """Return the state of the emulator, or why there is no emulator."""
    shared = {"most": MOST, "options": OPTIONS}
    try:
        return {**shared, "emulator": await emulator.state(asked), "no_emulator": ""}
    except ControlError as error:
        return {**shared, "emulator": None, "no_emulator": str(error)}


def endpoints(table: SessionTable) -> tuple[Endpoint, ...]:
    """Return the view. `table` has the sessions."""

    async def sessions(_: ApiCall) -> Mapping[str, object]:
        return {"sessions": table.all, "most": MOST}

    parts: Mapping[str, Callable[[ApiCall], Awaitable[Mapping[str, object]]]] = {
        "setting": _setting,
        "expectations": _expectations,
        "faults": faults.listed,
        "emulator": _emulator,
        "sessions": sessions,
    }

    async def index(asked: ApiCall) -> Response:
        """Show everything that can be changed, or only the part that htmx asks for, so that a half-filled form is not replaced."""
        part = part_of(asked.request)
        if part in parts:
            template = "setting.html" if part == "setting" else f"{part}_list.html"
            return await page(asked, template, **await parts[part](asked))
        values = {name: value for look in parts.values() for name, value in (await look(asked)).items()}
        listed = await cassettes.list_(asked)
        shown, modes = await settings.show(asked), get_args(GatewayMode)
        values |= {"shown": shown, "modes": modes, "cassettes": listed, "form": faults.form()}
        return await page(asked, "steering.html", **values)

    return (view("/steering", index),)
