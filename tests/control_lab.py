"""A gateway with its control listener, both over real sockets, and a client that sends exactly what a test says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import aiohttp
from yarl import URL

from gateway.config import Config, load
from gateway.control.listener import ControlListener
from gateway.control.model import SessionEnded
from gateway.wiring import serving
from gateway.wiring.controlling import control
from gateway.wiring.looking_back import endpoints_of
from gateway.wiring.naming import Naming
from tests.legs import device_header

TOKEN = "a-token-of-the-tests-which-nobody-guesses"
DISH = "/api/v2/REF30/logout/Dish?redirectUrl=https%3A%2F%2Fexample.com"
SECRET = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhLXNlY3JldC1zdWJqZWN0In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"


class Nowhere:
    """Takes lines and keeps them."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str, /) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        raise OSError


class Steerable:
    """The gateway, its control listener, and what is asked of both."""

    def __init__(self, running: serving.Serving, listener: ControlListener, log: Nowhere) -> None:
        self.running = running
        self.listener = listener
        self.log = log
        self.ended: list[SessionEnded] = []
        self._client = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    @property
    def port(self) -> int:
        return self.listener.port

    async def raw(self, data: bytes) -> bytes:
        """Send bytes to the control listener, and return all that comes until it closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        token: str | None = TOKEN,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Ask the control listener; return status, JSON (or text) and fields."""
        fields = {"Authorization": f"Bearer {token}"} if token is not None else {}
        if method in {"POST", "PUT", "PATCH"}:
            fields["Content-Type"] = "application/json"
        data = json.dumps(body).encode() if body is not None else None
        async with self._client.request(
            method,
            f"{self.listener.url}{path}",
            data=data,
            headers={**fields, **(headers or {})},
            allow_redirects=False,
        ) as answer:
            text = await answer.text()
            is_json = answer.content_type == "application/json" and text
            return answer.status, json.loads(text) if is_json else text, answer.headers

    async def get(self, path: str) -> Any:
        """Ask for what is there."""
        status, given, _ = await self.ask("GET", path)
        assert status == 200, given
        return given

    async def do(self, method: str, path: str, body: object = None) -> Any:
        """Ask for what is done."""
        status, given, _ = await self.ask(method, path, body)
        assert status < 300, given
        return given

    async def app(self, target: str = DISH, device: str = "roku", url: str = "", **more: str) -> int:
        """Ask the gateway as an app does; return the status."""
        return (await self._call(target, device, url, more))[0]

    async def body(self, target: str = DISH, device: str = "roku", url: str = "", **more: str) -> bytes:
        """Ask the gateway as an app does; return the body."""
        return (await self._call(target, device, url, more))[1]

    async def _call(self, target: str, device: str, url: str, more: Mapping[str, str]) -> tuple[int, bytes]:
        fields = {
            "AP-Device-Identifier": device_header(device),
            "Authorization": f"Bearer {SECRET}",
            "Accept": "application/json",
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        async with self._client.get(URL(f"{url or self.running.url}{target}", encoded=True), headers=fields) as answer:
            return answer.status, await answer.read()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        await self.running.stop()
        await self.listener.stop()


async def steerable(mode: str = "auto", *, token: str | None = TOKEN, **settings: object) -> Steerable:
    """Start both, as `gateway run` does; a setting's name has `__` for a dot. Without a `token` it is that of the file."""
    overrides: dict[str, object] = {"mode": mode, "listen.port": 0, "control.port": 0}
    overrides |= {name.replace("__", "."): value for name, value in settings.items()}
    log = Nowhere()
    config = load(None, {}, overrides)
    running = await serving.start(config, {}, log)
    ended: list[SessionEnded] = []
    try:
        listener = await listening(config, running, ended, token, lambda: load(None, {}, overrides))
    except BaseException:
        await running.stop()
        raise
    lab = Steerable(running, listener, log)
    lab.ended = ended
    return lab


async def listening(
    config: Config,
    running: serving.Serving,
    ended: list[SessionEnded],
    token: str | None,
    read: Callable[[], Config] | None = None,
) -> ControlListener:
    """Start the listener; with `read` devices may be named."""
    naming = None
    if read is not None:
        named = running.tell_named
        naming = Naming(Path("config.yaml"), read, running.steered, expect=lambda _: None, named=named)
    return await control(
        config,
        running.steered,
        {},
        health=running.health,
        lasting=running.lasting,
        observing=running.observes,
        warn=running.warn,
        ended=ended.append,
        token=token,
        more=endpoints_of(running.measuring, lambda: running.steered.config),
        refusing=running.refusing,
        naming=naming,
    )
