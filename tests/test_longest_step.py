"""No message within the limits keeps another client waiting for more than 50 ms: the worst ones, through a real gateway."""

from __future__ import annotations

import asyncio
import io
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.config import load
from gateway.wiring import serving
from tests.sockets import Message, Origin, Wire
from tests.watchdog import MOST, longest_step
from tests.worst import REQUESTS, answers, request

MODES = ("passthrough", "emulator", "record", "replay", "auto")
"""`emulator`: passthrough to the stand-in, which runs on the same loop."""
PATIENCE = 60.0
LOGOUT = (
    "version: 1\ninteractions:\n- request: {method: GET, uri: 'https://api.auth.adobe.com/api/v2/REF30/configuration', body: '', headers: {}}\n"
    "  response: {status: {code: 200, message: OK}, headers: {}, body: {string: '{}'}}\n"
)
RULES = [
    {"v1_logout": {"redirect_url": "https://example.com", "authorization": "pass"}},
    {"absolute_logout_url": {"host": "sp.auth.adobe.com"}},
]


async def exchanged(port: int, message: bytes) -> Message:
    wire = Wire(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 25))
    try:
        async with asyncio.timeout(PATIENCE):
            return await wire.send(message).message()
    finally:
        wire.abort()


class Run:
    """A gateway in one mode, with the audit and both rules, and what it takes to ask it."""

    def __init__(self, stack: AsyncExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    async def __call__(self, mode: str, *said: bytes) -> int:
        """Start it before an upstream that answers this; return its port."""
        origin = await self._stack.enter_async_context(Origin(*said))
        cassette = self._folder / "cassettes" / "logout.yaml"
        if mode == "replay":
            cassette.parent.mkdir()
            cassette.write_text(LOGOUT)
        settings: dict[str, object] = {
            "mode": mode, "listen.port": 0, "rules": RULES, "upstream": "lab", "upstreams.lab.origin": f"http://127.0.0.1:{origin.port}",
        }  # fmt: skip
        if mode == "emulator":
            settings = {"mode": "passthrough", "listen.port": 0, "rules": RULES, "upstream": "emulator"}
        running = await serving.start(load(None, {}, settings), {}, io.StringIO())
        self._stack.push_async_callback(running.stop)
        return urlsplit(running.url).port or 0


def parts(mode: str) -> list[str]:
    return [f"{mode} {part}" for part in [*REQUESTS, *(["answers"] if mode not in {"replay", "emulator"} else [])]]


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        pytest.param(
            name,
            whole,
            id=f"{name}{', all' if whole else ''}",
            marks=[
                *([pytest.mark.long] if whole else []),
            ],
        )
        for whole in (False, True)
        for mode in MODES
        for name in parts(mode)
    ],
)
async def test_no_message_keeps_others_waiting(
    name: str, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mode, _, part = name.partition(" ")
    slow = []
    async with AsyncExitStack() as stack:
        start = Run(stack, tmp_path)
        if part == "answers":
            worst = [(what, request(b"/api/v2/REF30/logout/x"), said) for what, said in answers(whole=whole)]
            port = await start(mode, *(said for _, _, said in worst))
        else:
            worst = [(what, message, b"") for what, message in REQUESTS[part](whole=whole)]
            port = await start(mode)
        await exchanged(port, request())
        with longest_step() as steps:
            for what, message, _ in worst:
                steps.forget()
                await exchanged(port, message)
                if steps.longest > MOST:
                    slow.append(f"{steps.longest * 1000:.0f} ms: {what[:60]}")
    assert slow == []
