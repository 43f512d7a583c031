"""What a person reads: one line an exchange that fits the terminal, and further lines for what is new."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.exchanges.console import LEAST_PATH, Look, event_text, exchange_text
from gateway.exchanges.logged import Logged, LoggedFinding, Nearest

AT = "2026-11-27T21:09:46.000Z"
CALL = Logged(
    timestamp=AT, level="info", event="exchange", id="a-1", device="apple-tv-7f3a2c", address="192.168.0.7", method="GET",
    path="/api/v2/REF30/logout/Dish", status=200, source="upstream", upstream="staging", ms=84.2,
)  # fmt: skip
EXPIRED = LoggedFinding("AUTH003", "error", "The access token has expired", "header Authorization", 4)
ACCEPT = LoggedFinding("HDR004", "warning", "Accept asks for something else", "header Accept", 2)
NEW = LoggedFinding("XFF001", "error", "No address", "header X-Forwarded-For", 1, "no such header", "a public address")
HEAD = "21:09:46 192.168.0.7 apple-tv-7f3a2c GET /api/v2/REF30/logout/Dish 200 staging 84 ms"
COLOUR = re.compile(r"\x1b\[[0-9]+m")


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of day is that of where the gateway runs."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def call(level: str = "error", **about: Any) -> Logged:
    return replace(CALL, level=level, **about)


LINES: list[tuple[Logged, list[str]]] = [
    (CALL, [HEAD]),
    (call(findings=[EXPIRED]), [f"{HEAD} ✗ AUTH003 The access token has expired (4th time)"]),
    (
        call(findings=[ACCEPT, EXPIRED]),
        [f"{HEAD} ✗ AUTH003 The access token has expired (4th time), HDR004 (2nd time)"],
    ),
    (
        call(findings=[NEW, ACCEPT]),
        [
            f"{HEAD} ✗ XFF001, HDR004 (2nd time)",
            "    ✗ XFF001 No address: header X-Forwarded-For: found no such header, expected a public address",
        ],
    ),
    (call("info", upstream="", source="cassette", ms=0.44), [HEAD.replace("staging 84 ms", "cassette 0.4 ms")]),
    (
        call(status=502, source="gateway", error="upstream_tls", error_times=1, reason="The certificate has expired."),
        [HEAD.replace("200", "502") + " ✗ upstream_tls", "    upstream_tls: The certificate has expired."],
    ),
    (
        call(status=502, source="gateway", error="upstream_tls", error_times=3, findings=[ACCEPT]),
        [HEAD.replace("200", "502") + " ✗ upstream_tls (3rd time), HDR004 (2nd time)"],
    ),
    (
        call(
            status=502, source="gateway", upstream="", error="gateway_replay_miss", error_times=1, reason="No answer.",
            nearest=[Nearest(4, "GET /x?a=1", ["query a: recorded 1, got 2"])],
        ),
        [
            HEAD.replace("200 staging", "502 gateway") + " ✗ gateway_replay_miss",
            "    gateway_replay_miss: No answer.",
            "    nearest is line 4, GET /x?a=1: query a: recorded 1, got 2",
        ],
    ),
    (
        call("info", legs=["GET /a 200", "GET /b 401"], logout_urls=["https://idp.example/out"]),
        [HEAD, "    sent GET /a 200, GET /b 401", "    logout url https://idp.example/out"],
    ),
    (call("info", address=""), [HEAD.replace("192.168.0.7 ", "")]),
]  # fmt: skip


def test_one_line_a_call_and_further_lines_only_for_what_is_new() -> None:
    for logged, said in LINES:
        assert exchange_text(logged).splitlines() == said


SHORT = HEAD.replace("/api/v2/REF30/logout/Dish", "/api/v…/Dish")
FITTED = [
    f"{HEAD} ✗ AUTH003 The access token has expired (4th time), HDR004 (2nd time)",
    f"{HEAD} ✗ AUTH003 The access token has expired (4th time) +1",
    f"{HEAD} ✗ AUTH003 (4th time), HDR004 (2nd time)",
    f"{HEAD} ✗ AUTH003 (4th time) +1",
    f"{SHORT} ✗ AUTH003 (4th time) +1",
    f"{SHORT} ✗ AUTH0…",
]


def test_a_line_is_fitted_into_the_terminal() -> None:
    """First less is said of what was told before, then the path is cut in its middle; what is left has at least eight characters."""
    for line in FITTED:
        assert exchange_text(call(findings=[EXPIRED, ACCEPT]), Look(len(line))) == f"{line}\n"
    for width in range(len(FITTED[-1]), len(FITTED[0])):
        assert len(exchange_text(call(findings=[EXPIRED, ACCEPT]), Look(width))) <= width + 1


TEXT = st.text(max_size=200)


@given(TEXT, TEXT, TEXT, st.integers(0, 300), st.booleans(), st.lists(st.sampled_from([EXPIRED, ACCEPT, NEW])))
def test_whatever_is_in_it_it_is_one_line_and_prints(
    path: str, device: str, found: str, width: int, colour: bool, findings: list[LoggedFinding]
) -> None:
    """And no longer than the terminal is wide, if all but the path and what is said of the call fit."""
    findings = [replace(finding, found=found and finding.found and found) for finding in findings]
    logged = call(path=path, device=device, findings=findings, reason=found, error="x" * bool(found), error_times=2)
    first, *further = COLOUR.sub("", exchange_text(logged, Look(width or None, colour))).rstrip("\n").split("\n")
    assert all(line.isprintable() for line in (first, *further))
    assert all(line.startswith("    ") for line in further)
    if width >= len(HEAD) + 4 * 200 + LEAST_PATH:
        assert len(first) <= width


def test_colours_are_there_where_they_are_wanted_and_nowhere_else() -> None:
    for logged, said in LINES:
        coloured = exchange_text(logged, Look(colour=True))
        assert COLOUR.sub("", coloured).splitlines() == said
        assert ("\x1b[31m" in coloured) == (logged.level == "error"), "the worst is red"


EVENTS: list[tuple[dict[str, object], str]] = [
    (
        {"event": "TLS handshake failed", "level": "warning", "peer": "10.0.0.1", "reason": "it closed", "count": 1},
        "! TLS handshake failed: peer 10.0.0.1, reason it closed, count 1",
    ),
    ({"event": "stopped", "level": "info", "recorded": 0, "lost": {}}, "· stopped"),
    ({"event": "recordings lost", "level": "error", "why": {"disk full": 2}}, "✗ recordings lost: why 2 × disk full"),
    ({"event": "leak", "level": "warning", "places": ["a\nb", "c"]}, "! leak: places a\\nb; c"),
]


def test_an_event_is_one_line_without_what_is_empty() -> None:
    for event, said in EVENTS:
        assert event_text({**event, "timestamp": AT}) == f"21:09:46 {said}"
