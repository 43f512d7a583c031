"""Exchanges of the fleet's stream: each is read once, and what is none of ours is passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.fleet.shown import exchange_of
from gateway.fleet.stream import LONGEST, Passed, Passing, row_of

ENTRY: dict[str, Any] = {
    "at": "2026-11-22T06:12:26.512Z",
    "id": "1130e1-5",
    "gateway": "lab-2",
    "device": "roku-02c1f7",
    "method": "GET",
    "target": "/api/v2/REF30/logout/Dish",
    "origin": "https://api.auth.adobe.com",
    "headers": [["Accept", "application/json"]],
    "status": 200,
    "source": "cassette",
    "ms": 1.5,
    "findings": [{"id": "XFF001", "severity": "error", "where": "w", "found": "f", "expected": "e", "source": "s"}],
    "response_headers": [["Content-Type", "application/json"]],
}
FIELDS = {
    b"g": b"lab-2",
    b"r": b"run",
    b"n": b"5",
    b"t": b"/api/v2/{sp}/logout/{mvpd}",
    b"e": json.dumps(ENTRY).encode(),
}


def test_an_entry_is_an_exchange_of_its_gateway() -> None:
    passed = Passing().read(FIELDS)
    assert passed is not None
    exchange = exchange_of(passed.entry, passed.gateway)
    assert (exchange.id, exchange.gateway, exchange.device.name) == ("1130e1-5", "lab-2", "roku-02c1f7")
    assert (exchange.reply.status, exchange.reply.source, exchange.elapsed_ms) == (200, "cassette", 1.5)
    assert [finding.id for finding in exchange.findings] == ["XFF001"]
    row = row_of(exchange, passed)
    assert (row.device, row.route, row.severity, row.findings) == ("roku-02c1f7", passed.route, 0, ("XFF001",))
    assert row.entry == passed.entry


def test_an_entry_is_read_once_and_one_that_is_none_never() -> None:
    passing = Passing()
    assert passing.read(FIELDS) is not None
    assert passing.read(FIELDS) is None
    assert passing.read({**FIELDS, b"n": b"6"}) is not None
    for wrong in (
        {},
        {**FIELDS, b"n": b"x"},
        {**FIELDS, b"g": b"\xff"},
        {**FIELDS, b"g": b"../lab", b"n": b"8"},
        {**FIELDS, b"n": b"7", b"e": b"x" * (LONGEST + 1)},
    ):
        assert passing.read(wrong) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"at": "yesterday"},
        {"status": "200"},
        {"source": "somebody"},
        {"headers": [["one"]]},
        {"findings": [{}]},
        {"id": 7},
    ],
)
def test_an_entry_that_is_none_is_a_value_error(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # msgspec's own is one
        exchange_of(json.dumps({**ENTRY, **changed}).encode(), "lab-2")
    with pytest.raises(ValueError):  # noqa: PT011
        exchange_of(b"\xff", "lab-2")


def test_a_passed_exchange_is_a_value() -> None:
    assert Passed("a", "b", 1, "other", b"") == Passed("a", "b", 1, "other", b"")
