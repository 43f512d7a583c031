"""The demonstration's second part: all calls of an app are recorded, replayed without an upstream, and broken on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from gateway.cassettes.reader import load
from gateway.emulator import Emulator, Options
from gateway.emulator.app import serve
from gateway.examples import television
from gateway.wiring.serving import Serving

Start = Callable[..., Awaitable[Serving]]
"""Starts a gateway with a mode, a cassette, the port of an emulator, and further settings."""
Ran = tuple[int, list[str]]
"""The app's exit status, and the lines that it printed."""

FAULTS = [
    {
        "throttle": {"capacity": 1, "rate": 0.1},
        "when": {"route": "POST /api/v2/{sp}/decisions/authorize/{mvpd}", "times": 1},
    },
    {"expired_token": 6},
]
"""The faults: the second of two quick calls is throttled, and each token is refused after six calls."""
BROKEN = {"reset": "body", "when": {"route": "GET /api/v2/{sp}/logout/{mvpd}", "times": 1}}
CODE = "log in         shows the code"


async def show_journey(console: Console, folder: Path, start: Start, speed: float = 1) -> bool:
    """Print the app's steps, and return whether the replays were as expected. `speed`: how many times faster the app waits."""
    # a terminal breaks lines between words; a pipe gets whole lines
    say = partial(console.print, soft_wrap=not console.is_terminal, highlight=False, markup=False)
    say(
        "A whole app (gateway/examples/television.py): it registers, logs in by code, watches, signs out. The emulator answers."
        "\nTwo things go wrong on purpose: the app is throttled once, and its access token expires in the middle."
    )
    cassette = folder / "app.yaml"
    emulator = await serve(Emulator(Options(logged_in="none", strict=True)))
    try:
        recording = await start("record", cassette, emulator.port, faults=FAULTS, **{"cassettes.record": "v2"})
        live = await _play(recording, speed, lambda line: say(f"  {line}"))
    finally:
        await emulator.close()
    say(f"Recorded: {len(load(cassette).interactions)} calls, in {cassette}")
    replaying = await start("replay", cassette, emulator.port, faults=FAULTS)
    breaking = await start("replay", cassette, emulator.port, faults=[BROKEN])
    again, broken = await asyncio.gather(_play(replaying, speed), _play(breaking, speed))
    same = is_the_same(live, again)
    if same:
        say(f"Replayed without the emulator: the app says the same {len(again[1])} lines, {_but_for_the_code(again)}")
    else:
        say("Replayed without the emulator: the app says something else:")
        _print_lines(say, again[1])
    say("Replayed once more, and the connection breaks in the middle of the logout's answer. The app then says:")
    _print_lines(say, [line for line in broken[1] if line not in again[1]])
    say("")
    return same and broken[0] == 0


def _print_lines(say: Callable[[str], object], lines: list[str]) -> None:
    for line in lines:
        say(f"  {line}")


async def _play(serving: Serving, speed: float, say: Callable[[str], object] = str) -> Ran:
    """Run the app in its own thread against a gateway, then stop the gateway."""
    lines: list[str] = []

    def said(line: str) -> None:
        lines.append(line)
        say(line)

    try:
        return await asyncio.to_thread(
            television.main, {"ADOBE_PASS_URL": serving.url, "APP_SPEED": str(speed)}, said
        ), lines
    finally:
        await serving.stop()


def is_the_same(live: Ran, again: Ran) -> bool:
    """Whether a replay equals the live run, line by line. The login code is secret, so it may differ."""
    hidden = [[CODE if line.startswith(CODE) else line for line in lines] for _, lines in (live, again)]
    return (live[0], again[0]) == (0, 0) and hidden[0] == hidden[1]


def _but_for_the_code(ran: Ran) -> str:
    code = next((line.removeprefix(CODE).split()[0] for line in ran[1] if line.startswith(CODE)), "")
    return f"except the login code: it is secret, so the cassette has {code} in its place"
