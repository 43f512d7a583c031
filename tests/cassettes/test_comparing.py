"""Two cassettes compared: by interaction, JSON by its paths."""

from __future__ import annotations

from msgspec.structs import replace

from gateway.cassettes.comparing import compare, differences
from gateway.core.model import Headers, Interaction
from tests.cassettes.samples import logout
from tests.harness.for_each import for_each


def answering(body: bytes, number: int = 0, **headers: str) -> Interaction:
    return replace(logout(number, body), response=replace(logout(number, body).response, headers=Headers.of(headers)))


@for_each(
    ("left", "right", "expected"),
    [
        (b'{"a": {"b c": 1}}', b'{"a": {"b c": 2}}', ['response.body $.a["b c"]: 1 → 2']),
        (b'{"a": [1, 2]}', b'{"a": [1]}', ["response.body $.a[1]: 2 → absent"]),
        (b'{"a": 1}', b'{"a": true}', ["response.body $.a: 1 → true"]),
        (b'{"a": null}', b"{}", ["response.body $.a: null → absent"]),
        (b'{"a": 1}', b'{"a":1}', ["response.body: the same JSON → written in another way"]),
        (b"text", b"", ['response.body: "text" → empty']),
        (b"\xff", b"1", ['response.body: 1 bytes that are no text → "1"']),
        (b"[" * 100_000, b"[" * 99_999, ["response.body: …" + "[" * 36 + '" → …' + "[" * 35 + '"']),
        (
            b'{"a": "' + b"x" * 99 + b'1"}',
            b'{"a": "' + b"x" * 99 + b'2"}',
            [f'response.body $.a: …{"x" * 35}1" → …{"x" * 35}2"'],
        ),
        (b'{"a": 1}', b'{"a": 1}', []),
    ],
)
def test_bodies(left: bytes, right: bytes, expected: list[str]) -> None:
    assert [str(found) for found in differences(answering(left), answering(right))] == expected


def test_fields_by_name_without_those_of_a_transmission() -> None:
    left, right = answering(b"", Date="a", Location="x", Via="1"), answering(b"", Date="b", LOCATION="y")
    assert [str(found) for found in differences(left, right)] == [
        'response.headers.Location: "x" → "y"',
        'response.headers.Via: "1" → absent',
    ]


def test_interactions_are_matched_by_their_request() -> None:
    """Order does not matter between requests; among equal ones it decides."""
    found = compare(
        [answering(b"1"), answering(b"2"), answering(b"3", 1)],
        [answering(b"3", 1), answering(b"1"), answering(b"9", 7)],
    )
    assert [(pair.left[0], pair.right[0], len(pair.differences)) for pair in found.pairs] == [(1, 2, 0), (3, 1, 0)]
    assert ([number for number, _ in found.only_left], [number for number, _ in found.only_right]) == ([2], [3])
    assert found.differ
    assert list(found.lines())[-1] == (
        "0 of 2 interactions in both differ, 1 in the first alone, 1 in the second alone"
    )


def test_another_keys_pseudonyms_are_still_the_same_request() -> None:
    """A device's id in the query is a secret, so it does not keep two recordings apart; that it differs is told."""
    target = "/api/v1/logout?requestor=REF30&deviceId={}"
    one, other = (
        replace(logout(), request=replace(logout().request, target=target.format(device))) for device in ("abc", "xyz")
    )
    [pair] = compare([one], [other]).pairs
    assert [difference.where for difference in pair.differences] == ["request.uri"]


def test_equal_cassettes_do_not_differ() -> None:
    assert not compare([logout(), logout(1)], [logout(1), logout()]).differ
    spelled = logout().request.target.replace("https%3A%2F%2F", "https://").replace("REF30", "%52EF30")
    assert not compare([logout()], [replace(logout(), request=replace(logout().request, target=spelled))]).differ
