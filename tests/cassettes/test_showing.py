"""Cassettes for a reader: what a terminal is shown, and what a pipe gets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from gateway.cassettes import showing
from gateway.core.model import Headers
from tests.cassettes.samples import LOGOUT, RECORDED_AT, cassette, logout

NOW = 1_795_299_425.0  # an hour after RECORDED_AT


def printed(table: object) -> str:
    """Return what a console prints."""
    out = io.StringIO()
    Console(file=out, width=200, force_terminal=False).print(table)
    return out.getvalue()


def test_a_folder_is_listed_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "[bold]a.yaml").write_bytes(cassette(logout(), logout(1)))
    (tmp_path / "bad.yaml").write_text("interactions: 5")
    (tmp_path / ".hidden.yaml").write_text("x")
    failed: list[str] = []
    [listed] = showing.listing(tmp_path, failed)
    assert (listed.name, listed.interactions, listed.sources) == ("below/[bold]a", 2, ("upstream",))
    assert len(failed) == 1
    assert "bad.yaml:1: interactions: expected a list" in failed[0]
    said = printed(showing.listing_table([listed], NOW))
    assert "below/[bold]a" in said
    assert "KiB" in said


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "just now"), (-5, "just now"), (125, "2 min"), (7200, "2 h"), (864000, "10 d")]
)
def test_an_age(seconds: int, expected: str) -> None:
    then = "1970-01-01T00:00:00.000Z"
    assert showing.age(then, seconds) == expected
    assert showing.age(then.removesuffix("Z"), seconds) == expected
    assert showing.age("yesterday", seconds) == "?"


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 B"), (2048, "2.0 KiB"), (5 << 20, "5.0 MiB"), (3 << 30, "3.0 GiB")]
)
def test_a_size(count: int, expected: str) -> None:
    assert showing.size_of(count) == expected


def test_interactions_as_a_table_that_no_recording_can_steer() -> None:
    """Neither rich's markup nor a terminal's escapes do anything."""
    reason = replace(logout().response, reason="[red]\x1b[2Jgone")
    said = printed(showing.shown([replace(logout(), response=reason)]))
    assert "[red]\\x1b[2Jgone" in said
    assert "\x1b" not in said
    assert RECORDED_AT[:10] in said


@pytest.mark.parametrize(
    ("width", "lacks"), [(80, {"type", "bytes", "ms", "recorded"}), (100, {"type", "bytes", "ms"}), (140, set())]
)
def test_a_narrow_table_lacks_some_columns_and_keeps_its_lines_whole(width: int, lacks: set[str]) -> None:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(showing.shown([logout()], width))
    head, *rows = [line for line in out.getvalue().splitlines() if "┃" in line or "│" in line]
    every = {"#", "recorded", "device", "request", "status", "type", "bytes", "ms", "source"}
    assert set(head.replace("┃", " ").split()) == every - lacks
    assert max(map(len, rows)) <= width


def test_devices_are_called_by_their_names_and_in_old_cassettes_by_their_pseudonyms() -> None:
    fields = Headers.of({"AP-Device-Identifier": "76e1814d-6af0-5278-8e99-6a2cef15fa6f"})
    old = replace(logout(), request=replace(logout().request, headers=fields), about={"device": "096ac7c118a3"})
    said = printed(showing.shown([replace(old, about={"device": "apple-tv-7f3a2c"}), logout()]))
    assert "apple-tv-7f3a2c" in said
    said = printed(showing.shown([old]))
    assert "76e1814d-6af0-52…" in said
    assert "096ac7c118a3" not in said


def test_raw_is_http() -> None:
    [said] = [b"".join(showing.raw([logout()], terminal=False))]
    assert (
        b"\r\nGET /api/v2/REF30/logout/Cablevision?redirectUrl=https%3A%2F%2Fadobe.com&n=0 HTTP/1.1\r\nHost: " in said
    )
    assert b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" in said
    assert LOGOUT in said


def test_raw_on_a_terminal_shows_no_control_character_and_no_bytes() -> None:
    steering = replace(logout(0, b"\x1b]0;title\x07\r\nnext"), request=replace(logout().request, headers=Headers()))
    said = b"".join(showing.raw([steering, logout(1, b"\xff\x00")], terminal=True))
    assert b"\x1b" not in said
    assert b"\\x1b]0;title\\x07\nnext" in said
    assert b"(2 bytes that are no text)" in said
    assert b"Host: api.auth.adobe.com" in said
