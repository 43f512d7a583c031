"""JSON from a wire, and Base64 of it."""

from __future__ import annotations

import pytest

from gateway.core.adobe.json_text import Json, members, read_base64_json, read_json
from gateway.core.adobe.malformed import Malformed


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"\xff", "json"), (b"{", "json"), (b"[" * 100_000, "json"), (b"9" * 5000, "json")],
)
def test_what_is_no_json_is_told(data: bytes, kind: str) -> None:
    read = read_json(data)
    assert isinstance(read, Malformed)
    assert read.part == kind


@pytest.mark.parametrize(("value", "says"), [("eyJhIjoxfQ==", {"a": 1}), ("bnVsbA==", None)])
def test_base64_of_json(value: str, says: object) -> None:
    assert read_base64_json(value) == Json(says)


@pytest.mark.parametrize(("value", "kind"), [("", "base64"), ("e", "base64"), ("eyI=", "json")])
def test_what_is_not_base64_of_json_is_told(value: str, kind: str) -> None:
    read = read_base64_json(value)
    assert isinstance(read, Malformed)
    assert read.part == kind


def test_only_an_object_has_members() -> None:
    assert (members({"a": 1}), members([1])) == ({"a": 1}, {})
