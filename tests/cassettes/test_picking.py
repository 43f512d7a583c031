"""Which interactions are meant: each way to say it, and all of them together."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.cassettes.picking import Picked, numbers_of
from gateway.core.adobe.routes import RoutePattern
from gateway.core.mistake import Mistake
from gateway.core.model import Interaction
from gateway.core.times import seconds_of
from tests.cassettes.samples import RECORDED_AT, logout

NOW = (seconds_of(RECORDED_AT) or 0) + 86400


def one(method: str, target: str, device: str, recorded_at: str = RECORDED_AT) -> Interaction:
    made = logout()
    request = replace(made.request, method=method, target=target)
    return replace(made, request=request, recorded_at=recorded_at, about={**made.about, "device": device})


HELD = (
    one("DELETE", "/api/v1/logout?deviceId=x", "roku-1"),
    one("GET", "/api/v2/REF30/logout/Dish?x=1", "apple-2"),
    one("GET", "/api/v2/REF30/profiles", "roku-1", "2026-11-01T00:00:00.000Z"),
    one("GET", "/api/v2/REF30/log%6Fut/Dish", "apple-2", ""),
)


def path(text: str) -> RoutePattern:
    return RoutePattern.parse(f"* {text}")


def test_each_way_to_say_it_and_all_together() -> None:
    table: tuple[tuple[Picked, list[int]], ...] = (
        (Picked(), [0, 1, 2, 3]),
        (Picked(numbers=frozenset({2, 4})), [1, 3]),
        (Picked(method="GET"), [1, 2, 3]),
        (Picked(path=path("/api/v2/{sp}/logout/{mvpd}")), [1, 3]),
        (Picked(path=path("/api/v2/{rest...}")), [1, 2, 3]),
        (Picked(older_than=2 * 86400), [2]),
        (Picked(older_than=60), [0, 1, 2]),
        (Picked(method="GET", numbers=frozenset({1, 2})), [1]),
        (Picked(method="PUT"), []),
    )
    for picked, expected in table:
        assert picked.of(HELD, NOW) == expected, picked


def test_a_device_is_named_as_it_is_shown() -> None:
    apart = [
        replace(one, request=replace(one.request, headers=one.request.headers.without("AP-Device-Identifier")))
        for one in HELD
    ]
    assert Picked(device="roku-1").of(apart, NOW) == [0, 2]
    assert Picked(device="x").of(apart, NOW) == [0]
    assert Picked(device="nobody").of(apart, NOW) == []


def test_numbers() -> None:
    assert numbers_of("3") == {3}
    assert numbers_of("2-4, 9") == {2, 3, 4, 9}
    for text in ("", "0", "a", "3-2", "1,,2", "-1", "1-99999999"):
        with pytest.raises(Mistake, match="expected numbers from 1 on"):
            numbers_of(text)
    with pytest.raises(Mistake, match="expected numbers from 1 to 4, found 5"):
        Picked(numbers=frozenset({1, 5})).of(HELD, NOW)
