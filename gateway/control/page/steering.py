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
"""Devices of the emulator, or sessions, that are shown at once."""
OPTIONS = ("strict", "throttle", "auto_login")
"""The emulator's options that are on or off."""


async def _setting(_: ApiCall) -> Mapping[str, object]:
    return {}  # every template has it


async def _expectations(asked: ApiCall) -> Mapping[str, object]:
    return {"expectations": await settings.expectations(asked)}


async def _emulator(asked: ApiCall) -> Mapping[str, object]:
    """Return what the emulator knows, or why there is none."""
    shared = {"most": MOST, "options": OPTIONS}
    try:
        return {**shared, "emulator": await emulator.state(asked), "no_emulator": ""}
    except ControlError as error:
        return {**shared, "emulator": None, "no_emulator": str(error)}


def endpoints(table: SessionTable) -> tuple[Endpoint, ...]:
    """Return the view; the table has the sessions that it lists."""

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
        """Show everything that can be changed, or the part that is asked for: a form that somebody fills in stays as it is."""
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
