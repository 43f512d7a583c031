"""The audit on a terminal."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.reports.model import Sheet
from gateway.reports.table import SHORT, render
from tests.reports.recordings import audited, call, hostile, recorded


def test_each_finding_has_a_row_with_its_check_its_place_and_its_title(tmp_path: Path) -> None:
    text = " ".join(render(audited(tmp_path), Sheet(width=200)).split())

    assert "AUTH003 │ header Authorization │ JWT exp 2026-11-21T20:17:05Z" in text
    assert "The access token has expired" in text
    assert text.endswith("Not judged, redacted: DEV005, XFF002, HDR009, HDR016")


def test_a_row_says_whose_calls_they_are_and_short_advice(tmp_path: Path) -> None:
    result = audited(tmp_path)
    plain = render(result, Sheet(width=700))
    assert re.search(r"│ ([a-z0-9]\S+-[0-9a-z]+) and \d other devices? ", plain)
    fixes = [result.infos[group.reported.finding.id].fix for group in result.groups()]
    assert [fix for fix in fixes if fix in plain] == [fix for fix in fixes if len(fix) <= SHORT] != []


def test_it_ends_with_a_sentence(tmp_path: Path) -> None:
    assert "9 errors, 16 warnings, 11 notes, in 10 calls of 5 devices.\n" in render(audited(tmp_path), Sheet())


def test_nothing_found_is_said_without_a_table(tmp_path: Path) -> None:
    quiet = audited(tmp_path, recorded(call(X_Roku_Reserved_Roku_Connect_Token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln")))

    assert "AUTH" not in render(quiet, Sheet())


def test_what_is_known_and_what_is_live_is_said(tmp_path: Path) -> None:
    result = audited(tmp_path)
    text = render(result.against(frozenset()), Sheet())

    assert "│ live" in text
    assert "│ new" in text
    assert re.search(r"│ known +│", text) is None  # the mark; a file may be called anything


def test_a_cassette_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    text = render(audited(tmp_path, hostile()), Sheet())

    assert "\x1b" not in text
    assert "\u202e" not in text


def test_colour_is_for_terminals(tmp_path: Path) -> None:
    assert "\x1b[" in render(audited(tmp_path), Sheet(colour=True))
