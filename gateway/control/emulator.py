"""The API's emulator: read, set and reset the logins of the built-in emulator."""

from __future__ import annotations

from asyncio import to_thread
from typing import Any

import msgspec

from gateway.control.emulator_model import EmulatorLogin, EmulatorLogout, EmulatorOptions, EmulatorState
from gateway.control.errors import ControlError
from gateway.control.exchanges import endpoint
from gateway.control.routes import ApiCall, Endpoint
from gateway.emulator.setting import Setting, SettingError


async def state(asked: ApiCall) -> EmulatorState:
    """Show the state of the emulator: devices and their logins, options, MVPDs. Tokens and codes are left out."""
    known = _setting(asked).state()
    shown: EmulatorState = await to_thread(msgspec.convert, known, EmulatorState)
    return shown


async def reset(asked: ApiCall) -> None:
    """Forget every device and login of the emulator. Options stay."""
    _setting(asked).reset()


async def log_in(asked: ApiCall) -> None:
    """Log a device in at an MVPD: at every service provider and for every client, unless the request names one."""
    _do(asked, "log_in")


async def log_out(asked: ApiCall) -> None:
    """Log a device out, from one MVPD or from all."""
    _do(asked, "log_out")


async def change(asked: ApiCall) -> None:
    """Change options of the emulator. They hold from the next call on."""
    _do(asked, "change")


def _do(asked: ApiCall, what: str) -> None:
    said: dict[str, Any] = msgspec.to_builtins(asked.body)
    try:
        getattr(_setting(asked), what)(**said)
    except SettingError as error:
        raise ControlError(400, "invalid_emulator_setting", "; ".join(str(error).splitlines())) from None


def _setting(asked: ApiCall) -> Setting:
    emulator = asked.gateway.emulator
    if emulator is None:
        setting = asked.gateway.setting
        why = "mode replay has no upstream" if setting.mode == "replay" else f"the upstream is {setting.upstream}"
        raise ControlError(409, "no_emulator", f"Expected the built-in emulator as upstream, but {why}.")
    return emulator.setting


def _does(method: str, path: str, do: Any, takes: Any = None) -> Endpoint:
    return Endpoint(method, path, do, takes=takes, of_gateway=True)


ENDPOINTS = (
    endpoint("/api/emulator/state", state, EmulatorState),
    _does("POST", "/api/emulator/reset", reset),
    _does("POST", "/api/emulator/log_in", log_in, EmulatorLogin),
    _does("POST", "/api/emulator/log_out", log_out, EmulatorLogout),
    _does("PATCH", "/api/emulator/options", change, EmulatorOptions),
)
