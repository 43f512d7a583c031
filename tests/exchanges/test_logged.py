"""The JSON object of an exchange: documented fields, ASCII, whatever is in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, structs

from gateway.exchanges.driver import DROPPED
from gateway.exchanges.logged import Logged, LoggedFinding, Nearest, as_json
from gateway.transports.player import BOUND
from gateway.wire.accepting import HANDSHAKE

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "log.md"
ROW = re.compile(r"^\| `([a-z_]+)` \|", re.MULTILINE)
SAID = re.compile(r"\b(?:_?warn|_connections\.count|events\.(?:info|warning|error))\(\s*\"([^\"]+)\"")
"""A call that says an event by its name."""
NAMED = (DROPPED, HANDSHAKE, BOUND)
TEXT = st.text(st.characters(), max_size=40)


def test_each_field_is_documented_in_its_order() -> None:
    """Who reads the log by program relies on the table."""
    page = PAGE.read_text("utf-8")
    for kind, title in ((Logged, "An exchange"), (LoggedFinding, "A finding"), (Nearest, "The nearest recording")):
        section = page.partition(f"### {title}\n")[2].partition("\n### ")[0]
        assert ROW.findall(section) == [field.name for field in structs.fields(kind)], title


def test_each_event_is_documented() -> None:
    package = PAGE.parents[2] / "gateway"
    # whose warnings are told at a run's end
    files = [path for path in package.rglob("*.py") if path.name != "outcome.py"]
    events = {event for path in files for event in SAID.findall(path.read_text("utf-8"))}
    documented = set(re.findall(r"`([^`]+)`", PAGE.read_text("utf-8").partition("### Other events\n")[2]))
    assert len(events) > 15
    assert {*events, *NAMED} - documented == set()


@given(TEXT, TEXT, st.floats(0, 1e9), st.integers(0, 999))
def test_any_text_comes_back_out_of_one_line_of_ascii(path: str, found: str, ms: float, status: int) -> None:
    """Half a surrogate pair as well, which a device may have put into its JSON."""
    finding = LoggedFinding("X001", "info", "A title", "path", 1, found, "another")
    logged = Logged(
        timestamp="2026-11-27T21:09:46.000Z", level="info", event="exchange", id="a-1", device="roku-02c1f7", method="GET",
        path=path, status=status, source="cassette", ms=ms, findings=[finding],
    )  # fmt: skip
    line = as_json(logged)
    assert line.isascii()
    assert line.count("\n") == 1
    read = json.loads(line)
    assert (read["path"], read["ms"], read["status"]) == (path, ms, status)
    assert read["findings"][0].get("found", "") == found
    assert not {"upstream", "error", "reason", "nearest", "legs", "logout_urls"} & set(read), (
        "what has no value is left out"
    )
    assert UNSET not in read.values()
