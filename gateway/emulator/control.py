"""The emulator's own small API, on its own port. It reads, resets and sets the state. A call needs a token.

Facts
-----
* It listens only on this machine, and every call needs `Authorization: Bearer TOKEN`. A web page in a browser cannot send this
  field to another origin.
* The calls: `GET /state` · `POST /reset` · `POST /log_in` and `POST /log_out`, with the parameters of `Setting`'s methods as a JSON object
  · `PATCH /options`, with the parameters of `change`. Success is answered 204, a mistake 400 with `{"error": "…"}`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from secrets import token_urlsafe
from typing import Any

from aiohttp import web
from msgspec import Struct, field

from gateway.emulator.emulator import Emulator
from gateway.emulator.listening import Serving, body_of, listen
from gateway.emulator.setting import Setting, SettingError

HOST = "127.0.0.1"

# The type of each parameter. The first ones are required.
_LOG_IN: Mapping[str, type | tuple[type, ...]] = {
    "device": str, "mvpd": str, "service_provider": str, "client": str, "type": str, "lasts": (int, float),
}  # fmt: skip
_LOG_OUT: Mapping[str, type | tuple[type, ...]] = {"device": str, "mvpd": str, "service_provider": str}


class Control(Struct, frozen=True):
    """The API's address and token."""

    port: int
    token: str = field(default_factory=lambda: token_urlsafe(24))
    is_new: bool = True
    """Whether the token was made for this run. Then it is printed."""

    @property
    def told(self) -> str:
        """The message about the token at the start."""
        return f" (Authorization: Bearer {self.token})" if self.is_new else ""

    def __repr__(self) -> str:
        return f"Control({self.port})"


async def control(emulator: Emulator, where: Control) -> Serving:
    """Listen. Requests need the token. OSError if the port is in use."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        said = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(said, f"Bearer {where.token}".encode()):
            return _json(401, {"error": "expected Authorization: Bearer and the emulator's token"})
        status, document = answer(emulator, request.method, request.path, await body_of(request))
        return web.Response(status=status) if document is None else _json(status, document)

    return await listen(handler, HOST, where.port)


def answer(emulator: Emulator, method: str, path: str, body: bytes | None) -> tuple[int, Mapping[str, object] | None]:
    """Do what a call asks for. Return the status and the document of the answer."""
    route = next((known for known in _ROUTES if known == (method, path)), None)
    if route is None:
        allowed = [known[0] for known in _ROUTES if known[1] == path]
        expected = ", ".join(" ".join(known) for known in _ROUTES)
        return (405 if allowed else 404), {"error": f"expected one of {expected}, found {method} {path[:100]}"}
    try:
        given = json.loads(body or b"{}") if body is not None else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return 400, {"error": "expected a JSON object of at most 1 MiB, found something else"}
    try:
        document = _ROUTES[route](emulator.setting, given)
    except SettingError as error:
        return 400, {"error": str(error)}
    return (200, document) if document is not None else (204, None)


def _state(setting: Setting, _: Mapping[str, object]) -> Mapping[str, object]:
    return setting.state()


def _reset(setting: Setting, _: Mapping[str, object]) -> None:
    setting.reset()


def _log_in(setting: Setting, given: Mapping[str, object]) -> None:
    setting.log_in(**_checked(given, _LOG_IN, ("device", "mvpd")))


def _log_out(setting: Setting, given: Mapping[str, object]) -> None:
    setting.log_out(**_checked(given, _LOG_OUT, ("device",)))


def _change(setting: Setting, given: Mapping[str, object]) -> None:
    setting.change(**given)


_ROUTES: Mapping[tuple[str, str], Callable[[Setting, Mapping[str, object]], Mapping[str, object] | None]] = {
    ("GET", "/state"): _state,
    ("POST", "/reset"): _reset,
    ("POST", "/log_in"): _log_in,
    ("POST", "/log_out"): _log_out,
    ("PATCH", "/options"): _change,
}


def _checked(
    given: Mapping[str, object], known: Mapping[str, type | tuple[type, ...]], needed: tuple[str, ...]
) -> dict[str, Any]:
    """Return the parameters. A SettingError tells all problems."""
    wrong = [f"{name}: unknown parameter" for name in given if name not in known]
    wrong += [f"{name}: expected a value, found none" for name in needed if given.get(name) is None]
    wrong += [
        f"{name}: expected {'a text' if known[name] is str else 'a number of seconds'}, found {value!r}"
        for name, value in given.items()
        if name in known and value is not None and (not isinstance(value, known[name]) or isinstance(value, bool))
    ]
    if wrong:
        raise SettingError(wrong)
    return {name: value for name, value in given.items() if value is not None}


def _json(status: int, document: Mapping[str, object]) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(document, indent=2).encode() + b"\n", content_type="application/json"
    )
