"""A form with its blanks filled in is the line that would have been rendered."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.damage import Damage
from gateway.core.errors import gateway_error
from gateway.core.memo import Memo
from gateway.core.model import Exchange, Finding, Headers, Leg, Request, Response
from gateway.core.redaction import Redaction
from gateway.core.state import MemoryState
from gateway.exchanges import line_form
from gateway.exchanges.log import Log, LogSettings
from gateway.exchanges.logged import Logged, LoggedFinding, as_json
from gateway.exchanges.logger import configure
from tests.harness.for_each import for_each
from tests.legs import answer, logout

AT = 1_764_000_000.0
SCOPE = Finding("AUTH004", "warning", "header Authorization", "no scope", "api:client:v2")
EXPIRED = Finding("AUTH003", "error", "header Authorization", "JWT exp …", "a later exp")


def asked(**changes: object) -> Request:
    """Return a request that has a memo, as those have that came over a wire."""
    request = replace(logout("roku", client="192.168.0.7"), **changes)
    return replace(request, memo=Memo(request.method, request.target, request.headers))


def exchange(request: Request, number: int, *findings: Finding, reply: Response | None = None) -> Exchange:
    reply = reply or answer(source="cassette")
    return Exchange(f"a-{number}", request, (Leg(request, reply, 1.0),), reply, 0.26 * 7**number, findings, AT + number)


def lines(exchanges: list[Exchange], *, longest: int = line_form.LONGEST, **settings: object) -> list[str]:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.exchanges.log.LONGEST", longest)
        chosen = LogSettings(**settings)  # type: ignore[arg-type]  # a test's own
        log = Log(configure(out, chosen), chosen).of(Redaction(b"k" * 32), MemoryState())
        for each in exchanges:
            log.ended(each)
    return out.getvalue().splitlines()


SAME = asked()
OTHER_ANSWER = answer(source="cassette")
WITH_URL = replace(OTHER_ANSWER, headers=Headers.of({"X-Gateway-Logout-Url": "https://a.example/"}))
FAULTY = [
    replace(OTHER_ANSWER, source="fault", damage=Damage(faults)) for faults in [("delay",), ("delay", "slow_body"), ()]
]
MIXED: dict[str, list[Exchange]] = {
    "nothing found": [exchange(SAME, number) for number in range(6)],
    "two findings": [exchange(SAME, number, SCOPE, EXPIRED) for number in range(6)],
    "other findings meanwhile": [exchange(SAME, n, *[SCOPE, EXPIRED][: n % 3]) for n in range(9)],
    "other statuses": [exchange(SAME, n, SCOPE, reply=Response(200 + n % 2, "", source="upstream")) for n in range(9)],
    "an error of ours": [
        exchange(SAME, n, SCOPE, reply=gateway_error(502, "odd", "Odd.") if n % 2 else None) for n in range(8)
    ],
    "other faults": [exchange(SAME, n, SCOPE, reply=FAULTY[n % 3]) for n in range(12)],
    "a logout url": [exchange(SAME, n, reply=WITH_URL if n % 2 else None) for n in range(6)],
    "a rule": [
        replace(exchange(SAME, n), legs=(Leg(replace(SAME, rewritten_from="GET /" if n % 2 else ""), OTHER_ANSWER, 1.0),))
        for n in range(6)
    ],
    "several legs": [replace(exchange(SAME, n), legs=(Leg(SAME, OTHER_ANSWER, 1.0),) * (n % 3)) for n in range(9)],
    "another device": [exchange(replace(SAME, device=logout(f"roku{n % 2}").device), n, SCOPE) for n in range(8)],
    "no memo": [exchange(replace(SAME, memo=None), n, SCOPE) for n in range(4)],
    "a path that looks like a format": [exchange(request, n) for request in [asked(target="/%s/%d/%%/{}")] for n in range(4)],
}  # fmt: skip


@for_each("name", MIXED)
def test_it_is_the_line_that_would_have_been_rendered(name: str) -> None:
    for repeat in ("once", "always"):
        assert lines(MIXED[name], repeat=repeat) == lines(MIXED[name], repeat=repeat, longest=-1)


def test_what_was_forgotten_meanwhile_is_told_at_length() -> None:
    out, state = io.StringIO(), MemoryState()
    log = Log(configure(out)).of(Redaction(b"k" * 32), state)
    for number in range(4):
        log.ended(exchange(SAME, number, SCOPE))
    state._told.clear()
    log.ended(exchange(SAME, 4, SCOPE))
    found = ["no scope" in line for line in out.getvalue().splitlines()]
    assert found == [True, False, False, False, True]


@given(st.text(), st.lists(st.tuples(st.text(), st.integers(1, 10**6)), max_size=4), st.floats(0, 1e9))
def test_any_text_is_told_as_it_is(text: str, found: list[tuple[str, int]], ms: float) -> None:
    findings = [LoggedFinding("X", "info", title, text, times) for title, times in found]
    logged = Logged(
        timestamp="now", level="info", event="exchange", id="1", device=text, method="GET", path=text, status=200,
        source="cassette", ms=round(ms, 1), findings=findings,
    )  # fmt: skip
    parts = line_form.blanked(logged, as_json)
    assert line_form.filled(parts, "now", "1", ms, [times for _, times in found]) == as_json(logged)


@pytest.mark.parametrize("settings", [{}, {"repeat": "always"}, {"format": "console"}, {"level": "warning"}])
def test_lines_of_exchanges_that_are_alike_are_those_that_would_have_been_rendered(settings: dict[str, Any]) -> None:
    """Of other devices and paths, with the same findings, new and counted; with a path that JSON writes otherwise, and with answers that say more."""
    exchanges: list[Exchange] = []
    for number in range(60):
        target = ["/api/v2/REF30/profiles", f"/api/v2/R%{number % 7}/x", f'/api/v2/"{number}\\', "/caf\xe9"][number % 4]
        request = asked(target=target, device=replace(SAME.device, name=f"tv-{number % 9}", key=f"{number % 9}"))
        findings = [(), (SCOPE,), (SCOPE, EXPIRED)][number % 3]
        reply = [None, OTHER_ANSWER, WITH_URL, FAULTY[0], gateway_error(502, "upstream_timeout", "no answer")][
            number % 5
        ]
        exchanges.append(exchange(request, number % 4, *findings, reply=reply))
    found = lines(exchanges, **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Log, "_form_of", lambda *_: None)
        assert found == lines(exchanges, **settings)


@for_each(
    ("fields", "times"),
    [((), ()), (("tv-1",), ()), (("tv-1", "/path"), (7,)), (("tv-1", "/path", ""), (7, 8))],
)
def test_a_form_with_some_fields_filled_in_fills_in_the_same_line(
    fields: tuple[str, ...], times: tuple[int, ...]
) -> None:
    parts = tuple(f"<{number}>" for number in range(4 + len(fields) + len(times)))
    expected = line_form.filled(parts, "now", "a-1", 0.5, times, *fields)
    assert line_form.filled(line_form.named(parts, *fields), "now", "a-1", 0.5, times) == expected
