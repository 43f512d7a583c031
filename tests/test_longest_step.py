"""No message within the limits keeps another client waiting for more than 50 ms: the worst ones, through a real gateway."""

# a folder of its own
from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.harness.lab import Lab, Running
from tests.harness.sockets import OK
from tests.harness.watchdog import MOST, longest_step
from tests.worst import REQUESTS, answers, request

MODES = ("passthrough", "emulator", "record", "replay", "auto", "history")
"""`emulator`: passthrough to the stand-in, which runs on the same loop; `history`: passthrough that keeps and counts all."""
MOST_IS_DONE = "record"
"""The mode in which most is done with a message; the others are for `make long`."""
PATIENCE = 60.0
ATTEMPTS = 3
"""How often a slow message is tried, each time by a new gateway: a neighbour on the machine costs processor time as well, but not always."""
LOGOUT = (
    "version: 1\ninteractions:\n- request: {method: GET, uri: 'https://api.auth.adobe.com/api/v2/REF30/configuration', body: '', headers: {}}\n"
    "  response: {status: {code: 200, message: OK}, headers: {}, body: {string: '{}'}}\n"
)
RULES = [
    {"v1_logout": {"redirect_url": "https://example.com", "authorization": "pass"}},
    {"absolute_logout_url": {"host": "sp.auth.adobe.com"}},
]


async def exchanged(running: Running, message: bytes) -> None:
    wire = await running.connect(limit=1 << 25)
    async with asyncio.timeout(PATIENCE):
        await wire.send(message).message()
    wire.abort()


async def start(lab: Lab, mode: str, *said: bytes) -> Running:
    """Start a gateway in this mode, with the audit and both rules, before an upstream that answers this."""
    if mode == "emulator":
        return await lab.run("passthrough", rules=RULES, upstream="emulator")
    if mode == "history":
        kept = {"file": "history.sqlite", "bodies": True}
        return await lab.run("passthrough", await lab.origin(*said), rules=RULES, history=kept, metrics=True)
    if mode == "replay":
        Path("cassettes").mkdir()
        Path("cassettes/logout.yaml").write_text(LOGOUT)
    return await lab.run(mode, await lab.origin(*said), rules=RULES)


def parts(mode: str) -> list[str]:
    return [f"{mode} {part}" for part in [*REQUESTS, *(["answers"] if mode not in {"replay", "emulator"} else [])]]


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        pytest.param(
            name,
            whole,
            id=f"{name}{', all' if whole else ''}",
            marks=[pytest.mark.long] if whole or mode != MOST_IS_DONE else [],
        )
        for whole in (False, True)
        for mode in MODES
        for name in parts(mode)
    ],
)
async def test_no_message_keeps_others_waiting(
    name: str, whole: bool, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mode, _, part = name.partition(" ")
    if part == "answers":
        worst = [(what, request(b"/api/v2/REF30/logout/x"), said) for what, said in answers(whole=whole)]
    else:
        worst = [(what, message, b"") for what, message in REQUESTS[part](whole=whole)]
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        monkeypatch.chdir(folder)
        # the first one is for the first request
        said = [OK, *(said for _, _, said in worst)] if part == "answers" else []
        if not (worst := await slow(await start(lab, mode, *said), worst)):
            return
    assert [what for what, _, _ in worst] == []


async def slow(running: Running, messages: list[tuple[str, bytes, bytes]]) -> list[tuple[str, bytes, bytes]]:
    """Return the messages that kept others waiting, and say for how long."""
    found = []
    await exchanged(running, request())
    with longest_step() as steps:
        for what, message, said in messages:
            steps.forget()
            await exchanged(running, message)
            if steps.longest > MOST:
                found.append((f"{steps.longest * 1000:.0f} ms: {what[:60]}", message, said))
    return found
