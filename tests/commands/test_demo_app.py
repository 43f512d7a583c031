"""The demonstration's second part: what the app did is printed, and a replay that differs is told."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from gateway.commands import demo
from gateway.commands.demo_app import is_the_same, show_journey
from gateway.wiring.serving import Serving
from tests.examples.journeys import JOURNEY


@pytest.fixture
def console() -> Console:
    """A console whose lines are kept."""
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_what_the_app_did_is_printed_line_by_line(console: Console, tmp_path: Path) -> None:
    """It was throttled and lost its token; the replay is the same, and the broken connection is survived."""
    assert await show_journey(console, tmp_path, demo._gateway, speed=100)
    text = said(console)
    for line in JOURNEY:
        assert f"  {line.partition('CODE')[0].rstrip()}" in text
    assert "watch          throttled (429): tries again in 1 s\n" in text
    assert "watch          the access token is refused (401): gets another one\n" in text
    assert f"Recorded: 12 calls, in {tmp_path / 'app.yaml'}\n" in text
    assert "the app says the same 16 lines, except the login code" in text
    assert text.endswith(
        "The app then says:\n"
        "  sign out       the connection broke: looks whether it happened\n"
        "  sign out       it happened; the address of the provider's page is lost\n\n"
    )


async def test_a_replay_that_differs_is_told_and_fails(console: Console, tmp_path: Path) -> None:
    async def start(mode: str, cassette: Path, port: int, **more: object) -> Serving:
        if mode == "replay":
            more["faults"] = [{"error": "invalid_integration"}]
        return await demo._gateway(mode, cassette, port, **more)

    assert not await show_journey(console, tmp_path, start, speed=100)
    told = "the app says something else:\n  register "
    assert told in said(console)
    assert "gave up        providers: the API refuses: 400 invalid_integration\n" in said(console)


def test_only_the_code_may_differ() -> None:
    same = partial(is_the_same, (0, ["log in         shows the code ABC and waits", "x"]))
    assert same((0, ["log in         shows the code DEF and waits", "x"]))
    assert not same((0, ["log in         shows the code DEF and waits", "y"]))
    assert not same((0, ["log in         shows the code DEF and waits"]))
    assert not same((1, ["log in         shows the code ABC and waits", "x"]))
