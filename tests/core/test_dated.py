"""An answer that came a second later is the same one; anything else that differs makes it another one."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from gateway.core.damage import Damage
from gateway.core.dated import only_date_differs, undated, with_date_of
from gateway.core.model import Finding, Headers, Response
from tests.harness.for_each import for_each

FIELDS = {"Server": "nginx", "Date": "Sat, 28 Nov 2026 02:18:53 GMT", "Content-Length": "2"}
LATER = FIELDS | {"Date": "Sat, 28 Nov 2026 02:18:54 GMT"}
ANSWER = Response(200, "OK", Headers.of(FIELDS), b"ok", "upstream")


def test_a_second_later_it_is_the_same() -> None:
    later = replace(ANSWER, headers=Headers.of(LATER))
    assert only_date_differs(ANSWER, later)
    assert with_date_of(later, ANSWER) == later
    marked = replace(ANSWER, headers=ANSWER.headers.with_("X-Gateway-Audit", "HDR001"))
    assert with_date_of(later, marked) == replace(later, headers=later.headers.with_("X-Gateway-Audit", "HDR001"))


@for_each(
    "change",
    [
        {"status": 201},
        {"reason": "Okay"},
        {"body": b"no"},
        {"source": "cassette"},
        {"notes": (Finding("X", "info", "here", "a", "b"),)},
        {"damage": Damage(("late",))},
        {"headers": Headers.of(LATER | {"Server": "Apache"})},
        {"headers": Headers.of(LATER | {"Age": "1"})},
        {"headers": Headers.of([("date" if name == "Date" else name, value) for name, value in LATER.items()])},
    ],
)
def test_anything_else_makes_another(change: dict[str, Any]) -> None:
    assert not only_date_differs(ANSWER, replace(replace(ANSWER, headers=Headers.of(LATER)), **change))


@for_each("dates", [0, 2])
def test_without_a_date_or_with_two_none_is_the_same(dates: int) -> None:
    one, other = (
        replace(ANSWER, headers=Headers.of([("Date", f"{turn} {number}") for number in range(dates)]))
        for turn in range(2)
    )
    assert not only_date_differs(one, other)


USUAL = "Sat, 28 Nov 2026 06:02:33 GMT"


@for_each(
    ("fields", "date"),
    [
        ([("Server", "x"), ("dAte", USUAL), ("Age", "1")], USUAL),
        ([("Date", "Saturday, 28-Nov-26 06:02:33 GMT")], ""),
        ([("Date", f"{USUAL} ")], ""),
        ([("Date", "")], ""),
        ([("Date", USUAL), ("date", USUAL)], ""),
        ([("Server", "x")], ""),
    ],
)
def test_fields_lose_only_one_usual_date(fields: list[tuple[str, str]], date: str) -> None:
    headers, found = undated(Headers.of(fields))
    assert found == date
    assert headers == Headers.of([(name, "" if date and name.lower() == "date" else value) for name, value in fields])
